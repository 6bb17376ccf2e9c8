"""The log of a labeling job, read through CloudWatch Logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.hosting import CONTEXT
from helpers.labeling import World, boxes_answer
from trigpoint.compute.log_writer import LogWriter
from trigpoint.compute.logs import LogStreams
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.labeling.job_log import GROUP, MAX_MESSAGE_CHARACTERS
from trigpoint.labeling.model import JobStatus
from trigpoint.labeling.store import jobs
from trigpoint.services.logs import LogsOperations
from trigpoint.settings import Settings

CAT, COW = ("cat", 1, 1, 5, 5), ("cow", 1, 1, 5, 5)


class Faulty:
    """A log that can refuse lines, and a server that can be killed after one."""

    def __init__(self, writer: LogWriter) -> None:
        self.writer = writer
        self.refuses = False
        self.dies_after: int | None = None

    def write(self, group: str, stream: str, text: str) -> bool:
        if self.refuses:
            return False
        written = self.writer.write(group, stream, text)
        if self.dies_after is not None:
            self.dies_after -= 1
            if not self.dies_after:
                self.dies_after = None
                raise KeyboardInterrupt
        return written


@pytest.fixture
def log(database: Database, settings: Settings, clock: FakeClock) -> Faulty:
    return Faulty(LogWriter(database, LogStreams(database), settings.jobs_dir / "logs", clock))


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock, log: Faulty) -> World:
    made = World(database, settings, clock, write_log=log.write)
    made.crew("bob", "carol")
    return made


def lines(world: World, name: str = "Boxes-1") -> list[tuple[str, str]]:
    """The names and messages of the job's events."""
    asked = {"logGroupName": GROUP, "logStreamName": name, "startFromHead": True}
    found = LogsOperations(LogStreams(world.database)).get_log_events(CONTEXT, asked)["events"]
    documents: list[dict[str, Any]] = [json.loads(event["message"]) for event in found]
    for document in documents:
        assert list(document) == ["labeling-job-name", "event-name", "event-log-message"]
        assert document["labeling-job-name"] == name
    return [(document["event-name"], document["event-log-message"]) for document in documents]


def test_each_step_of_a_job_is_one_line_in_the_documented_form(world: World) -> None:
    bob, carol = world.teams.members("crew")
    world.start(world.spec(workers_per_object=2))
    for worker, boxes in ((bob, COW), (carol, CAT), (bob, COW), (carol, COW)):
        taken = world.answer(worker, "Boxes-1", CAT)
        assert taken is not None
        world.replace_answer(taken.id, boxes_answer(boxes))
    world.run()
    found = lines(world)
    assert [name for name, _ in found] == [
        "StatusChanged",
        "StatusChanged",
        "BatchBegun",
        "AnswerIgnored",
        "AnswerIgnored",
        "AnswerIgnored",
        "ObjectFailed",
        "RoundFinished",
        "StatusChanged",
    ]
    messages = [message for _, message in found]
    assert messages[:3] == ["Initializing", "InProgress", "batch 1: 2 objects"]
    assert messages[3].startswith(f"object 0: the answer of worker {bob.id} was not used:")
    assert messages[6].startswith("object 1: ") and "the job has no label 'cow'" in messages[6]
    assert messages[7:] == ["batch 1: 1 objects labeled, 1 failed, 3 answers ignored", "Completed"]


def test_the_line_of_a_failed_job_has_the_reason(world: World) -> None:
    job = world.start(world.spec(lines=["{"]))
    assert job.status is JobStatus.FAILED
    assert lines(world)[-1] == ("StatusChanged", f"Failed: {job.failure_reason}")


def test_a_log_that_cannot_be_written_gets_its_lines_later(world: World, log: Faulty) -> None:
    log.refuses = True
    job = world.start(world.spec(lines=["{"]))
    world.run()
    assert LogStreams(world.database).stream(GROUP, job.name) is None
    log.refuses = False
    world.advance(61)
    assert [message.split(":")[0] for _, message in lines(world)] == ["Initializing", "Failed"]
    assert world.progress.reconcile(job.id) is None


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_crash_between_lines_repeats_lines_and_loses_none(world: World, log: Faulty, last: int) -> None:
    job = world.jobs.create(world.spec())
    log.dies_after = last
    with pytest.raises(KeyboardInterrupt):
        world.progress.reconcile(job.id)
    world.progress.reconcile(job.id)
    expected = ["Initializing", "InProgress", "batch 1: 2 objects"]
    assert [message for _, message in lines(world)] == expected[:last] + expected
    world.progress.reconcile(job.id)
    assert len(lines(world)) == last + 3


def test_a_long_message_is_cut_and_stays_one_line(world: World) -> None:
    job = world.start(world.spec())
    reason = "first line\nsecond line " + "é" * 5_000
    with world.database.write() as connection:
        now = world.clock.now()
        jobs.change_status(connection, job.id, job.status, JobStatus.FAILED, now, reason=reason)
    world.progress.reconcile(job.id)
    _, message = lines(world)[-1]
    assert message.startswith("Failed: first line\nsecond line é") and message.endswith("é...")
    assert len(message) == MAX_MESSAGE_CHARACTERS
