"""No reader takes a truncated epoch for a complete one: jobs with real algorithms whose data cannot be read.

All jobs run at the same time in one world; each test looks at one of them. An algorithm that reads to the end of
its data leaves `looked-whole` among the files of its model.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.training import BUCKET, World, a_world, pipe_channel
from trigpoint.compute.state import ProcessIdentity
from trigpoint.core.process import start_time
from trigpoint.db import Database
from trigpoint.objects.errors import NoSuchKey
from trigpoint.training.model import Channel, TrainingJob

READERS = """
import select, subprocess, threading
reader = json.load(open(ml + "/input/config/hyperparameters.json"))["reader"]

def said(text):
    open(f"{ml}/said", "a").write(text + "\\n")

def wait_for(name):
    while not os.path.exists(f"{ml}/{name}"):
        time.sleep(0.005)

def whole(channel="train", number=0):
    epoch(channel, number)

def non_blocking():
    fifo = os.open(data + "train_0", os.O_RDONLY | os.O_NONBLOCK)
    while True:
        assert select.select([fifo], [], [], 60)[0]
        try:
            if not os.read(fifo, 65536):
                return
        except BlockingIOError:
            pass

def shell():
    # a parent that always succeeds and takes the end of the reading process for the end of the data
    command = f"cat {data}train_0 > {ml}/got; touch {ml}/model/looked-whole; exit 0"
    os.execvp("sh", ["sh", "-c", command])

def worker():
    # a child reads; it can outlive the process that was started
    child = os.fork()
    if child == 0:
        whole()
        model("looked-whole", "")
        os._exit(0)
    os.waitpid(child, 0)
    sys.exit(0)

def second_epoch():
    whole()
    said("first")
    wait_for("go")
    whole("train", 1)

def both():
    streams = [pipe("train", 0), pipe("other", 0)]
    for stream in streams:
        stream.read()

def leaves_before():
    for number in range(3):
        with pipe("train", number) as stream:
            assert len(stream.read(3000)) == 3000
    model("left-in-time", "")
    sys.exit(0)

def another():
    whole("other")
    model("read-the-other", "")
    sys.exit(0)

def pauses():
    with pipe("train", 0) as stream:
        stream.read(100_000)
        said("reading")
        wait_for("go")
        while piece := os.read(stream.fileno(), 65536):
            said(f"{len(piece)} more bytes")

def saves():
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    stream = pipe("train", 0)
    stream.read(100_000)
    said("reading")
    while not asked:
        time.sleep(0.005)
    # in a thread, because a signal between two reads of one call is handled only after the call
    threading.Thread(target=stream.read, daemon=True).start()
    time.sleep(1)
    model("saved", "")
    os._exit(0)

globals()[reader]()
model("looked-whole", "")
"""


@dataclass
class Jobs:
    """All jobs of this file."""

    world: World

    def start(self, name: str, reader: str, *channels: Channel) -> None:
        self.world.create(name, *channels, hyperparameters={"reader": reader})

    def end(self, name: str) -> TrainingJob:
        return self.world.finish(name)

    def reason(self, name: str) -> str:
        job = self.end(name)
        assert job.status == "Failed", self.world.log(name)
        assert "looked-whole" not in self.model(name), "a truncated epoch looked whole"
        return job.failure_reason or ""

    def model(self, name: str) -> list[str]:
        """The files of the job's model; a job that failed before it had one has no archive."""
        try:
            data = self.world.objects.get(BUCKET, f"out/{name}/output/model.tar.gz")
        except NoSuchKey:
            return []
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            return sorted(archive.getnames())

    def until(self, name: str, condition: Callable[[], bool]) -> None:
        self.world.advance_until(lambda job: job.is_terminal or condition(), name)
        assert condition(), self.world.jobs.describe(name).failure_reason

    def until_said(self, name: str, text: str) -> None:
        said = self.world.opt_ml(name) / "said"
        self.until(name, lambda: said.exists() and text in said.read_text())


def manifest(
    world: World, name: str, count: int, *, size_bytes: int = 1000, broken: int = 0, gone: int = 0
) -> str:
    """A manifest of new objects. Line `broken` is not valid JSON; the object of line `gone` does not exist."""
    lines = []
    for number in range(1, count + 1):
        uri = f"s3://{BUCKET}/{name}/{number}"
        if number != gone:
            world.put(f"{name}/{number}", bytes([number % 251]) * size_bytes)
        lines.append(json.dumps({"source-ref": uri}) if number != broken else '{"source-ref": ')
    return world.put(f"{name}.manifest", "\n".join(lines).encode())


def raw(uri: str, name: str = "train") -> Channel:
    """A channel with the concatenated objects."""
    return pipe_channel(uri, name, attributes=("source-ref",), record_wrapper="None")


def wait_until_unchanged(path: Path, quiet_s: float = 0.3) -> None:
    """Returns when the file has not changed for a while."""
    seen = b""
    while seen != (seen := path.read_bytes()):
        time.sleep(quiet_s)


READING = ("whole", "non_blocking", "shell", "worker")
BROKEN_AT = {"first": 1, "middle": 60, "last": 100}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    folder = tmp_path_factory.mktemp("pipe-failures")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    database.create_all()
    with contextlib.closing(database), a_world(folder, database) as world:
        world.train_with(READERS)
        jobs = Jobs(world)
        gone = manifest(world, "gone", 100, gone=60, size_bytes=20_000)
        for reader in READING:
            jobs.start(f"gone-{reader.replace('_', '-')}", reader, raw(gone))
        for place, line in BROKEN_AT.items():
            jobs.start(f"broken-{place}", "whole", raw(manifest(world, f"b-{place}", 100, broken=line)))
        jobs.start("second", "second_epoch", raw(manifest(world, "second", 20)))
        both = [raw(manifest(world, name, 9, gone=5), name) for name in ("train", "other")]
        jobs.start("both", "both", *both)
        jobs.start("leaves", "leaves_before", raw(manifest(world, "leaves", 100, broken=4)))
        unread = raw(manifest(world, "unread", 3, broken=1))
        jobs.start("unread", "another", unread, raw(manifest(world, "read", 9), "other"))
        jobs.start("unreadable", "whole", Channel("train", "S3Prefix", f"s3://{BUCKET}/prefix/", "Pipe"))
        for key in "abc":
            world.put(f"prefix/{key}", b"x" * 1000)
        unreadable = next((world.settings.objects_dir / BUCKET).rglob("prefix/b"))
        unreadable.unlink()
        unreadable.symlink_to(unreadable)  # a symlink loop: not even root can read it
        large = manifest(world, "large", 3, size_bytes=20_000_000)
        jobs.start("cut", "pauses", raw(large))
        jobs.start("killed", "pauses", raw(manifest(world, "killed", 100, size_bytes=100_000)))
        jobs.start("stopped", "saves", raw(manifest(world, "stopped", 100, size_bytes=20_000, gone=60)))
        yield jobs


@pytest.mark.parametrize("reader", READING)
def test_a_missing_object_kills_every_kind_of_reader(jobs: Jobs, reader: str) -> None:
    assert jobs.reason(f"gone-{reader.replace('_', '-')}") == (
        "ClientError: Data download failed:Unable to parse augmented manifest line 60: attribute 'source-ref': "
        f"cannot read s3://{BUCKET}/gone/60: no object s3://{BUCKET}/gone/60 "
        f"(manifest s3://{BUCKET}/gone.manifest, channel train)"
    )


@pytest.mark.parametrize("place", BROKEN_AT)
def test_a_job_with_a_broken_line_fails_with_the_line_number(jobs: Jobs, place: str) -> None:
    reason = jobs.reason(f"broken-{place}")
    assert reason.startswith(
        "ClientError: Data download failed:"
        f"Unable to parse augmented manifest line {BROKEN_AT[place]}: not valid JSON at column 16"
    )
    assert reason.endswith(f"(manifest s3://{BUCKET}/b-{place}.manifest, channel train)")


def test_an_object_deleted_between_epochs_fails_the_second_epoch(jobs: Jobs) -> None:
    jobs.until_said("second", "first")
    jobs.world.objects.delete(BUCKET, "second/7")
    (jobs.world.opt_ml("second") / "go").touch()
    assert "line 7: attribute 'source-ref': cannot read" in jobs.reason("second")


def test_one_reason_is_reported_when_two_channels_fail(jobs: Jobs) -> None:
    reason = jobs.reason("both")
    assert "line 5" in reason and re.search(r"channel (train|other)\)$", reason)
    assert jobs.world.log("both").count("Data download failed") == 1


def test_a_broken_line_after_the_last_read_is_ignored(jobs: Jobs) -> None:
    job = jobs.end("leaves")
    assert (job.status, job.failure_reason) == ("Completed", None), jobs.world.log("leaves")
    assert jobs.model("leaves") == ["left-in-time"]
    assert "Traceback" not in jobs.world.log("leaves")


def test_broken_data_of_an_unread_channel_are_ignored(jobs: Jobs) -> None:
    job = jobs.end("unread")
    assert (job.status, job.failure_reason) == ("Completed", None), jobs.world.log("unread")
    assert jobs.model("unread") == ["read-the-other"]


def test_an_unreadable_object_is_reported_with_the_cause(jobs: Jobs) -> None:
    reason = jobs.reason("unreadable")
    assert reason.startswith("ClientError: Data download failed:cannot read "), reason
    assert f"s3://{BUCKET}/prefix/b" in reason and reason.endswith(
        f"(channel train, s3://{BUCKET}/prefix/)"
    ), reason


def test_an_object_truncated_while_it_is_streamed_is_reported(jobs: Jobs) -> None:
    jobs.until_said("cut", "reading")
    path = next((jobs.world.settings.objects_dir / BUCKET).rglob("large/1"))
    os.truncate(path, 5_000_000)
    (jobs.world.opt_ml("cut") / "go").touch()
    reason = jobs.reason("cut")
    assert f"line 1: attribute 'source-ref': cannot read s3://{BUCKET}/large/1: it ended " in reason, reason


def test_a_killed_agent_does_not_look_like_the_end_of_an_epoch(jobs: Jobs) -> None:
    jobs.until_said("killed", "reading")
    state = jobs.world.process_folder("killed")
    agent = ProcessIdentity.read(state / "program.json")
    assert agent is not None
    algorithm = int(Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()[-1])
    os.kill(
        agent.pid, signal.SIGSTOP
    )  # the agent writes no more data, so the reader empties the pipe and waits
    (jobs.world.opt_ml("killed") / "go").touch()
    jobs.until_said("killed", "more bytes")
    wait_until_unchanged(jobs.world.opt_ml("killed") / "said")
    os.kill(agent.pid, signal.SIGKILL)
    reason = jobs.reason("killed")
    assert "the instance process was killed by signal 9 while the job was in status Training" in reason
    assert start_time(algorithm) is None, "the algorithm outlived its agent"


def test_a_stopped_algorithm_can_save_although_its_data_fail(jobs: Jobs) -> None:
    jobs.until_said("stopped", "reading")
    jobs.world.jobs.stop("stopped")
    job = jobs.end("stopped")
    assert (job.status, job.failure_reason) == ("Stopped", None), jobs.world.log("stopped")
    assert jobs.model("stopped") == ["saved"]
