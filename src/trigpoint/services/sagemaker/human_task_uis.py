"""RenderUiTemplate, and the operations on human task UIs: task templates with a name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from trigpoint.core.errors import Invalid
from trigpoint.labeling.human_task_uis import HumanTaskUis
from trigpoint.labeling.model import HumanTaskUi
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField
from trigpoint.services.presign import UrlSigners
from trigpoint.services.sagemaker.list_requests import list_filter
from trigpoint.services.sagemaker.tags import tags_of

Request = Mapping[str, Any]

PREVIEW_S = 3600
"""How long the images of a rendered template can be read. Decision: an hour, as AWS gives no value."""


class HumanTaskUiOperations:
    """Translates between the wire and the kept templates; shows what a worker would see of one.

    Decision: the labeling jobs that AWS gives a HumanTaskUiArn have task types that are not served yet, so
    UIs are for RenderUiTemplate here.
    """

    FIELDS: ClassVar[Fields] = {
        "RenderUiTemplate": {"RoleArn": IgnoredField("links to objects are signed with the server's own key")}
    }

    def __init__(self, signers: UrlSigners, uis: HumanTaskUis, templates: TaskTemplates) -> None:
        self._signers = signers
        self._templates = templates
        self._uis = uis

    def render_ui_template(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        """The template's HTML for one task. Errors of the template are returned in Errors, with status 200."""
        template, ui_arn = request.get("UiTemplate"), request.get("HumanTaskUiArn")
        if (template is None) == (ui_arn is None):
            raise Invalid("exactly one of UiTemplate and HumanTaskUiArn must be given")
        content = (
            template["Content"] if template is not None else self._uis.describe_by_arn(str(ui_arn)).template
        )
        task_input = _task_input(request["Task"]["Input"])
        sign = self._signers(base_url=ctx.base_url, expires_s=PREVIEW_S)
        try:
            html = self._templates.render(content, task_input, sign, assets_url=ctx.base_url.rstrip("/"))
        except TemplateError as problem:
            return {
                "RenderedContent": "",
                "Errors": [{"Code": "TemplateError", "Message": problem.message}],
            }
        return {"RenderedContent": html, "Errors": []}

    def create_human_task_ui(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        content = request["UiTemplate"]["Content"]
        return {"HumanTaskUiArn": self._uis.create(request["HumanTaskUiName"], content, tags_of(request)).arn}

    def describe_human_task_ui(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        """Decision: no UiTemplate.Url, because a template is not an object; its hash identifies it."""
        ui = self._uis.describe(request["HumanTaskUiName"])
        content_sha256 = hashlib.sha256(ui.template.encode()).hexdigest()
        return {
            **_summary(ui),
            "HumanTaskUiStatus": "Active",
            "UiTemplate": {"ContentSha256": content_sha256},
        }

    def delete_human_task_ui(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        self._uis.delete(request["HumanTaskUiName"])
        return {}

    def list_human_task_uis(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        page = self._uis.list(list_filter(request))
        more = {"NextToken": page.next_token} if page.next_token else {}
        return {"HumanTaskUiSummaries": [_summary(ui) for ui in page.items], **more}


def _summary(ui: HumanTaskUi) -> dict[str, Any]:
    return {"HumanTaskUiName": ui.name, "HumanTaskUiArn": ui.arn, "CreationTime": ui.created_at}


def _task_input(text: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Invalid(f"Task.Input is not JSON: {problem}") from None
    if not isinstance(parsed, dict):
        raise Invalid("Task.Input must be a JSON object: what the template calls task.input")
    return parsed
