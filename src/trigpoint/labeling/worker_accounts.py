"""The accounts of workers together with their tasks: who there is, what they did, and how they leave."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Database
from trigpoint.labeling.store import worker_counts, worker_figures
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.worker_figures import JobFigures, Totals, totals
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
    totals: Totals


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
            held = worker_counts.open_tasks(connection)
            figures: dict[str, list[JobFigures]] = {}
            for each in worker_figures.find(connection):
                figures.setdefault(each.worker_id, []).append(each)
        sums = {worker_id: totals(each) for worker_id, each in figures.items()}
        return [
            WorkerAccount(
                worker=w,
                teams=teams.get(w.id, ()),
                last_sign_in_at=last.get(w.id),
                open_tasks=held.get(w.id, 0),
                totals=sums.get(w.id, Totals()),
            )
            for w in found
        ]

    def figures(self, user_name: str) -> Sequence[JobFigures]:
        """What the worker has done in each of their jobs, the newest job first.

        Raises: NotFound: there is no worker of that name.
        """
        worker = self._workers.named(user_name)
        with self._db.read() as connection:
            return worker_figures.find(connection, worker_id=worker.id)

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
