"""The demo of each task type: simulated workers label its data objects, and the labels are the true ones."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid
from trigpoint.datadir.lock import locked
from trigpoint.datadir.opening import prepare
from trigpoint.demo.options import DemoOptions
from trigpoint.demo.progress import Display
from trigpoint.demo.server import running_server, with_free_port
from trigpoint.demo.session import Session, open_session
from trigpoint.demo.tasks import TASKS
from trigpoint.demo.tasks.run import label_tasks
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.settings import Settings

OBJECTS = 12
LEAST_TRUE = 10
OPTIONS = DemoOptions(
    images=None, auto=True, exit_at_end=True, open_browser=False, port=0, seed=11, data_dir=None
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    settings = with_free_port(Settings(data_dir=tmp_path_factory.mktemp("demo") / "data", correction_s=1), 0)
    with locked(settings.data_dir):
        database = prepare(settings, SystemClock())
    with running_server(settings), Display(Console(quiet=True)) as display:
        yield open_session(settings, database, display)
    database.close()


@pytest.fixture
def run(session: Session) -> Session:
    """The session with a name of its own for the files and jobs of one test."""
    return replace(session, run=f"demo-{secrets.token_hex(4)}")


def test_the_demo_has_every_task_type_but_bounding_boxes() -> None:
    assert {*TASKS, "BoundingBox"} == set(TASK_TYPES)


@pytest.mark.parametrize("name", TASKS)
def test_simulated_workers_find_the_true_labels(run: Session, name: str) -> None:
    found = label_tasks(OPTIONS, name, run, OBJECTS)
    assert (found.labeled, found.objects) == (OBJECTS, OBJECTS)
    assert found.true >= LEAST_TRUE, found.example
    metadata = json.loads(found.example)[found.label_attribute + "-metadata"]
    assert metadata["type"] == TASK_TYPES[name].output_type
    assert metadata["human-annotated"] == "yes"


def test_an_unknown_task_type_is_refused_with_the_list(run: Session) -> None:
    with pytest.raises(Invalid, match="--task Boxes: the demo has BoundingBox, ImageMultiClass, "):
        label_tasks(OPTIONS, "Boxes", run)
