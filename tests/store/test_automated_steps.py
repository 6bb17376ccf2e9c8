"""Automated labeling step by step: stops in each phase, audits, full disks, and models that are of no use."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from helpers.automated_steps import TOTAL, AutomatedSteps, truth
from helpers.console import ConsoleServer
from trigpoint.autolabel import tree
from trigpoint.autolabel.model import Phase
from trigpoint.core.clock import FakeClock
from trigpoint.db.tables.labeling import labeling_objects as objects
from trigpoint.labeling.model import JobStatus, ObjectStatus
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[ConsoleServer]:
    made = ConsoleServer(Settings(data_dir=tmp_path / "data"), clock)
    yield made
    made.close()


def sure(index: int) -> list[float]:
    """A model that is sure of every second object and right about it, and guesses the others."""
    is_sure = index % 4 < 2
    confidence, said = 0.99 if is_sure else 0.6, truth(index) if is_sure else index // 4 % 2
    return [confidence, 1 - confidence] if said == 0 else [1 - confidence, confidence]


def check_stopped(steps: AutomatedSteps) -> None:
    """The job stops, and its output has all labels that it counts."""
    steps.rest()
    job = steps.job
    assert job.status is JobStatus.STOPPED
    labeled = [line for line in steps.output() if "kind" in line]
    by_machine = [line for line in labeled if line["kind-metadata"]["human-annotated"] == "no"]
    assert len(labeled) == job.counters.total_labeled
    assert len(by_machine) == job.counters.machine_labeled
    assert job.counters.unlabeled == TOTAL - len(labeled)
    assert not steps.offered()


def status_of(server: ConsoleServer, operation: str, **request: str) -> str:
    found = server.aws("sagemaker", operation, request)
    return str(found["TrainingJobStatus" if "Training" in operation else "TransformJobStatus"])


def test_a_stop_also_stops_the_jobs_of_the_round(server: ConsoleServer) -> None:
    steps = AutomatedSteps(server)
    steps.until(Phase.TRAIN)
    (training,) = server.aws("sagemaker", "ListTrainingJobs", {})["TrainingJobSummaries"]
    assert training["TrainingJobStatus"] == "InProgress"
    steps.stop()
    check_stopped(steps)
    assert status_of(server, "DescribeTrainingJob", TrainingJobName=training["TrainingJobName"]) == "Stopping"


def test_a_stop_while_the_model_predicts_stops_both_transform_jobs(server: ConsoleServer) -> None:
    steps = AutomatedSteps(server)
    steps.until(Phase.TRAIN)
    steps.trained()
    names = list(steps.state.transforms.values())
    assert steps.state.phase is Phase.INFER and len(names) == 2
    steps.stop()
    check_stopped(steps)
    for name in names:
        assert status_of(server, "DescribeTransformJob", TransformJobName=name) in ("Stopping", "Stopped")


def test_a_stop_while_people_label_and_check_keeps_the_labels_of_the_machine(server: ConsoleServer) -> None:
    steps = AutomatedSteps(server, audit_share="0.1")
    steps.until(Phase.TRAIN)
    steps.trained()
    steps.predicted(sure)
    steps.step()
    machine = steps.job.counters.machine_labeled
    assert machine > 300 and len(steps.offered()) == 100
    steps.stop()
    check_stopped(steps)
    assert steps.job.counters.machine_labeled == machine
    report = json.loads(steps.file("automated-labeling.json"))["audit"]
    assert report["chosen"] == report["unanswered"] == -(-machine // 10)
    assert report["interval"] is None


def test_people_correct_labels_that_they_check_also_when_the_job_is_stopped_then(
    server: ConsoleServer,
) -> None:
    steps = AutomatedSteps(server, audit_share="0.5")
    steps.until(Phase.TRAIN)
    steps.trained()
    known = {index for index, status in steps.statuses().items() if status is ObjectStatus.LABELED}
    steps.predicted(
        lambda index: sure(index)[::-1] if index % 20 == 0 and index not in known else sure(index)
    )
    steps.step()
    before = steps.job.counters
    checked = [
        index for index in steps.offered() if "kind" in json.loads(f"{{{_result(steps, index) or ''}}}")
    ]
    assert len(checked) == 50  # half of the batch
    steps.people()
    steps.stop()  # before the answers are compared
    check_stopped(steps)
    lines = steps.output()
    wrong = [index for index in checked if index % 20 == 0]
    report = json.loads(steps.file("automated-labeling.json"))["audit"]
    assert (report["answered"], report["changed"]) == (50, len(wrong))
    assert steps.job.counters.machine_labeled == before.machine_labeled - len(wrong)
    for index in checked:
        assert lines[index]["kind"] == truth(index)
        by = lines[index]["kind-metadata"]["human-annotated"]
        assert by == ("yes" if index in wrong else "no")
    assert len(steps.file("activelearning/audit.jsonl").splitlines()) == report["chosen"]


def _result(steps: AutomatedSteps, index: int) -> str | None:
    with steps.app.database.read() as connection:
        query = select(objects.c.result).where(objects.c.job_id == steps.id, objects.c.object_index == index)
        found: str | None = connection.execute(query).scalar_one()
        return found


def test_a_full_disk_only_delays_the_round(server: ConsoleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = AutomatedSteps(server)
    steps.until(Phase.TRAIN)
    steps.trained()
    steps.predicted(sure)
    before = steps.state

    write = tree.write_lines

    def full(objects: ObjectStore, uri: str, lines: Iterable[str]) -> None:
        if uri.endswith(last):
            raise OSError(errno.ENOSPC, "No space left on device", uri)
        write(objects, uri, lines)

    for last in ("validation/input.manifest", "selection.manifest"):  # noqa: B007 - `full` reads it
        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
            patch.setattr(tree, "write_lines", full)
            steps.step()
        assert steps.state == before and not steps.job.counters.machine_labeled
    steps.step()
    assert steps.state.phase is Phase.PEOPLE and steps.job.counters.machine_labeled > 300


@pytest.mark.parametrize("what", ["diverges", "fails"])
def test_after_two_rounds_of_a_useless_model_people_label_everything(
    server: ConsoleServer, what: str
) -> None:
    steps = AutomatedSteps(server, batch=400)
    for number in (1, 2):
        steps.until(Phase.TRAIN)
        assert steps.state.number == number
        if what == "fails":
            steps.trained("Failed")
        else:
            steps.trained()
            steps.predicted(lambda index: [float("nan"), float("nan")])
            steps.step()
        assert steps.state.failures == number
    steps.rest()
    for _ in range(4):
        steps.people()
        steps.rest()
    assert steps.job.status is JobStatus.COMPLETED
    assert steps.job.counters.human_labeled == TOTAL
    assert json.loads(steps.file("automated-labeling.json"))["trouble"]


def test_a_class_that_appears_late_and_wrong_answers_keep_the_machine_quiet(server: ConsoleServer) -> None:
    """The model has never seen the second class, and a fifth of the answers is wrong."""
    steps = AutomatedSteps(server)

    def answer(index: int) -> int:
        return 1 - truth(index) if index % 5 == 0 else truth(index)

    steps.until(Phase.TRAIN, answer)
    steps.trained()
    steps.predicted(lambda index: [0.999 - index / 1e5, 0.001 + index / 1e5])
    steps.step()
    (made,) = steps.state.rounds
    assert made.threshold is None and not steps.job.counters.machine_labeled
    assert made.validation_accuracy < 0.7 and len(steps.offered()) == 100


def test_one_class_only_is_labeled_by_the_machine(server: ConsoleServer) -> None:
    steps = AutomatedSteps(server)
    steps.until(Phase.TRAIN, lambda index: 0)
    steps.trained()
    steps.predicted(lambda index: [1.0, 0.0])
    steps.step()
    steps.rest()
    assert steps.job.status is JobStatus.COMPLETED
    assert steps.job.counters.unlabeled == 0
    assert ObjectStatus.AUTO_LABELED in steps.statuses().values()
