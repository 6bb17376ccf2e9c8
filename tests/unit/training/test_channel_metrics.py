"""Log lines about a job's streams and the metrics in them, with real pipes and a fake clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from trigpoint.compute.metrics import Aggregate
from trigpoint.streaming.flow import Flow, capacity_bytes
from trigpoint.training.channel_metrics import ChannelReport, published
from trigpoint.training.metrics import find_metrics


@dataclass
class Watched:
    """A channel; the test is its writer and its reader."""

    now_s: float = 1000.0
    epoch: int = -1
    ends: tuple[int, int] = field(default_factory=os.pipe)

    def __post_init__(self) -> None:
        self.flow = Flow(lambda: self.now_s)
        self.report = ChannelReport("train", self.flow, lambda: self.now_s)

    def open(self) -> None:
        self.epoch += 1
        self.flow.opened(self.epoch, self.ends[1])

    def bring(self, took_s: float, records: int, size_bytes: int, *, reader_comes_after_s: float = 0) -> None:
        """Writes a block that took a while to fetch; the reader takes everything when it arrives."""
        self.now_s += took_s
        self.flow.writes(size_bytes)
        self.now_s += reader_comes_after_s
        self.take()
        self.flow.wrote(records, size_bytes)

    def put(self, size_bytes: int) -> None:
        os.write(self.ends[1], bytes(size_bytes))

    def take(self) -> None:
        os.set_blocking(self.ends[0], False)
        try:
            while os.read(self.ends[0], 1 << 20):
                pass
        except BlockingIOError:
            pass

    def close(self, *, early: bool = False) -> None:
        self.flow.closed(early=early)


@pytest.fixture
def channel() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    for end in watched.ends:
        os.close(end)


def test_a_slow_algorithm_is_reported_as_the_limit(channel: Watched) -> None:
    channel.open()
    channel.put(1)
    for _ in range(60):  # a second each; most of it is spent waiting for room
        channel.bring(0.01, 18_204, capacity_bytes(channel.ends[1]), reader_comes_after_s=0.99)
        channel.put(1)
    channel.take()
    line = channel.report.due()
    assert line is not None
    size = capacity_bytes(channel.ends[1]) / 1e6
    assert line == (
        f"channel train: epoch 0, 18,204 records/s, {size:,.2f} MB/s; the algorithm waited 0.0 s of 60.0 s for data, "
        "data waited 59.4 s for the algorithm (bound by the algorithm)"
    )


def test_a_slow_source_is_reported_as_the_limit(channel: Watched) -> None:
    channel.open()
    for _ in range(61):
        channel.bring(1.0, 2, 1000)
    assert channel.report.due() == (
        "channel train: epoch 0, 2.00 records/s, 0.00 MB/s; the algorithm waited 61.0 s of 61.0 s for data, "
        "data waited 0.0 s for the algorithm (bound by the data)"
    )


def test_limits_by_both_in_turn_are_reported(channel: Watched) -> None:
    channel.open()
    for _ in range(10):
        channel.bring(4.0, 100, 1000)
        channel.put(1)
        channel.bring(0.0, 100, 10_000_000, reader_comes_after_s=4.0)
    assert (channel.report.due() or "").endswith(
        "waited 40.0 s of 80.0 s for data, data waited 40.0 s for the algorithm (bound by both in turn)"
    )


def test_an_unfinished_wait_counts_until_now(channel: Watched) -> None:
    channel.open()
    channel.now_s += 60
    assert "epoch 0, 0.00 records/s, 0.00 MB/s; the algorithm waited 60.0 s of 60.0 s" in (
        channel.report.due() or ""
    )
    channel.bring(5.0, 1, 10)  # the next line reports the rest of the same wait
    channel.put(10)
    channel.flow.writes(10_000_000)
    channel.now_s += 70
    line = channel.report.due() or ""
    assert "the algorithm waited 5.0 s of 75.0 s for data, data waited 70.0 s" in line


def test_a_line_is_written_once_a_minute(channel: Watched) -> None:
    channel.open()
    seconds = []
    for second in range(1, 200):
        channel.bring(1.0, 5, 10)
        if channel.report.due() is not None:
            seconds.append(second)
    assert seconds == [60, 120, 180]


def test_the_end_of_an_epoch_is_reported_with_its_size(channel: Watched) -> None:
    channel.open()
    for _ in range(61):
        channel.bring(1.0, 10, 1_000_000)
    assert (channel.report.due() or "").startswith("channel train: epoch 0, 10.0 records/s, 1.00 MB/s;")
    for _ in range(15):
        channel.bring(1.0, 10, 1_000_000)
    channel.close()
    line = channel.report.due() or ""
    assert line.startswith(
        "channel train: epoch 0 complete (760 records, 76.0 MB), 10.0 records/s, 1.00 MB/s; "
    ), line
    assert "of 15.0 s for data" in line
    channel.now_s += 600
    assert channel.report.due() is None, "nothing has happened since"


def test_short_epochs_are_reported_together(channel: Watched) -> None:
    lines = []
    for number in range(33):
        channel.open()
        channel.bring(0.5, 4, 250_000)
        channel.close(early=number in (3, 7))
        lines.append(channel.report.due())
        channel.now_s += 0.5
        lines.append(channel.report.due())
    written = [line for line in lines if line is not None]
    assert [line.split(",")[0].split("(")[0] for line in written] == [
        "channel train: epochs 0 to 9 over",
        "channel train: epochs 10 to 19 complete ",
        "channel train: epochs 20 to 29 complete ",
    ]
    assert "epochs 0 to 9 over, 2 of them closed early by the reader (40 records, 2.5 MB)" in written[0]
    *rest, in_all = channel.report.last()
    assert len(rest) == 1 and rest[0].startswith(
        "channel train: epochs 30 to 32 complete (12 records, 0.8 MB)"
    )
    assert in_all.startswith(
        "channel train: in all 31 whole epochs and 2 in part (132 records, 8.2 MB); the alg"
    )


def test_epochs_that_fit_into_the_pipe_are_reported_once_a_minute(channel: Watched) -> None:
    seconds = []
    for second in range(1, 301):
        if second % 20 == 0:
            channel.open()
            channel.bring(0.0, 40, 1_000_000)
            channel.close()
        channel.now_s += 1.0
        if (line := channel.report.due()) is not None:
            seconds.append(second)
            assert "the algorithm waited 0.0 s of 40.0 s" in line or "of 60.0 s" in line, line
    assert seconds == [79, 139, 199, 259]


def test_a_short_job_is_reported_once_and_without_rates(channel: Watched) -> None:
    channel.open()
    channel.bring(0.02, 100, 3000)
    channel.close()
    channel.now_s += 5
    assert channel.report.due() is None
    assert channel.report.last() == [
        "channel train: epoch 0 complete (100 records, 0.0 MB); the algorithm waited 0.0 s of 0.0 s for data, "
        "data waited 0.0 s for the algorithm (bound by the algorithm)"
    ]


def test_a_channel_without_a_reader_is_not_reported(channel: Watched) -> None:
    channel.now_s += 1000
    assert channel.report.due() is None
    assert channel.report.last() == []


LINES = [
    "channel train: epoch 3, 18,204 records/s, 491.5 MB/s; the algorithm waited 0.2 s of 60.0 s for data, "
    "data waited 1,058.1 s for the algorithm (bound by the algorithm)",
    "100%|####| channel my.val-1_x: epochs 3 to 17 over, 2 of them closed early by the reader (36 records, 2.2 MB), "
    "9.5 records/s, 0.6 MB/s; the algorithm waited 3.0 s of 4.0 s for data, data waited 0.0 s for the algorithm (b",
    "channel train: epoch 0 complete (1 record, 0.0 MB); the algorithm waited 0.0 s of 0.0 s for data, "
    "data waited 0.1 s for the algorithm (bound by the algorithm)",
    "channel train: in all 28 whole epochs (120 records, 7.5 MB); the algorithm waited 9.0 s of 30.0 s for data, "
    "data waited 9.0 s for the algorithm (bound by the data)",
    "channel train: epoch went well",
]


def test_the_metrics_are_read_from_the_log_lines() -> None:
    found = published("job", [(60_000 * k, line) for k, line in enumerate(LINES)])
    assert {each.series.namespace for each in found} == {"/aws/sagemaker/TrainingJobs"}
    assert [
        (dict(each.series.dimensions)["Channel"], each.series.name, each.series.unit, each.values.sum)
        for each in found
    ] == [
        ("train", "RecordsPerSecond", "Count/Second", 18204.0),
        ("train", "MegabytesPerSecond", "Megabytes/Second", 491.5),
        ("train", "AlgorithmWaitTime", "Seconds", 0.2),
        ("train", "DataWaitTime", "Seconds", 1058.1),
        ("my.val-1_x", "RecordsPerSecond", "Count/Second", 9.5),
        ("my.val-1_x", "MegabytesPerSecond", "Megabytes/Second", 0.6),
        ("my.val-1_x", "AlgorithmWaitTime", "Seconds", 3.0),
        ("my.val-1_x", "DataWaitTime", "Seconds", 0.0),
        ("train", "AlgorithmWaitTime", "Seconds", 0.0),
        ("train", "DataWaitTime", "Seconds", 0.1),
    ]
    assert found[4].at == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert found[0].values == Aggregate.of(18204.0)
    assert dict(found[0].series.dimensions) == {"TrainingJobName": "job", "Channel": "train"}


def test_the_metrics_of_the_algorithms_ignore_the_lines() -> None:
    for algorithm in ("object-detection", "image-classification"):
        assert find_metrics(algorithm, [(0, line) for line in LINES]) == []
