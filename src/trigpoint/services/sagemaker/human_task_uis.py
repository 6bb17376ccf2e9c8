"""RenderUiTemplate, and the operations on human task UIs, of which there are none here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from trigpoint.core.errors import Invalid
from trigpoint.core.paging import decode_token
from trigpoint.labeling.templates import TemplateError, render
from trigpoint.services.context import RequestContext
from trigpoint.wire.errors import AwsError

Request = Mapping[str, Any]

PREVIEW_S = 3600
"""How long the images of a rendered template can be read. Decision: an hour, as AWS gives no value."""


class SignUrl(Protocol):
    """Makes a URL with which a browser may read one object for a while."""

    def __call__(self, uri: str, *, base_url: str, expires_s: int) -> str: ...


class HumanTaskUiOperations:
    """What a worker would see of a template. Stored human task UIs belong to task types that are not
    served yet."""

    def __init__(self, sign: SignUrl) -> None:
        self._sign = sign

    def render_ui_template(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        """The template's HTML for one task; what is wrong with it comes in Errors, and the answer is a
        200."""
        template, ui_arn = request.get("UiTemplate"), request.get("HumanTaskUiArn")
        if (template is None) == (ui_arn is None):
            raise Invalid("exactly one of UiTemplate and HumanTaskUiArn must be given")
        if template is None:
            raise AwsError("ResourceNotFound", f"There is no human task UI {ui_arn!r}")
        task_input = _task_input(request["Task"]["Input"])

        def sign(uri: str) -> str:
            return self._sign(uri, base_url=ctx.base_url, expires_s=PREVIEW_S)

        try:
            html = render(template["Content"], task_input, sign, assets_url=ctx.base_url.rstrip("/"))
        except TemplateError as problem:
            return {
                "RenderedContent": "",
                "Errors": [{"Code": "TemplateError", "Message": problem.message}],
            }
        return {"RenderedContent": html, "Errors": []}

    def create_human_task_ui(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        raise Invalid(
            "human task UIs are not served yet; give a labeling job its template as UiConfig.UiTemplateS3Uri"
        )

    def describe_human_task_ui(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        raise AwsError("ResourceNotFound", _no_ui(request))

    def delete_human_task_ui(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        raise AwsError("ResourceNotFound", _no_ui(request))

    def list_human_task_uis(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("NextToken"):
            decode_token(request["NextToken"])
        return {"HumanTaskUiSummaries": []}


def _no_ui(request: Request) -> str:
    return f"There is no human task UI {request['HumanTaskUiName']!r}"


def _task_input(text: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Invalid(f"Task.Input is not JSON: {problem}") from None
    if not isinstance(parsed, dict):
        raise Invalid("Task.Input must be a JSON object: what the template calls task.input")
    return parsed
