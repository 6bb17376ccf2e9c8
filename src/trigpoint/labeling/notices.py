"""Mails to a work team about a new labeling job, and about one whose tasks end soon.

Source: ground-truth.md 6.6 (the two occasions). Decisions, where it is silent: the mails go to the members themselves,
because there is no notification service; tasks end soon when a fifth of their time is left, or a day if this is less;
each member gets each mail once, and a member who joins while the job runs gets the first one then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from trigpoint.core.clock import Clock
from trigpoint.db import Connection, Database
from trigpoint.labeling.model import Job, JobStatus
from trigpoint.labeling.store import data_objects, jobs
from trigpoint.language import speaking
from trigpoint.settings import Settings
from trigpoint.workforce.mail import messages
from trigpoint.workforce.mail.model import Mail, MailKind
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams

KIND = "labeling-notices"
START_LOOK_S = 5.0
LONGEST_LOOK_S = 3600.0
LONGEST_LEAD = timedelta(days=1)
LEAD_SHARE = 0.2

MakeMail = Callable[[Worker], Mail]


class JobNotices:
    """The notices of all jobs. Each job is one item of the due list, from its creation to its last notice."""

    def __init__(self, db: Database, teams: Teams, outbox: Outbox, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._teams = teams
        self._outbox = outbox
        self._settings = settings
        self._clock = clock

    def reconcile(self, job_id: str) -> float | None:
        """Stores the mails that are due. Returns the seconds until the next look, None after the last."""
        if not self._outbox.enabled:
            return None
        with self._db.read() as connection:
            job = jobs.find(connection, job_id)
            ends_at = None if job is None else _ends_at(connection, job)
        if job is not None and job.status is JobStatus.INITIALIZING:
            return START_LOOK_S
        if job is None or ends_at is None or job.status is not JobStatus.IN_PROGRESS:
            return None
        wait_s = (ends_at - _lead(job) - self._clock.now()).total_seconds()
        self._put(job, self._new_job(job, ends_at) if wait_s > 0 else self._expiring(job, ends_at))
        return min(wait_s, LONGEST_LOOK_S) if wait_s > 0 else None

    def _put(self, job: Job, make: MakeMail) -> None:
        team = self._teams.get_by_arn(job.team_arn)
        if team is None:
            return
        members = [worker for worker in self._teams.members(team.name) if _wants_mail(worker)]
        with self._db.write() as connection:
            for worker in members:
                self._outbox.put(connection, make(worker))
        self._outbox.poke()

    def _new_job(self, job: Job, ends_at: datetime) -> MakeMail:
        spec, team = job.spec, _team_name(job)

        def write() -> tuple[str, str]:
            text = messages.new_job_text(self._settings, spec.title, spec.description, team, ends_at)
            return messages.new_job_subject(spec.title), text

        return self._mails(MailKind.NEW_JOB, job, write)

    def _expiring(self, job: Job, ends_at: datetime) -> MakeMail:
        title, team = job.spec.title, _team_name(job)

        def write() -> tuple[str, str]:
            text = messages.expiring_job_text(self._settings, title, team, ends_at)
            return messages.expiring_job_subject(title), text

        return self._mails(MailKind.EXPIRING_JOB, job, write)

    def _mails(self, kind: MailKind, job: Job, write: Callable[[], tuple[str, str]]) -> MakeMail:
        """Makes the mail to a worker in their language. `write` gives its subject and its text."""

        def make(worker: Worker) -> Mail:
            with speaking(worker.language or self._settings.language):
                subject, text = write()
            return Mail(kind, worker.id, worker.email, subject, text, f"{kind}/{job.id}/{worker.id}")

        return make


def _ends_at(connection: Connection, job: Job) -> datetime:
    """When the first open tasks of the job end, or else the job."""
    return min(data_objects.first_expiry(connection, job.id) or job.expires_at, job.expires_at)


def _lead(job: Job) -> timedelta:
    return min(LONGEST_LEAD, job.spec.availability * LEAD_SHARE)


def _wants_mail(worker: Worker) -> bool:
    return worker.wants_notices and not worker.disabled and not worker.must_change_password


def _team_name(job: Job) -> str:
    return job.team_arn.rsplit("/", 1)[-1]
