"""The process that keeps pipes open: it outlives its writer while the algorithm reads, and channels work without it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.streaming import opener
from trigpoint.core.process import start_time
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fifo import FifoChannel
from trigpoint.streaming.keeper import Keeper
from trigpoint.streaming.select import WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup

pytestmark = pytest.mark.skipif(
    not Keeper.is_possible(), reason="this system has no pidfd: pipes have no keeper"
)

WRITER = """
import os, subprocess, sys, time
from trigpoint.streaming.keeper import Keeper
keeper = Keeper()
path = sys.argv[1]
os.mkfifo(path)
fifo = os.open(path, os.O_RDWR)
held = os.open(path, os.O_WRONLY)
os.close(fifo)
keeper.hold("train_0", held)
algorithm = subprocess.Popen([sys.executable, "-S", "-c", sys.argv[2], path], process_group=0)
keeper.watch(algorithm.pid)
os.write(os.open(path, os.O_WRONLY), b"the first half")  # as soon as there is a reader
print(keeper.pid, algorithm.pid, flush=True)
time.sleep(60)
"""
ALGORITHM = """
import os, sys
if os.fork():
    os.wait()  # the child reads: it has to die too
data = open(sys.argv[1], "rb").read()
open(sys.argv[1] + ".looked-whole", "wb").write(data)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "pipe"), ALGORITHM], stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_no_reader_sees_an_end_when_the_writer_dies(writer: subprocess.Popen[str], tmp_path: Path) -> None:
    assert writer.stdout is not None
    keeper, algorithm = map(int, writer.stdout.readline().split())
    until(lambda: str(tmp_path / "pipe") in opened_by(child_of(algorithm)))
    writer.kill()
    until(lambda: start_time(keeper) is None)
    assert start_time(algorithm) is None, "the algorithm is killed with its agent"
    assert not (tmp_path / "pipe.looked-whole").exists()


def test_a_keeper_without_an_algorithm_ends_with_its_writer() -> None:
    code = "from trigpoint.streaming.keeper import Keeper; import os; print(Keeper().pid, flush=True); os._exit(1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    until(lambda: start_time(int(done.stdout)) is None)


def test_a_channel_continues_without_a_keeper_that_was_killed(tmp_path: Path) -> None:
    objects = {f"s3://b/{k}": bytes([65 + k]) * 1000 for k in range(9)}
    keeper = Keeper()
    failures: list[Exception] = []

    def rows(epoch: int) -> Fetch:
        return Fetch(WholeObject(Lookup(Order(9), Keys(list(objects)))), opener(objects))

    channel = FifoChannel(tmp_path, "train", rows, failures.append, keeper)
    channel.start()
    for epoch in range(6):
        if epoch == 2:
            os.kill(keeper.pid, signal.SIGKILL)
        until((tmp_path / f"train_{epoch}").exists)
        assert (tmp_path / f"train_{epoch}").read_bytes() == b"".join(objects.values())
    channel.stop()
    keeper.close()
    assert failures == []


def test_signals_to_process_groups_do_not_end_the_keeper() -> None:
    keeper = Keeper()
    until(lambda: b"keeper.py" in Path(f"/proc/{keeper.pid}/cmdline").read_bytes())
    time.sleep(0.2)  # until it ignores them
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(keeper.pid, number)
    assert os.getpgid(keeper.pid) != os.getpgid(0)
    assert keeper._process.poll() is None
    keeper.close()
    assert start_time(keeper.pid) is None


def until(condition: Callable[[], object], limit_s: float = 20) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)


def child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


def opened_by(pid: int) -> str:
    """The paths that a process has open."""
    try:
        return " ".join(str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return ""
