"""The page "Workforce": all workers; and inviting people."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.core.errors import TrigpointError
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.workforce.addresses import MOST_CHARACTERS, addresses_in
from trigpoint.server.console.workforce.frame import (
    REQUESTERS,
    SECTION,
    portal_url,
    team_names,
    worker_rows,
    workforce_in_use,
)
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.passwords import TEMPORARY_DAYS
from trigpoint.workforce.people import Invitation
from trigpoint.workforce.workers import MAX_INVITED, Workers


def _fields() -> list[Field]:
    return [
        Field(
            "emails",
            gettext("E-mail addresses"),
            gettext(
                "Up to %(most)d. One per line, separated by commas, or rows of a table with names.",
                most=MAX_INVITED,
            ),
            kind="textarea",
            required=True,
            attributes={
                "maxlength": str(MOST_CHARACTERS),
                "rows": "8",
                "spellcheck": "false",
                "placeholder": "ann@example.com\nbob@example.com",
            },
        ),
        Field(
            "team",
            gettext("Work team"),
            gettext("The team that they join. A new name makes a new team."),
            required=True,
            attributes={"maxlength": "63", "autocomplete": "off", "spellcheck": "false", "list": "teams"},
        ),
    ]


class WorkerListPages:
    """The list of workers, and the form that invites them."""

    section = SECTION

    def __init__(self, accounts: WorkerAccounts, workers: Workers) -> None:
        self._accounts = accounts
        self._workers = workers

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/workforce", self.list, "sagemaker:ListWorkforces"),
            console.get("/workforce/invite", self.invite_form, "sagemaker:CreateWorkteam"),
            console.post("/workforce/invite", self.invite, roles=REQUESTERS),
        ]

    def list(self, page: PageRequest) -> Response:
        page.note_command("trigpoint", "worker", "list")
        return page.show(
            "workforce_workers.html",
            section=SECTION,
            title=gettext("Workforce"),
            portal_url=portal_url(page),
            **worker_rows(page, self._accounts),
        )

    def invite_form(self, page: PageRequest) -> Response:
        fields = _fields()
        return self._form(page, Form(fields, {"team": page.query.get("team", "")[:63]}))

    def invite(self, page: PageRequest) -> Response:
        form = Form.read(_fields(), page.form)
        emails, team = self._given(form)
        page.note_command("trigpoint", "worker", "invite", *emails, "--team", team)
        if page.wants_call or form.problems:
            return self._form(page, form, status=400 if form.problems else 200)
        try:
            made = self._workers.invite_all(emails, team)
        except TrigpointError as problem:
            about_team = "team name" in problem.message
            form.problems["team" if about_team else "emails"] = sentence(problem.message)
            return self._form(page, form, status=400)
        return self._invited(page, made)

    def _given(self, form: Form) -> tuple[Sequence[str], str]:
        """The addresses and the team. What is missing or wrong becomes problems of the form."""
        emails: Sequence[str] = ()
        try:
            emails = addresses_in(form.values["emails"])
        except ValueError as problem:
            form.problems["emails"] = str(problem)
        else:
            if not emails:
                form.problems["emails"] = gettext("Enter at least one e-mail address")
        if not form.values["team"]:
            form.problems["team"] = gettext("Choose a work team, or name a new one")
        return emails, form.values["team"]

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        workforce = workforce_in_use(page)
        return page.show(
            "workforce_invite.html",
            section=SECTION,
            title=gettext("Invite workers"),
            form=form,
            teams=team_names(page),
            provider=(workforce or {}).get("OidcConfig"),
            sends_mail=bool(page.console.settings.smtp_url),
            status=status,
        )

    def _invited(self, page: PageRequest, made: Sequence[Invitation]) -> Response:
        """Passwords and messages, shown once: the answer of a POST, so that no address and no history has them."""
        return page.show(
            "workforce_invited.html",
            section=SECTION,
            title=gettext("Invitations"),
            invitations=made,
            days=TEMPORARY_DAYS,
        )
