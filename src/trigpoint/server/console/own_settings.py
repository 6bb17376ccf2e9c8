"""The page "Settings": the person's own access keys, and facts about the installation."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint import __version__
from trigpoint.access.keys import AccessKey, AccessKeys
from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.base_url import base_url
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.people import CONSOLE_ROLES


def _fields() -> list[Field]:
    return [
        Field(
            "name",
            gettext("Name of the key"),
            gettext("Where you use it, such as laptop. Letters, digits, dots, hyphens and underscores."),
            required=True,
            attributes={"maxlength": "24", "autocomplete": "off", "pattern": "[A-Za-z0-9][A-Za-z0-9._\\-]*"},
        )
    ]


class SettingsPages:
    """The page, and what its forms do."""

    section = Section(
        "/settings",
        translatable("Settings"),
        "M3 6h8m4 0h2M3 14h2m4 0h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
    )

    def __init__(self, keys: AccessKeys) -> None:
        self._keys = keys

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/settings", self.settings, roles=CONSOLE_ROLES),
            console.post("/settings/keys", self.create_key, roles=CONSOLE_ROLES),
            console.post("/settings/keys/{key}/revoke", self.revoke_key, roles=CONSOLE_ROLES),
        ]

    def settings(self, page: PageRequest) -> Response:
        return self._page(page, Form(_fields()))

    def create_key(self, page: PageRequest) -> Response:
        """The answer of the POST shows the secret, so that no address and no history has it."""
        form = Form.read(_fields(), page.form)
        try:
            made = self._keys.create_for(page.person.id, page.person.user_name, form.values["name"])
        except TrigpointError as problem:
            form.problems["name"] = sentence(problem.message)
            return self._page(page, form, status=400)
        return self._page(page, Form(_fields()), made=made)

    def revoke_key(self, page: PageRequest) -> Response:
        key = page.path("key")
        self._keys.revoke_of(page.person.id, key)
        return page.redirect("/settings", "key-revoked", key)

    def _page(
        self, page: PageRequest, form: Form, made: AccessKey | None = None, status: int = 200
    ) -> Response:
        settings = page.console.settings
        return page.show(
            "settings.html",
            section=self.section,
            title=gettext("Settings"),
            status=status,
            keys=self._keys.list_of(page.person.id),
            form=form,
            made=made,
            endpoint_url=base_url(settings, page.request),
            region=settings.region,
            account_id=settings.account_id,
            version=__version__,
        )
