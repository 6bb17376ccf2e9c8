"""The frame with the worker's page of a draft, and small pictures of its objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.labeling.functions.calls import FunctionFailed
from trigpoint.labeling.functions.pre_response import VERSION, read_pre_response
from trigpoint.language import gettext
from trigpoint.server.console.labeling_setup.trial import Trial, sample_line
from trigpoint.server.console.page import PageRequest
from trigpoint.server.console.thumbnails import Thumbnails
from trigpoint.server.portal.frame_watch import with_watch
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.portal.pages import FRAME_POLICY
from trigpoint.server.web.wording import sentence

_MOST_TEXT = 300
Sign = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Picture:
    """An object of the input: the address of its thumbnail, or "", and its name or text."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class PreviewFrame:
    """Shows drafts as workers would see them. The frame is sandboxed as that of a real task."""

    trial: Trial
    image_urls: ImageUrls
    thumbnails: Thumbnails

    def show(self, page: PageRequest, values: Mapping[str, str]) -> Response:
        """The worker's page with the object whose number is in the query, or why it cannot be shown."""
        try:
            html = self._rendered(page, values, _number(page))
        except TrigpointError as problem:
            html = _problem(sentence(problem.message))
        response = HTMLResponse(with_watch(html), headers={"Cache-Control": "no-store"})
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        return response

    def pictures(self, address: str, samples: Sequence[str]) -> list[Picture]:
        """A picture of each sample. Its thumbnail is at `address` with its number."""
        return [_picture(json.loads(line), f"{address}?object={n}") for n, line in enumerate(samples)]

    def thumbnail(self, page: PageRequest, values: Mapping[str, str]) -> Response:
        """The thumbnail of a sample; 404 if there is none."""
        line = json.loads(sample_line(values, _number(page)))
        try:
            return Response(self.thumbnails.of_image(str(line.get("source-ref"))), media_type="image/jpeg")
        except (NotFound, Invalid):
            return Response(status_code=404)

    def _rendered(self, page: PageRequest, values: Mapping[str, str], number: int) -> str:
        task_input = None
        if values["pre_function"] and values["task_type"] == "PassThrough":
            task_input = _made_input(page, values["pre_function"], sample_line(values, number))
        return self.trial.render(values, number, self._signer(page), task_input)

    def _signer(self, page: PageRequest) -> Sign:
        return self.image_urls.signer(self.image_urls.base_url(page.request))


def _made_input(page: PageRequest, function: str, line: str) -> Mapping[str, Any]:
    """What the function makes of the line. Raises: Invalid: it fails, or returns something else."""
    event = {"version": VERSION, "labelingJobArn": "preview", "dataObject": json.loads(line)}
    answer = page.ask("lambda", "Invoke", FunctionName=function, Payload=json.dumps(event).encode())
    if "FunctionError" in answer:
        raise Invalid(f"the function failed: {bytes(answer['Payload']).decode(errors='replace')[:1000]}")
    try:
        made = read_pre_response(function.rpartition(":")[2], json.loads(answer["Payload"]))
    except FunctionFailed as problem:
        raise Invalid(str(problem)) from None
    task_input: dict[str, Any] = json.loads(made.content)
    return task_input


def _picture(line: Mapping[str, Any], address: str) -> Picture:
    uri = line.get("source-ref")
    if isinstance(uri, str):
        return Picture(address, uri.rpartition("/")[2])
    return Picture("", str(line.get("source", ""))[:_MOST_TEXT])


def _number(page: PageRequest) -> int:
    """The number of the sample in the address, from 0."""
    number = page.query.get("object", "0")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0


def _problem(text: str) -> str:
    title = gettext("This page cannot be shown")
    return (
        f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:15px/1.5 system-ui;margin:32px;color-scheme:light dark}p{white-space:pre-wrap}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p>"
    )
