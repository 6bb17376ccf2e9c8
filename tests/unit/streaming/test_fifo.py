"""Named pipes: endless epochs, for every kind of reader."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.streaming import opener
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.fifo import FifoChannel
from trigpoint.streaming.select import WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup
from trigpoint.streaming.stage import Row, Stage


class Agent:
    """One channel named train; its objects are joined without separators."""

    def __init__(self, folder: Path, objects: dict[str, bytes], seed: int | None = None) -> None:
        self.folder = folder
        self.objects = objects
        self.seed = seed
        self.failures: list[Exception] = []
        self.reader_gone = threading.Event()
        self.channel = FifoChannel(folder, "train", self._open_epoch, self._fail)

    def _open_epoch(self, epoch: int) -> Stage[Row]:
        keys = Keys(list(self.objects))
        places = Order(len(keys), self.seed, epoch)
        options = FetchOptions(threads=2, large_bytes=2_000_000)
        return Fetch(WholeObject(Lookup(places, keys)), opener(self.objects), options)

    def _fail(self, error: Exception) -> None:
        self.failures.append(error)
        self.reader_gone.wait(10)

    def path(self, epoch: int) -> Path:
        return self.folder / f"train_{epoch}"

    def wait_for(self, epoch: int) -> Path:
        end = time.monotonic() + 10
        while not self.path(epoch).exists():
            assert time.monotonic() < end
            time.sleep(0.001)
        return self.path(epoch)

    def read(self, epoch: int) -> bytes:
        with self.wait_for(epoch).open("rb") as stream:
            return stream.read()


@contextlib.contextmanager
def an_agent(folder: Path, objects: dict[str, bytes], seed: int | None = None) -> Iterator[Agent]:
    agent = Agent(folder, objects, seed)
    agent.channel.start()
    try:
        yield agent
    finally:
        agent.reader_gone.set()
        agent.channel.stop()
        assert not agent.channel._thread.is_alive()
        assert list(folder.iterdir()) == []


def some_objects(count: int = 20, size_bytes: int = 1000) -> dict[str, bytes]:
    return {f"s3://b/{k}": bytes([65 + k % 26]) * size_bytes for k in range(count)}


def test_epochs_continue_and_each_has_all_the_data(tmp_path: Path) -> None:
    objects = some_objects()
    with an_agent(tmp_path, objects) as agent:
        assert agent.path(0).exists(), "the first pipe exists before anything reads"
        for epoch in range(25):
            assert agent.read(epoch) == b"".join(objects.values())
    assert agent.failures == []


def test_the_next_pipe_exists_when_the_reader_sees_the_end(tmp_path: Path) -> None:
    with an_agent(tmp_path, some_objects()) as agent:
        for epoch in range(50):
            with agent.path(epoch).open("rb") as stream:  # does not wait for it
                assert stream.read()


def test_shuffled_epochs_differ_and_are_the_same_in_every_run(tmp_path: Path) -> None:
    objects = {f"s3://b/{k}": bytes([k]) for k in range(50)}
    runs = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        with an_agent(tmp_path / run, objects, seed=3) as agent:
            runs.append([agent.read(epoch) for epoch in range(3)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 3
    assert all(sorted(epoch) == list(range(50)) for epoch in runs[0])


@pytest.mark.parametrize("taken", [0, 1, 5_000_000])
def test_a_reader_that_closes_early_gets_the_next_epoch_from_the_beginning(
    tmp_path: Path, taken: int
) -> None:
    objects = some_objects(count=12, size_bytes=1_000_000)
    with an_agent(tmp_path, objects) as agent:
        for epoch in range(4):
            with agent.wait_for(epoch).open("rb") as stream:
                assert stream.read(taken) == b"".join(objects.values())[:taken]
        assert agent.read(4) == b"".join(objects.values())
    assert agent.failures == []


def test_an_epoch_without_data_ends_at_once(tmp_path: Path) -> None:
    with an_agent(tmp_path, {}) as agent:
        assert [agent.read(epoch) for epoch in range(3)] == [b"", b"", b""]


def test_a_channel_without_a_reader_can_be_stopped(tmp_path: Path) -> None:
    with an_agent(tmp_path, some_objects()) as agent:
        time.sleep(0.05)
        assert agent.path(0).exists()


def test_a_non_blocking_reader_never_sees_a_false_end(tmp_path: Path) -> None:
    objects = some_objects()
    with an_agent(tmp_path, objects) as agent:
        for epoch in range(20):
            fifo = os.open(agent.wait_for(epoch), os.O_RDONLY | os.O_NONBLOCK)
            data = b""
            while True:
                assert select.select([fifo], [], [], 10)[0], "no data within ten seconds"
                try:
                    piece = os.read(fifo, 4096)
                except BlockingIOError as nothing_yet:
                    assert nothing_yet.errno == errno.EAGAIN
                    continue
                if not piece:
                    break
                data += piece
            os.close(fifo)
            assert data == b"".join(objects.values())


def test_the_first_byte_is_delivered_before_the_last_objects_are_read(tmp_path: Path) -> None:
    first_byte, gave_up = threading.Event(), threading.Event()

    class Halting(dict[str, bytes]):
        def __getitem__(self, uri: str) -> bytes:
            if int(uri.rpartition("/")[2]) >= 2000 and not first_byte.wait(30):
                gave_up.set()
            return super().__getitem__(uri)

    objects = Halting(some_objects(count=3000))
    with an_agent(tmp_path, objects) as agent, agent.path(0).open("rb", buffering=0) as stream:
        assert stream.read(1)
        assert not gave_up.is_set()
        first_byte.set()


def test_objects_above_the_memory_limit_are_streamed(tmp_path: Path) -> None:
    objects = {"s3://b/0": b"small", "s3://b/1": os.urandom(5_000_000), "s3://b/2": b"end"}
    with an_agent(tmp_path, objects) as agent:
        assert agent.read(0) == b"".join(objects.values())


def test_a_broken_epoch_stays_open_until_its_reader_is_gone(tmp_path: Path) -> None:
    objects = some_objects(count=5)
    with an_agent(tmp_path, objects) as agent:
        agent.objects = _Forgetful(objects, missing="s3://b/3")
        stream = os.open(agent.path(0), os.O_RDONLY)
        received, ended = b"", False
        end = time.monotonic() + 1
        while time.monotonic() < end and not ended:
            if select.select([stream], [], [], 0.05)[0]:
                piece = os.read(stream, 65536)
                received, ended = received + piece, not piece
        assert not ended, "a truncated epoch looked complete"
        assert received in b"".join(objects.values())
        assert [str(error) for error in agent.failures] == [
            "line 4: cannot read s3://b/3: no object s3://b/3"
        ]
        os.close(stream)
        agent.reader_gone.set()


class _Forgetful(dict[str, bytes]):
    """Objects; one of them is listed but missing."""

    def __init__(self, objects: dict[str, bytes], missing: str) -> None:
        super().__init__(objects)
        self._missing = missing

    def __getitem__(self, uri: str) -> bytes:
        if uri == self._missing:
            raise KeyError(uri)
        return super().__getitem__(uri)


def test_another_process_reads_the_rows(tmp_path: Path) -> None:
    objects = some_objects(count=200, size_bytes=3000)
    reader = (
        "import sys, hashlib\n"
        "for n in range(3):\n"
        "    print(hashlib.sha256(open(f'{sys.argv[1]}/train_{n}', 'rb').read()).hexdigest())\n"
    )
    with an_agent(tmp_path, objects):
        out = subprocess.run(
            [sys.executable, "-c", reader, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout.split()
    assert out == [hashlib.sha256(b"".join(objects.values())).hexdigest()] * 3


def test_a_stale_pipe_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "train_0").write_text("stale")
    objects = some_objects()
    with an_agent(tmp_path, objects) as agent:
        assert agent.path(0).is_fifo()
        assert agent.read(0) == b"".join(objects.values())
