"""The worker activity log, read through CloudWatch Logs."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from helpers.hosting import CONTEXT
from helpers.labeling import World, boxes_answer
from trigpoint.compute.log_writer import LogWriter
from trigpoint.compute.logs import LogStreams, events_from
from trigpoint.core.clock import FakeClock, SystemClock
from trigpoint.db import Database
from trigpoint.labeling.activity import GROUP
from trigpoint.labeling.tasks import Tasks
from trigpoint.services.logs import LogsOperations
from trigpoint.settings import Settings


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    found = World(database, settings, clock)
    writer = LogWriter(database, LogStreams(database), settings.jobs_dir / "logs", clock)
    found.tasks = Tasks(database, settings, clock, found.reconciler, found.metrics, writer.write)
    return found


def events(world: World, stream: str) -> list[dict[str, Any]]:
    asked = {"logGroupName": GROUP, "logStreamName": stream}
    found = LogsOperations(LogStreams(world.database)).get_log_events(CONTEXT, asked)["events"]
    return [json.loads(event["message"]) for event in found]


def test_each_action_of_a_worker_is_one_event_in_the_documented_form(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec("Boxes-1", lines=world.lines(4)))
    first = world.take(bob)
    world.clock.advance(64)
    world.tasks.submit(bob, first.id, boxes_answer(), 60)
    world.tasks.submit(bob, first.id, boxes_answer(), 60)  # repeated by the client: no second event
    world.tasks.release(bob, world.take(bob).id)
    world.tasks.decline(bob, world.take(bob).id)
    found = events(world, "2026-01-01")
    assert [event["event_type"] for event in found] == [
        "TasksAccepted",
        "TasksSubmitted",
        "TasksAccepted",
        "TasksReturned",
        "TasksAccepted",
        "TasksDeclined",
    ]
    team = world.teams.get("crew")
    pool = team.member_definitions[0].cognito
    assert pool is not None
    submitted = {
        "worker_id": bob.id,
        "cognito_user_pool_id": pool.user_pool,
        "cognito_sub_id": bob.sub,
        "task_accepted_time": "Thu Jan 01 12:00:00 UTC 2026",
        "task_submitted_time": "Thu Jan 01 12:01:04 UTC 2026",
        "task_returned_time": "",
        "task_declined_time": "",
        "workteam_arn": team.arn,
        "labeling_job_arn": job.arn,
        "work_requester_account_id": "111122223333",
        "job_reference_code": job.reference_code,
        "job_type": "Private",
        "event_type": "TasksSubmitted",
        "event_timestamp": "1767268864",
    }
    assert found[1] == submitted and list(found[1]) == list(submitted)
    assert found[3]["task_returned_time"] and not found[3]["task_submitted_time"]
    assert found[5]["task_declined_time"] and not found[5]["task_returned_time"]


def test_each_day_has_its_stream(world: World) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec("Boxes-1", lines=world.lines(2), time_limit_s=28800))
    world.take(bob)
    world.clock.advance(24 * 3600)
    world.tasks.release(bob, world.take(bob).id)
    names = [stream.name for stream in LogStreams(world.database).streams(GROUP)]
    assert names == ["2026-01-01", "2026-01-02"]


def test_a_task_is_submitted_although_the_log_cannot_be_written(world: World, settings: Settings) -> None:
    (bob,) = world.crew("bob")
    world.start(world.spec("Boxes-1"))
    settings.jobs_dir.mkdir(parents=True)
    (settings.jobs_dir / "logs").write_text("a file where the folder should be")
    world.tasks.submit(bob, world.take(bob).id, boxes_answer(), 1)
    world.advance(5)
    assert world.jobs.describe("Boxes-1").counters.labeled == 1


def test_events_of_several_writers_are_whole_and_in_the_order_of_their_times(
    database: Database, tmp_path: Path
) -> None:
    writers = [LogWriter(database, LogStreams(database), tmp_path, SystemClock()) for _ in range(4)]

    def write(number: int) -> None:
        for count in range(50):
            assert writers[number].write("/g", "s", f"{number} {count}\nnext")

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (stream,) = LogStreams(database).streams("/g")
    found = list(events_from(stream.path, 0))
    assert sorted(event.text for event in found) == sorted(
        f"{number} {count} next" for number in range(4) for count in range(50)
    )
    assert [event.ms for event in found] == sorted(event.ms for event in found)
