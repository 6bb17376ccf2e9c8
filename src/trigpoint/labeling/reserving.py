"""Reservations: the task that a worker's page loads while they work on another one.

The next task of a worker appears at once after Submit, because the page already has it, with its image, in a hidden
frame. A reservation names its object and the id that its assignment will have. It is a wish, not a lock: it takes no
slot, so that the counts of objects, the batch, the activity log and the metrics know nothing of it.

    none -> reserved: the page of an open assignment asks for the next task. The object is one that nobody else has
            reserved; without one there is no reservation, and the next task is chosen after Submit.
    reserved -> accepted: the worker submits or declines, and the object is still offered to them. The assignment gets
            the reserved id and begins now, with its full time limit.
    reserved -> replaced: by then the object has its answers, or its offer was taken back. The worker gets another
            object under another id, or none, and the page shows that instead.
    reserved -> expired: an hour has passed, for example because the tab was closed. The object is offered as before.

Other workers get objects that nobody has reserved first. When none are left, they get reserved ones: no worker waits
because of a reservation. A worker has one reservation in each job, whatever the number of their tabs.

Decision: a lease of an hour needs no renewals by the page. It can be that long because it keeps nobody from working.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.ids import new_id
from trigpoint.db import Connection, Database
from trigpoint.labeling.accepting import choose
from trigpoint.labeling.assignment_checks import check_active, own
from trigpoint.labeling.known_jobs import KnownJobs
from trigpoint.labeling.model import Assignment, DataObject, Job, JobStatus
from trigpoint.labeling.store import assignments, data_objects, jobs, offers, reservations
from trigpoint.labeling.store.reservations import Reservation
from trigpoint.labeling.worker_views import reserved_view
from trigpoint.language import translatable
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams

LEASE = timedelta(hours=1)


class Reserving:
    """The reservations of all workers. Thread-safe."""

    def __init__(self, db: Database, teams: Teams, clock: Clock) -> None:
        self._db = db
        self._teams = teams
        self._clock = clock
        self._known = KnownJobs(db)

    def reserve(self, worker: Worker, assignment_id: str) -> Assignment | None:
        """The task that the worker gets after the one they work on, if it is still offered by then; None if unknown.

        Raises: NotFound: the assignment is not theirs. Conflict: it is over.
        """
        now = self._clock.now()
        with self._db.read() as connection:
            stored = own(connection, worker, assignment_id)
            check_active(stored, now)
            job = self._known.get(connection, stored.job_id)
        if not self._goes_on(worker, job) or not offers.any_for(self._db, job.id, worker.id, now):
            return None

        def choose_and_keep(connection: Connection) -> tuple[Reservation, DataObject] | None:
            assignments.take_turns(connection, job.id, worker.id)
            return _reserved(connection, job, worker.id, self._clock.now())

        (made,) = self._db.write_each(choose_and_keep)
        if made is None:
            return None
        reservation, data_object = made
        with self._db.read() as connection:
            return reserved_view(connection, job, reservation, data_object, self._clock.now())

    def get(self, worker: Worker, reservation_id: str) -> Assignment:
        """The task that the worker has reserved.

        Raises: NotFound: they have not. Conflict: it is no longer reserved for them.
        """
        now = self._clock.now()
        with self._db.read() as connection:
            found = reservations.get(connection, reservation_id)
            if found is None or found.worker_id != worker.id:
                raise NotFound(translatable("you have no task %(task)r", task=reservation_id))
            job = self._known.get(connection, found.job_id)
            if found.expires_at <= now or not self._goes_on(worker, job):
                raise Conflict(translatable("this task is no longer reserved for you"))
            data_object = data_objects.get(connection, job.id, found.object_index)
            return reserved_view(connection, job, found, data_object, now)

    def _goes_on(self, worker: Worker, job: Job) -> bool:
        standing = jobs.look_up_standing(self._db, job.name)
        return (
            standing is not None
            and standing.status is JobStatus.IN_PROGRESS
            and standing.team_arn in self._teams.team_arns_of(worker.id)
        )


def _reserved(
    connection: Connection, job: Job, worker_id: str, now: datetime
) -> tuple[Reservation, DataObject] | None:
    """The worker's reservation, the former one if its object can still be given to them; and the object."""
    former = reservations.of_worker(connection, job.id, worker_id)
    prefer = None if former is None else former.object_index
    choice = choose(connection, job, worker_id, now, prefer=prefer, only_free=True)
    if choice is None:
        if former is not None:
            reservations.drop(connection, job.id, worker_id)
        return None
    index, until = choice.data_object.index, now + LEASE
    if former is not None and former.object_index == index:
        made = replace(former, expires_at=until)
    else:
        made = Reservation(new_id(), job.id, worker_id, index, until)
    reservations.put(connection, made)
    return made, choice.data_object
