"""The page of a worker: what they did and how well, their teams, and their account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.language import gettext, translatable
from trigpoint.server.console.charts import Chart
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.workforce.frame import ADMINS, REQUESTERS, SECTION, portal_url, team_names
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.passwords import TEMPORARY_DAYS
from trigpoint.workforce.people import Role, Worker
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers

CHART_DAYS = 90
MOST_JOBS = 100
_DAY_S = 86400


class WorkerPages:
    """The page, and what its forms do."""

    section = None

    def __init__(
        self, accounts: WorkerAccounts, workers: Workers, teams: Teams, outbox: Outbox, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._workers = workers
        self._teams = teams
        self._outbox = outbox
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        path = "/workforce/workers/{person}"
        return [
            console.get(path, self.show, roles=REQUESTERS),
            console.post(f"{path}/teams", self.change_teams, roles=REQUESTERS),
            console.post(f"{path}/reset", self.reset, roles=REQUESTERS),
            console.post(f"{path}/disable", self.disable, roles=ADMINS),
            console.post(f"{path}/enable", self.enable, roles=ADMINS),
            console.post(f"{path}/delete", self.delete, roles=ADMINS),
        ]

    def show(self, page: PageRequest) -> Response:
        row = self._accounts.row(page.path("person"))
        worker = row.worker
        page.note_command("trigpoint", "worker", "show", worker.user_name)
        figures = self._accounts.figures(worker.user_name, MOST_JOBS)
        totals, jobs = self._accounts.in_all(worker.id)
        return page.show(
            "workforce_worker.html",
            section=SECTION,
            title=worker.user_name,
            row=row,
            account=worker,
            totals=totals,
            figures=figures,
            more_jobs=max(0, jobs - MOST_JOBS),
            chart=self._answers(worker),
            all_teams=team_names(page),
            mail_failure=self._outbox.refusals().get(worker.id),
            is_managed_here=_is_managed_here(worker),
        )

    def change_teams(self, page: PageRequest) -> Response:
        """Makes the worker a member of exactly the teams that are ticked."""
        row = self._accounts.row(page.path("person"))
        if row.worker.issuer is not None:
            raise Conflict(
                translatable("this person's teams follow from their groups at the identity provider")
            )
        known = set(team_names(page))
        ticked = {str(name) for name in page.form.getlist("team")} & known
        if page.wants_call:  # there is no command that takes somebody out of a team
            for name in sorted(ticked - set(row.teams)):
                page.note_command("trigpoint", "worker", "invite", row.worker.user_name, "--team", name)
            return self.show(page)
        for name in sorted(ticked - set(row.teams)):
            self._teams.add_member(name, row.worker.id)
        for name in sorted(set(row.teams) - ticked):
            self._teams.remove_member(name, row.worker.id)
        return self._changed(page, row.worker)

    def reset(self, page: PageRequest) -> Response:
        """A new temporary password: mailed, or shown once in this answer."""
        worker = self._managed(page)
        by_mail = bool(page.console.settings.smtp_url and worker.email)
        if page.wants_call:
            return self._shown(page, "reset-password", worker, *(["--mail"] if by_mail else []))
        password = self._workers.reset_password(worker.user_name, by_mail=by_mail)
        page.note_command(
            "trigpoint", "worker", "reset-password", worker.user_name, *(["--mail"] if by_mail else [])
        )
        return page.show(
            "workforce_password.html",
            section=SECTION,
            title=worker.user_name,
            account=worker,
            password=None if by_mail else password,
            portal_url=portal_url(page),
            days=TEMPORARY_DAYS,
        )

    def disable(self, page: PageRequest) -> Response:
        worker = self._managed(page)
        if page.wants_call:
            return self._shown(page, "disable", worker)
        self._accounts.disable(worker.user_name)
        return self._changed(page, worker)

    def enable(self, page: PageRequest) -> Response:
        worker = self._managed(page)
        if page.wants_call:
            return self._shown(page, "enable", worker)
        self._workers.enable(worker.id)
        return self._changed(page, worker)

    def delete(self, page: PageRequest) -> Response:
        worker = self._managed(page)
        if page.wants_call:
            return self._shown(page, "delete", worker)
        self._accounts.delete(worker.user_name)
        return page.redirect("/workforce", "deleted", worker.user_name)

    def _managed(self, page: PageRequest) -> Worker:
        worker = self._workers.get(page.path("person"))
        if not _is_managed_here(worker):
            raise Conflict(
                translatable(
                    "%(name)s has a role in the console; an administrator manages their account on the page People",
                    name=worker.user_name,
                )
            )
        return worker

    def _shown(self, page: PageRequest, command: str, worker: Worker, *options: str) -> Response:
        """The page with the command that does the same, which is not run."""
        page.note_command("trigpoint", "worker", command, worker.user_name, *options)
        return self.show(page)

    def _changed(self, page: PageRequest, worker: Worker) -> Response:
        return page.redirect(f"/workforce/workers/{worker.id}", "person-changed", worker.user_name)

    def _answers(self, worker: Worker) -> Chart:
        """Answers on each day in UTC, from CHART_DAYS ago until today."""
        now = self._clock.now()
        today = int(now.timestamp()) // _DAY_S
        found = self._accounts.answers_by_day(worker.id, now - timedelta(days=CHART_DAYS))
        days = range(today - CHART_DAYS + 1, today + 1)
        title = gettext("Answers per day")
        return Chart(title, [day * _DAY_S for day in days], [float(found.get(day, 0)) for day in days])


def _is_managed_here(worker: Worker) -> bool:
    """Whether it is the account of a worker only.

    Decision: what is done here to accounts with a role in the console could give a requester the password of an
    administrator. They are managed on the page "People", which is for administrators.
    """
    return worker.role is Role.WORKER
