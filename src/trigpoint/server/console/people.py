"""The page "People": who may use the console, and what each may do."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.console_people import ConsolePeople, Entry
from trigpoint.workforce.people import CONSOLE_ROLES, Role

ROLE_TEXTS = {
    Role.ADMIN: (translatable("Admin"), translatable("Everything, and the people of the console")),
    Role.REQUESTER: (translatable("Requester"), translatable("Jobs, data, teams, models and endpoints")),
    Role.VIEWER: (translatable("Viewer"), translatable("Looks at everything and changes nothing")),
}


def _fields() -> list[Field]:
    options = [
        (role.value, gettext(ROLE_TEXTS[role][0]), gettext(ROLE_TEXTS[role][1])) for role in CONSOLE_ROLES
    ]
    return [
        Field(
            "email",
            gettext("E-mail address"),
            gettext("It becomes their user name. A worker of the labeling portal keeps name and password."),
            kind="email",
            required=True,
            attributes={"maxlength": "254", "autocomplete": "off", "placeholder": "name@example.com"},
        ),
        Field("role", gettext("Role"), kind="radio", options=options, default=Role.REQUESTER.value),
    ]


class PeoplePages:
    """The page, and what its forms do. For administrators only."""

    section = Section(
        "/people",
        translatable("People"),
        "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5 8v-1a5 5 0 0 1 10 0v1M13.5 9a2.5 2.5 0 1 0-1-4.8M18 16a4.5 4.5 0 0 0-4-4.4",
        (Role.ADMIN,),
    )

    def __init__(self, people: ConsolePeople) -> None:
        self._people = people

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        admins = (Role.ADMIN,)
        return [
            console.get("/people", self.list, roles=admins),
            console.get("/people/invite", self.invite_form, roles=admins),
            console.post("/people/invite", self.invite, roles=admins),
            console.post("/people/{person}/role", self.change_role, roles=admins),
            console.post("/people/{person}/disable", self.disable, roles=admins),
            console.post("/people/{person}/enable", self.enable, roles=admins),
            console.post("/people/{person}/reset", self.reset, roles=admins),
        ]

    def list(self, page: PageRequest) -> Response:
        page.note_command("trigpoint", "person", "list")
        return self._list(page)

    def invite_form(self, page: PageRequest) -> Response:
        return self._invite_form(page, Form(_fields()))

    def invite(self, page: PageRequest) -> Response:
        form = Form.read(_fields(), page.form)
        values = form.values
        page.note_command("trigpoint", "person", "add", values["email"], "--role", values["role"])
        if page.wants_call:
            return self._invite_form(page, form)
        try:
            entry = self._people.invite(values["email"], _role(values["role"]))
        except TrigpointError as problem:
            form.problems["email"] = sentence(problem.message)
            return self._invite_form(page, form, status=400)
        return self._entry(page, entry)

    def change_role(self, page: PageRequest) -> Response:
        role = _role(str(page.form.get("role", "")), with_worker=True)
        changed = self._people.set_role(page.path("person"), role)
        return page.redirect("/people", "person-changed", changed.user_name)

    def disable(self, page: PageRequest) -> Response:
        changed = self._people.disable(page.path("person"))
        return page.redirect("/people", "person-changed", changed.user_name)

    def enable(self, page: PageRequest) -> Response:
        changed = self._people.enable(page.path("person"))
        return page.redirect("/people", "person-changed", changed.user_name)

    def reset(self, page: PageRequest) -> Response:
        entry = self._people.reset(page.path("person"))
        page.note_command("trigpoint", "person", "reset", entry.account.user_name)
        return self._entry(page, entry)

    def _list(self, page: PageRequest) -> Response:
        return page.show(
            "people.html",
            section=self.section,
            title=gettext("People"),
            people=self._people.list(),
            role_texts=ROLE_TEXTS,
        )

    def _invite_form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        return page.show(
            "person_invite.html",
            section=self.section,
            title=gettext("Invite a person"),
            form=form,
            status=status,
        )

    def _entry(self, page: PageRequest, entry: Entry) -> Response:
        """The link, shown once. The answer of a POST, so that no address and no history has it."""
        return page.show(
            "person_entry.html", section=self.section, title=entry.account.user_name, entry=entry
        )


def _role(text: str, *, with_worker: bool = False) -> Role:
    allowed = (*CONSOLE_ROLES, Role.WORKER) if with_worker else CONSOLE_ROLES
    if text not in allowed:
        raise Invalid(f"there is no role {text[:40]!r}; it can be {', '.join(allowed)}")
    return Role(text)
