"""Trying an endpoint: a person sends an image or a text, and sees boxes or classes and the time taken."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext
from trigpoint.server.console.api_text import ApiText
from trigpoint.server.console.hosting.prediction import (
    MOST_BYTES,
    Prediction,
    invoke,
    names_of_endpoint,
)
from trigpoint.server.console.hosting.sections import ENDPOINTS
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.visits import Visit
from trigpoint.services.roles import may_call
from trigpoint.training.labeled_data import LabeledData
from trigpoint.workforce.people import CONSOLE_ROLES

NEEDED = ("sagemaker-runtime", "InvokeEndpoint")
DEFAULT_CONTENT_TYPE = "application/x-image"


class TryPages:
    """The page, and the form on it. Files are sent to a path that ends with `/upload`, as the site's limits ask."""

    section = None

    def __init__(self, data: LabeledData) -> None:
        self._data = data

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        async def sent(request: Request, visit: Visit) -> Response:
            form = await request.form(max_files=1)
            page = PageRequest(console, request, visit, form)
            file = form.get("file")
            body, name = b"", ""
            if isinstance(file, UploadFile):
                body, name = await file.read(MOST_BYTES + 1), (file.filename or "")[:200]
            return await run_in_threadpool(self.tried, page, body, name)

        roles = [role for role in CONSOLE_ROLES if may_call(role, *NEEDED)]
        return [
            console.get("/endpoints/{endpoint}/try", self.show, ":".join(NEEDED)),
            console.guards.files(roles, "/endpoints/{endpoint}/upload", sent),
        ]

    def show(self, page: PageRequest) -> Response:
        return self._page(page)

    def tried(self, page: PageRequest, body: bytes, name: str) -> Response:
        endpoint = page.path("endpoint")
        text = str(page.form.get("text", ""))
        content_type = str(page.form.get("content_type", "")).strip()[:200] or DEFAULT_CONTENT_TYPE
        if text and not body:
            body, content_type = text.encode(), "text/plain"
        try:
            described = page.ask("sagemaker", "DescribeEndpoint", EndpointName=endpoint)
            names = names_of_endpoint(page, described["EndpointConfigName"], self._data)
            return self._page(page, invoke(page, endpoint, body, content_type, names, name))
        except TrigpointError as problem:
            return self._page(page, problem=problem.message)

    def _page(self, page: PageRequest, prediction: Prediction | None = None, problem: str = "") -> Response:
        endpoint = page.path("endpoint")
        if prediction is None and not problem:
            page.ask("sagemaker", "DescribeEndpoint", EndpointName=endpoint)
        page.note_text(_api_text(endpoint))
        return page.show(
            "endpoint_try.html",
            section=ENDPOINTS,
            title=gettext("Try"),
            crumbs=[(endpoint, f"/endpoints/{quoted(endpoint)}")],
            status=400 if problem else 200,
            endpoint=endpoint,
            prediction=prediction,
            problem=problem,
            threshold=_threshold(str(page.form.get("threshold", ""))),
            most_bytes=MOST_BYTES,
        )


def _threshold(text: str) -> int:
    """The score in percent from which boxes are shown."""
    return min(100, int(text)) if text.isdecimal() and len(text) < 4 else 30


def _api_text(endpoint: str) -> ApiText:
    """The same request from a script. The name of an endpoint has no characters that need quotes."""
    python = (
        'import boto3\n\nwith open("image.jpg", "rb") as file:\n'
        '    answer = boto3.client("sagemaker-runtime").invoke_endpoint(\n'
        f'        EndpointName={endpoint!r}, ContentType="{DEFAULT_CONTENT_TYPE}", Body=file\n    )\n'
        'print(answer["Body"].read().decode())'
    )
    shell = (
        f"aws sagemaker-runtime invoke-endpoint \\\n    --endpoint-name {shlex.quote(endpoint)} \\\n"
        f"    --content-type {DEFAULT_CONTENT_TYPE} \\\n    --body fileb://image.jpg \\\n    answer.json"
    )
    return ApiText("InvokeEndpoint", python, shell)
