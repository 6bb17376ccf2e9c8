"""Named pipes, opened in the ways of real libraries' loaders: each reader is a separate process."""

from __future__ import annotations

import contextlib
import hashlib
import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.streaming import opener
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fifo import FifoChannel
from trigpoint.streaming.keeper import Keeper
from trigpoint.streaming.select import WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup
from trigpoint.streaming.stage import Row, Stage, Taking

READERS = """
import errno, hashlib, json, os, select, sys, time
folder, reader, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])

def path(epoch, channel="train"):
    return f"{folder}/{channel}_{epoch}"

def wait_for(epoch, channel="train", patience_s=20):
    # the TensorFlow extension: looks whether the pipe is there, sleeping longer and longer
    end, pause_s = time.monotonic() + patience_s, 0.001
    while not os.path.exists(path(epoch, channel)):
        assert time.monotonic() < end, "the pipe does not appear"
        time.sleep(pause_s)
        pause_s = min(1, 2 * pause_s)
    return path(epoch, channel)

def blocking(epoch):
    with open(wait_for(epoch), "rb") as stream:
        return stream.read()

def unbuffered(epoch):
    stream, data = open(wait_for(epoch), "rb", buffering=0), b""
    while piece := stream.read(4096):
        data += piece
    return data

def ml_io(epoch):
    # ml-io: three tries to open, a second apart, without blocking; then up to a minute for the first data
    for attempt in range(3):
        try:
            fifo = os.open(path(epoch), os.O_RDONLY | os.O_NONBLOCK)
            break
        except FileNotFoundError:
            assert attempt < 2, "the pipe does not appear"
            time.sleep(1)
    data = b""
    while True:
        assert select.select([fifo], [], [], 60)[0], "no data within a minute"
        try:
            piece = os.read(fifo, 65536)
        except BlockingIOError:
            continue
        if not piece:
            os.close(fifo)
            return data
        data += piece

def polling(epoch):
    fifo = os.open(wait_for(epoch), os.O_RDONLY | os.O_NONBLOCK)
    waiting, data = select.poll(), b""
    waiting.register(fifo, select.POLLIN)
    while True:
        [(_, events)] = waiting.poll(20_000)
        piece = os.read(fifo, 65536) if events & select.POLLIN else b""
        if not piece:
            assert events & select.POLLHUP or not events & select.POLLIN
            os.close(fifo)
            return data
        data += piece

def cat(epoch):
    import subprocess
    return subprocess.run(["cat", wait_for(epoch)], capture_output=True, check=True).stdout

def early(epoch):
    if epoch == epochs - 1:
        return blocking(epoch)
    with open(wait_for(epoch), "rb", buffering=0) as stream:
        return stream.read(1000 * epoch)  # of epoch 0: nothing

def late(epoch):
    with open(wait_for(epoch), "rb") as stream:
        time.sleep(1)
        return stream.read()

def read_and_write(epoch):
    # it holds a writing end itself and so never sees the end: it has to count
    fifo, data = os.open(wait_for(epoch), os.O_RDWR), b""
    while len(data) < int(os.environ["BYTES"]):
        data += os.read(fifo, 65536)
    os.close(fifo)
    return data

def two_at_once(epoch):
    # opens the next epoch while this one, which fits into the pipe, has not been read
    if epoch:
        return os.environ["SECOND"].encode("latin1")
    first = open(wait_for(0), "rb", buffering=0)
    second = open(wait_for(1), "rb")
    data = b""
    while piece := first.read(65536):
        data += piece
    assert second.read() == data
    os.environ["SECOND"] = data.decode("latin1")
    return data

for epoch in range(epochs):
    began = time.monotonic()
    data = globals()[reader](epoch)
    print(json.dumps([len(data), hashlib.sha256(data).hexdigest(), time.monotonic() - began]), flush=True)
"""


def rows(objects: dict[str, bytes]) -> Stage[Row]:
    keys = Keys(list(objects))
    return Fetch(WholeObject(Lookup(Order(len(keys)), keys)), opener(objects))


@contextlib.contextmanager
def channel(folder: Path, objects: dict[str, bytes], name: str = "train") -> Iterator[FifoChannel]:
    """A channel with a keeper, as in a job; failures fail the test."""
    failures: list[Exception] = []
    keeper = Keeper() if Keeper.is_possible() else None
    served = FifoChannel(folder, name, lambda epoch: rows(objects), failures.append, keeper)
    served.start()
    try:
        yield served
    finally:
        served.stop()
        if keeper is not None:
            keeper.close()
    assert failures == []


def read(folder: Path, reader: str, epochs: int, **environment: str) -> list[Any]:
    """Bytes, digest and seconds of each epoch, read by a process of this kind."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", READERS, str(folder), reader, str(epochs)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def some(count: int, size_bytes: int) -> dict[str, bytes]:
    return {f"s3://b/{k}": bytes([65 + k % 26]) * size_bytes for k in range(count)}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("reader", ["blocking", "unbuffered", "ml_io", "polling", "cat", "read_and_write"])
def test_every_kind_of_reader_gets_complete_epochs(tmp_path: Path, reader: str) -> None:
    objects = some(40, 100_000)
    expected = b"".join(objects.values())
    with channel(tmp_path, objects):
        epochs = read(tmp_path, reader, 3, BYTES=str(len(expected)), PATH="/usr/bin:/bin")
    assert [each[:2] for each in epochs] == [[len(expected), digest(expected)]] * 3


def test_a_reader_that_closes_early_is_counted_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    objects = some(40, 100_000)
    expected = b"".join(objects.values())
    with channel(tmp_path, objects) as served:
        epochs = read(tmp_path, "early", 6)
        assert [each[0] for each in epochs] == [0, 1000, 2000, 3000, 4000, len(expected)]
        for number, (length, found, _) in enumerate(epochs[:5]):
            assert found == digest(expected[:length]), f"epoch {number} does not start with its first byte"
        assert max(seconds for _, _, seconds in epochs) < 5
        totals = served.flow.totals()
        assert (totals.ended, totals.left) == (6, 5)
    assert capfd.readouterr() == ("", "")


def test_a_slow_reader_gets_its_whole_epoch(tmp_path: Path) -> None:
    objects = some(30, 100_000)
    with channel(tmp_path, objects) as served:
        [(length, _, _)] = read(tmp_path, "late", 1)
        assert length == 3_000_000
        assert served.flow.totals().blocked_s > 0.9, "the data waited"


def test_two_epochs_can_be_open_at_once(tmp_path: Path) -> None:
    objects = some(10, 5_000)
    expected = b"".join(objects.values())
    with channel(tmp_path, objects):
        epochs = read(tmp_path, "two_at_once", 2)
    assert [each[1] for each in epochs] == [digest(expected)] * 2


def test_an_empty_epoch_ends_at_once_for_every_kind_of_reader(tmp_path: Path) -> None:
    for reader in ("blocking", "ml_io", "polling"):
        (tmp_path / reader).mkdir()
        with channel(tmp_path / reader, {}):
            assert [length for length, _, _ in read(tmp_path / reader, reader, 3)] == [0, 0, 0]
    with channel(tmp_path, {"s3://b/empty": b"", "s3://b/too": b""}):
        assert [length for length, _, _ in read(tmp_path, "blocking", 2)] == [0, 0]


def test_each_channel_counts_its_own_epochs(tmp_path: Path) -> None:
    objects = some(3, 10)
    with (
        channel(tmp_path, objects),
        channel(tmp_path, objects, "validation"),
        channel(tmp_path, {}, "unread"),
    ):
        assert names(tmp_path) == ["train_0", "unread_0", "validation_0"]
        read(tmp_path, "blocking", 4)
        assert names(tmp_path) == ["train_4", "unread_0", "validation_0"]
    assert names(tmp_path) == []


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_next_pipe_appears_only_after_an_epoch_is_written(tmp_path: Path) -> None:
    with channel(tmp_path, some(40, 100_000)):  # four times what a pipe holds
        with (tmp_path / "train_0").open("rb", buffering=0) as stream:
            taken = 0
            while taken < 2_000_000:
                taken += len(stream.read(65536))
                assert names(tmp_path) == ["train_0"]
            time.sleep(0.05)
            assert names(tmp_path) == ["train_0"]
            while stream.read(65536):
                pass
            assert (tmp_path / "train_1").is_fifo()
        with (tmp_path / "train_1").open("rb", buffering=0) as stream:
            stream.read(1)
        while not (tmp_path / "train_2").exists():
            time.sleep(0.001)
        assert (tmp_path / "train_2").is_fifo()


def test_a_slow_object_does_not_delay_the_next_pipe(tmp_path: Path) -> None:
    next_pipe_seen, gave_up = threading.Event(), threading.Event()

    class Slow(dict[str, bytes]):
        def __getitem__(self, uri: str) -> bytes:
            if uri == "s3://b/9" and not next_pipe_seen.wait(30):
                gave_up.set()
            return super().__getitem__(uri)

    with channel(tmp_path, Slow(some(40, 100_000))):
        with (tmp_path / "train_0").open("rb", buffering=0) as stream:
            stream.read(1)
        while not (tmp_path / "train_1").exists():
            assert not gave_up.is_set(), "the next pipe waited for an object of the last epoch"
            time.sleep(0.001)
        next_pipe_seen.set()


def test_available_records_are_delivered_while_the_next_one_is_awaited(tmp_path: Path) -> None:
    release = threading.Event()

    class Halting(Taking[Row]):
        def __init__(self) -> None:
            self.taken = 0

        def take(self, most: int) -> list[Row]:
            self.taken += 1
            if self.taken == 3:
                release.wait(20)
            return [(self.taken, [b"%d" % self.taken])] if self.taken < 4 else []

        def close(self) -> None: ...

    served = FifoChannel(tmp_path, "train", lambda epoch: Halting(), pytest.fail)  # type: ignore[arg-type,return-value]
    served.start()
    with (tmp_path / "train_0").open("rb", buffering=0) as stream:
        data = b""
        while len(data) < 2:
            assert select.select([stream], [], [], 10)[0], f"only {data!r} arrived"
            data += stream.read(10)
        release.set()
        assert data + stream.read(10) == b"123"
    served.stop()


def test_an_error_of_an_object_is_never_mistaken_for_a_reader_that_left(tmp_path: Path) -> None:
    class Broken(Taking[Row]):
        def take(self, most: int) -> list[Row]:
            raise BrokenPipeError("the connection to the store was lost")

        def close(self) -> None: ...

    failures: list[Exception] = []
    left = []

    def fail(error: Exception) -> None:
        failures.append(error)
        left.append(stream.close())  # as when the reader dies

    served = FifoChannel(tmp_path, "train", lambda epoch: Broken(), fail)  # type: ignore[arg-type,return-value]
    served.start()
    stream = (tmp_path / "train_0").open("rb", buffering=0)
    end = time.monotonic() + 10
    while not left and time.monotonic() < end:
        time.sleep(0.01)
    served.stop()
    assert [str(error) for error in failures] == ["the connection to the store was lost"]
