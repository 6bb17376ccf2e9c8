"""The code in docs/pipe-mode.md runs in a real job, and its log lines are those of jobs."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.documented_code import DOCS, python_blocks
from helpers.training import BUCKET, World, a_world, pipe_channel
from trigpoint.db import Database
from trigpoint.training.channel_metrics import METRICS, published

PAGE = "pipe-mode.md"
USE = """
os.environ["SM_INPUT_DIR"] = ml + "/input"
{page}
found = [[list(map(str, example)) for example in examples("train", epoch, 2)] for epoch in range(2)]
model("found.json", json.dumps(found))
"""


@pytest.fixture
def world(tmp_path: Path, sqlite_database: Database) -> Iterator[World]:
    with a_world(tmp_path, sqlite_database) as world:
        yield world


def test_the_code_of_the_page_reads_every_example_of_every_epoch(world: World) -> None:
    [block] = python_blocks(PAGE)
    world.train_with(USE.format(page=block))
    world.create("job-1", pipe_channel(world.put_manifest(5, size_bytes=9)))
    assert world.finish().status == "Completed", world.log()
    with tarfile.open(
        fileobj=io.BytesIO(world.objects.get(BUCKET, "out/job-1/output/model.tar.gz"))
    ) as archive:
        found = json.load(archive.extractfile("found.json"))  # type: ignore[arg-type]
    examples = [[str(bytes([65 + k]) * 9), str(f'{{"k": {k}}}'.encode())] for k in range(5)]
    assert found == [examples, examples]


def test_the_log_lines_of_the_page_are_parsed() -> None:
    text = (DOCS / PAGE).read_text()
    [line, *_] = re.findall(r"^channel train: .*$", text, flags=re.MULTILINE)
    values = {each.series.name: each.values.sum for each in published("job", [(0, line)])}
    assert values == {
        "RecordsPerSecond": 18204,
        "MegabytesPerSecond": 491.5,
        "AlgorithmWaitTime": 0.2,
        "DataWaitTime": 58.1,
    }
    for verdict in ("bound by the algorithm", "bound by the data", "bound by both in turn"):
        assert f"| {verdict} |" in text


def test_the_metrics_page_names_every_channel_metric() -> None:
    text = (DOCS / "metrics.md").read_text()
    assert all(f"`{name}`" in text and unit in text for name, unit in METRICS)
