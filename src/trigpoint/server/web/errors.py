"""What people and scripts see when a request fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from trigpoint.core.errors import (
    Conflict,
    Denied,
    Invalid,
    LimitExceeded,
    NotFound,
    Outdated,
    OutOfSpace,
    TrigpointError,
    Unavailable,
)
from trigpoint.core.ids import request_id
from trigpoint.core.outage import outage_of
from trigpoint.language import translatable, translated
from trigpoint.server.web.bodies import MalformedRequest
from trigpoint.server.web.guards import PasswordDue, SignedOut
from trigpoint.server.web.site import Site
from trigpoint.server.web.templates import Templates

_STATUS: tuple[tuple[type[TrigpointError], int, str], ...] = (
    (NotFound, 404, "NotFound"),
    (Outdated, 409, "Outdated"),
    (Conflict, 409, "Conflict"),
    (Denied, 403, "Denied"),
    (LimitExceeded, 429, "LimitExceeded"),
    (Invalid, 400, "Invalid"),
)
_HEADLINES = {
    "NotFound": translatable("Page not found"),
    "Outdated": translatable("This has changed in the meantime"),
    "Conflict": translatable("This has changed in the meantime"),
    "Denied": translatable("You may not do this"),
    "LimitExceeded": translatable("Limit reached"),
    "Invalid": translatable("Something in this request is wrong"),
    "MalformedRequest": translatable("Something in this request is wrong"),
    "BadRequest": translatable("That did not work"),
    "OutOfSpace": translatable("The server is out of space"),
    "Unavailable": translatable("The server has a problem at the moment"),
    "InternalFailure": translatable("Something went wrong"),
}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One failure: status, code for scripts, and for people a message and (by default the code's) headline."""

    status: int
    code: str
    message: str
    headline: str = ""


class Errors:
    """The exception handlers of one site."""

    def __init__(self, site: Site, templates: Templates) -> None:
        self._site = site
        self._templates = templates
        self._headlines = {**_HEADLINES, **site.headlines}
        self._log = logging.getLogger(f"trigpoint.{site.name}")

    def handlers(self) -> dict[type[Exception], Callable[[Request, Exception], Response]]:
        """The handler of each exception that a route or guard may raise."""
        return {
            SignedOut: self._signed_out,
            PasswordDue: self._password_due,
            MalformedRequest: self._malformed,
            Unavailable: self._accident,
            TrigpointError: self._domain_error,
            HTTPException: self._http_error,
            OSError: self._accident,
            Exception: self._accident,
        }

    def response(self, request: Request, error: ErrorPage) -> Response:
        """The failure as JSON for API calls, else as a page."""
        if self._site.is_api(request.url.path):
            body = {"error": {"code": error.code, "message": translated(error.message)}}
            return JSONResponse(body, status_code=error.status)
        headline = error.headline or self._headlines[error.code]
        return self._templates.page("error.html", status=error.status, error=error, headline=headline)

    def _signed_out(self, request: Request, _: Exception) -> Response:
        if self._site.is_api(request.url.path):
            message = translatable("your session has ended; sign in again")
            return self.response(request, ErrorPage(401, "SignInRequired", message))
        to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        suffix = "" if to == self._site.home else f"?next={quote(to)}"
        return RedirectResponse(f"{self._site.prefix}/sign-in{suffix}", status_code=303)

    def _password_due(self, request: Request, _: Exception) -> Response:
        if self._site.is_api(request.url.path):
            message = translatable(
                "choose your own password first, at %(page)s", page=f"{self._site.prefix}/password"
            )
            return self.response(request, ErrorPage(403, "PasswordChangeRequired", message))
        return RedirectResponse(f"{self._site.prefix}/password", status_code=303)

    def _malformed(self, request: Request, problem: Exception) -> Response:
        status = problem.status if isinstance(problem, MalformedRequest) else 400
        return self.response(request, ErrorPage(status, "MalformedRequest", str(problem)))

    def _domain_error(self, request: Request, problem: Exception) -> Response:
        for kind, status, code in _STATUS:
            if isinstance(problem, kind):
                return self.response(request, ErrorPage(status, code, problem.message))
        return self.response(request, ErrorPage(400, "Invalid", str(problem)))

    def _http_error(self, request: Request, problem: Exception) -> Response:
        status = problem.status_code if isinstance(problem, HTTPException) else 400
        if status == 404:
            return self.response(
                request, ErrorPage(404, "NotFound", translatable("there is no page at this address"))
            )
        message = problem.detail if isinstance(problem, HTTPException) else str(problem)
        return self.response(request, ErrorPage(status, "BadRequest", message))

    def _accident(self, request: Request, problem: Exception) -> Response:
        """An outage, whose reason the page shows, or an internal failure, of which it shows only the id in the log."""
        number = request_id()
        self._log.error(
            "%s_failed request_id=%s path=%s", self._site.name, number, request.url.path, exc_info=problem
        )
        outage = outage_of(problem)
        if outage is not None:
            is_full = isinstance(outage, OutOfSpace)
            status, code = (507, "OutOfSpace") if is_full else (503, "Unavailable")
            return self.response(request, ErrorPage(status, code, outage.message))
        message = translatable(
            "this is not your fault; the server's log has the details under %(number)s", number=number
        )
        return self.response(request, ErrorPage(500, "InternalFailure", message))
