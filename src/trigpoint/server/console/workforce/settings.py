"""The page of the workforce's settings: where workers sign in, and from which addresses they may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from trigpoint.core.errors import NotFound, TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.workforce.frame import SECTION, portal_url, workforce_in_use
from trigpoint.server.web.guards import GuardedRoute

SETTINGS_PATH = "/workforce/settings"


def _fields(cidrs: Sequence[str] = ()) -> list[Field]:
    return [
        Field(
            "cidrs",
            gettext("Addresses that may use the portal"),
            gettext("Ranges such as 203.0.113.0/24, one per line, up to 10. Without any, every address may."),
            kind="textarea",
            member="SourceIpConfig.Cidrs",
            default="\n".join(cidrs),
            attributes={"rows": "4", "maxlength": "700", "spellcheck": "false"},
        )
    ]


class WorkforceSettingsPages:
    """The page, and its form."""

    section = None

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get(SETTINGS_PATH, self.show, "sagemaker:DescribeWorkforce"),
            console.post(SETTINGS_PATH, self.change, "sagemaker:UpdateWorkforce"),
        ]

    def show(self, page: PageRequest) -> Response:
        found = workforce_in_use(page)
        if found is not None:
            found = page.call("sagemaker", "DescribeWorkforce", WorkforceName=found["WorkforceName"])[
                "Workforce"
            ]
        return self._page(page, found, Form(_fields(_cidrs(found))))

    def change(self, page: PageRequest) -> Response:
        found = workforce_in_use(page)
        if found is None:
            raise NotFound(translatable("there is no workforce yet; invite workers or create a team first"))
        form = Form.read(_fields(), page.form)
        request = {
            "WorkforceName": found["WorkforceName"],
            "SourceIpConfig": {
                "Cidrs": [part for part in re.split(r"[\s,;]+", form.values["cidrs"]) if part]
            },
        }
        if page.wants_call:
            page.note("sagemaker", "UpdateWorkforce", **request)
            return self._page(page, found, form)
        try:
            page.call("sagemaker", "UpdateWorkforce", **request)
        except TrigpointError as problem:
            form.refuse(problem)
            if "" in form.problems:
                form.problems["cidrs"] = form.problems.pop("")
            return self._page(page, found, form, status=400)
        return page.redirect(SETTINGS_PATH, "workforce-changed")

    def _page(
        self, page: PageRequest, workforce: dict[str, Any] | None, form: Form, status: int = 200
    ) -> Response:
        return page.show(
            "workforce_settings.html",
            section=SECTION,
            title=gettext("Workforce settings"),
            workforce=workforce,
            form=form,
            cidrs=_cidrs(workforce),
            portal_url=portal_url(page),
            may_change=page.may("sagemaker:UpdateWorkforce"),
            status=status,
        )


def _cidrs(workforce: dict[str, Any] | None) -> list[str]:
    return list(((workforce or {}).get("SourceIpConfig") or {}).get("Cidrs") or [])
