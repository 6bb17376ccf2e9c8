"""The accounts of workers together with their tasks: who there is, what they did, and how they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Database
from trigpoint.labeling.store import worker_counts, worker_figures
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.worker_figures import JobFigures, Totals, totals
from trigpoint.workforce.people import ListedWorker, Worker
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


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker in a list of many. Counts are over all labeling jobs."""

    worker: Worker
    invited_at: datetime
    last_sign_in_at: datetime | None
    teams: Sequence[str]
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

    def page(
        self, wanted: ListFilter, *, team: str | None = None, state: str | None = None
    ) -> Page[WorkerRow]:
        """One page of the workers, or of the members of the team. Quick with many workers.

        Raises: NotFound: there is no such team. Invalid: the token belongs to another list.
        """
        team_id = None if team is None else self._teams.get(team).id
        found = self._workers.page(wanted, team_id=team_id, state=state)
        return Page([*self._rows(found.items)], found.next_token)

    def counts(self, search: str = "", *, team: str | None = None) -> Mapping[str, int]:
        """How many workers that the search finds have each state. A state without workers is missing."""
        team_id = None if team is None else self._teams.get(team).id
        return self._workers.counts(search, team_id=team_id)

    def row(self, worker_id: str) -> WorkerRow:
        """One worker.

        Raises: NotFound: there is none of that id.
        """
        return self._rows([self._workers.listed(worker_id)])[0]

    def answers_by_day(self, worker_id: str, since: datetime) -> Mapping[int, int]:
        """Answers on each day from this time on, by the number of days since 1970 in UTC."""
        with self._db.read() as connection:
            return worker_counts.answers_by_day(connection, worker_id, since)

    def in_all(self, worker_id: str) -> tuple[Totals, int]:
        """What the worker has done in all jobs, and in how many."""
        with self._db.read() as connection:
            return worker_figures.in_all(connection, worker_id)

    def figures(self, user_name: str, limit: int | None = None) -> Sequence[JobFigures]:
        """What the worker has done in each of their jobs, or in the newest ones, the newest job first.

        Raises: NotFound: there is no worker of that name.
        """
        worker = self._workers.named(user_name)
        with self._db.read() as connection:
            return worker_figures.find(connection, worker_id=worker.id, limit=limit)

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
            return worker_figures.in_all(connection, worker.id)[0].answers

    def _rows(self, found: Sequence[ListedWorker]) -> Sequence[WorkerRow]:
        ids = [each.worker.id for each in found]
        teams = self._teams.names_by_worker(ids)
        with self._db.read() as connection:
            counts = worker_counts.of_workers(connection, ids)
        return [
            WorkerRow(
                each.worker,
                each.invited_at,
                each.last_sign_in_at,
                teams.get(each.worker.id, ()),
                *counts.get(each.worker.id, (0, 0)),
            )
            for each in found
        ]
