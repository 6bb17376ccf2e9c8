"""Whatever workers, time and the requester do, in any order: no slot is held twice, no answer is lost or counted twice."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from helpers.labeling import World, assert_totals_are_those_of_the_tasks, boxes_answer
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_assignments, labeling_objects
from trigpoint.labeling.model import JobStatus
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

WORKERS = 3
OBJECTS = 5
BATCH = 2
WANTED = 2
TIME_LIMIT_S = 60
TAKEN = ("Open", "Stopped", "Submitted", "Declined")
ACTIVE = ("Open", "Stopped")

some_worker = st.integers(0, WORKERS - 1)
any_task = st.integers(0, 10_000)


class Labeling(RuleBasedStateMachine):
    """One job. `acknowledged` are the answers whose submission has returned, by assignment."""

    world: World
    crew: list[Worker]
    number = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).number += 1
        self.name = f"boxes-{self.number}"
        spec = self.world.spec(
            self.name,
            lines=self.world.lines(OBJECTS),
            workers_per_object=WANTED,
            max_concurrent_objects=BATCH,
            time_limit_s=TIME_LIMIT_S,
        )
        self.job_id = self.world.start(spec).id
        self.tasks: list[tuple[Worker, str]] = []
        self.acknowledged: dict[str, dict[str, Any]] = {}

    @rule(worker=some_worker)
    def accept(self, worker: int) -> None:
        self._remember(self.crew[worker], self.world.tasks.next(self.crew[worker], self.name))

    @precondition(lambda self: self.tasks)
    @rule(task=any_task, value=st.integers(1, 3), and_next=st.booleans())
    def submit(self, task: int, value: int, and_next: bool) -> None:
        worker, assignment_id = self._chosen(task)
        answer = boxes_answer(("cat", 1, 2, value, value))
        before = self._rows()[assignment_id]
        try:
            following = self.world.tasks.submit(worker, assignment_id, answer, 1.0, and_next=and_next)
        except Conflict:
            assert not self._is_active(before)
            return
        assert self._is_active(before) or self.acknowledged.get(assignment_id) == answer, "a repetition"
        self.acknowledged[assignment_id] = answer
        self._remember(worker, following)

    @precondition(lambda self: self.tasks)
    @rule(task=any_task, how=st.sampled_from(["decline", "release", "stop", "save", "resume"]))
    def act(self, task: int, how: str) -> None:
        worker, assignment_id = self._chosen(task)
        before = self._rows()[assignment_id]
        repeated = {"decline": "Declined", "release": "Released"}.get(how) == before.status
        more = ({"boxes": []}, 1.0) if how in ("stop", "save") else ()
        try:
            getattr(self.world.tasks, how)(worker, assignment_id, *more)
        except Conflict:
            assert not self._is_active(before)
        else:
            assert self._is_active(before) or repeated

    @rule(seconds=st.sampled_from([0, 1, TIME_LIMIT_S]))
    def time_passes(self, seconds: int) -> None:
        self.world.advance(seconds)

    @rule(chance=st.integers(0, 9))
    def the_requester_stops_the_job(self, chance: int) -> None:
        job = self.world.jobs.describe(self.name)
        if chance == 0 and not job.status.is_terminal:
            self.world.jobs.stop(self.name)

    @invariant()
    def no_slot_is_held_twice_and_all_answers_are_counted_once(self) -> None:
        rows = self._rows().values()
        taken = Counter((row.object_index, row.worker_id) for row in rows if row.status in TAKEN)
        assert all(count == 1 for count in taken.values()), "no worker has an object twice"
        stored = {row.id: json.loads(row.answer) for row in rows if row.status == "Submitted"}
        assert stored == self.acknowledged
        for found in self._objects():
            own = Counter(row.status for row in rows if row.object_index == found.object_index)
            active = sum(own[status] for status in ACTIVE)
            assert found.active_count == active
            assert found.answer_count == own["Submitted"]
            assert found.open_slots + active + own["Submitted"] <= WANTED
            if found.status == "Open" and found.decline_count < WANTED:
                assert found.open_slots + active + own["Submitted"] == WANTED, "no slot is lost"

    @invariant()
    def what_workers_have_done_is_counted(self) -> None:
        with self.world.database.read() as connection:
            assert_totals_are_those_of_the_tasks(connection)

    @invariant()
    def no_more_objects_than_a_batch_are_offered(self) -> None:
        assert sum(found.status in ("Open", "Chosen") for found in self._objects()) <= BATCH

    def teardown(self) -> None:
        """The job ends, and its output has every answer exactly once."""
        if not self.world.jobs.describe(self.name).status.is_terminal:
            for worker in self.crew * OBJECTS:
                self.world.advance(2)
                task = self.world.tasks.next(worker, self.name)
                if task is not None:
                    answer = boxes_answer(("cat", 1, 2, 3, 3))
                    self.world.tasks.submit(worker, task.id, answer, 1.0)
                    self.acknowledged[task.id] = answer
            self.world.advance(2)
            if not self.world.jobs.describe(self.name).status.is_terminal:
                self.world.jobs.stop(self.name)
                self.world.advance(2)
        job = self.world.jobs.describe(self.name)
        assert job.status in (JobStatus.COMPLETED, JobStatus.STOPPED)
        rows = self._rows()
        expected = Counter(
            (str(rows[id].object_index), rows[id].worker_id, json.dumps(answer, sort_keys=True))
            for id, answer in self.acknowledged.items()
        )
        assert self._written_answers(job) == expected
        assert job.counters.labeled == len({rows[id].object_index for id in self.acknowledged})

    def _written_answers(self, job: Any) -> Counter[tuple[str, str, str]]:
        """Object, worker and content of the answers in the job's files."""
        found: Counter[tuple[str, str, str]] = Counter()
        for path, content in self.world.files(job).items():
            if path.startswith("annotations/worker-response/"):
                for answer in json.loads(content)["answers"]:
                    worker_id = answer["workerId"].rpartition(".")[2]
                    text = json.dumps(answer["answerContent"], sort_keys=True)
                    found[path.split("/")[-2], worker_id, text] += 1
        return found

    def _remember(self, worker: Worker, assignment: Any) -> None:
        if assignment is not None and (worker, assignment.id) not in self.tasks:
            self.tasks.append((worker, assignment.id))

    def _chosen(self, task: int) -> tuple[Worker, str]:
        """One of the tasks that workers have or had; the latest is chosen most often."""
        return self.tasks[-1 - task % min(len(self.tasks), 4)]

    def _is_active(self, row: Any) -> bool:
        return row.status in ACTIVE and row.expires_at > self.world.clock.now()

    def _rows(self) -> dict[str, Any]:
        query = select(labeling_assignments).where(labeling_assignments.c.job_id == self.job_id)
        with self.world.database.read() as connection:
            return {row.id: row for row in connection.execute(query)}

    def _objects(self) -> list[Any]:
        query = select(labeling_objects).where(labeling_objects.c.job_id == self.job_id)
        with self.world.database.read() as connection:
            return list(connection.execute(query))


def test_in_any_order_of_actions_no_slot_is_held_twice_and_no_answer_is_lost_or_counted_twice(
    sqlite_database: Database, settings: Settings, clock: FakeClock
) -> None:
    world = World(sqlite_database, settings, clock)
    members = {"world": world, "crew": world.crew("bob", "carol", "erin")}
    machine = type("OneDatabase", (Labeling,), members)
    run_state_machine_as_test(machine, settings=_SETTINGS)


_SETTINGS = hypothesis_settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
