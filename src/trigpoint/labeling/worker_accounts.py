"""The accounts of workers together with their tasks: who there is, what they did, and how they leave."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Database
from trigpoint.labeling.store import worker_counts
from trigpoint.labeling.tasks import Tasks
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers


@dataclass(frozen=True, slots=True)
class WorkerAccount:
    """A worker, their teams, and counts over all labeling jobs."""

    worker: Worker
    teams: Sequence[str]
    last_sign_in_at: datetime | None
    open_tasks: int
    answers: int


class WorkerAccounts:
    """The accounts of all workers."""

    def __init__(self, db: Database, workers: Workers, teams: Teams, tasks: Tasks) -> None:
        self._db = db
        self._workers = workers
        self._teams = teams
        self._tasks = tasks

    def list(self, team: str | None = None) -> list[WorkerAccount]:
        """The members of the team, or everybody, in order of user name.

        Raises: NotFound: there is no such team.
        """
        found = self._workers.list() if team is None else self._teams.members(team)
        teams, last = self._teams.names_by_worker(), self._workers.last_sign_ins()
        with self._db.read() as connection:
            held, answers = worker_counts.open_tasks(connection), worker_counts.answers(connection)
        return [
            WorkerAccount(w, teams.get(w.id, ()), last.get(w.id), held.get(w.id, 0), answers.get(w.id, 0))
            for w in found
        ]

    def disable(self, user_name: str) -> int:
        """Disables the worker and gives their tasks back to the pool; the number of these tasks.

        Their sessions end at once. Their answers and teams stay.

        Raises: NotFound: there is no worker of that name. Conflict: it is the administrator.
        """
        worker = self._workers.disable(self._workers.named(user_name).id)
        with self._db.read() as connection:
            held = worker_counts.held_by(connection, worker.id)
        for assignment_id in held:
            with suppress(Conflict, NotFound):  # it ended meanwhile
                self._tasks.release(worker, assignment_id)
        return len(held)

    def delete(self, user_name: str) -> int:
        """Removes name, address and password of the worker; the number of answers that keep the worker's id.

        The same address can be invited again. It then gets another worker id.

        Raises: as disable.
        """
        worker = self._workers.named(user_name)
        self.disable(worker.user_name)
        self._workers.delete(worker.id)
        with self._db.read() as connection:
            return worker_counts.answers(connection).get(worker.id, 0)
