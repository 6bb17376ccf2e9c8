"""What does a person, or a page's script, see when something goes wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from trigpoint.core.errors import Conflict, Denied, Invalid, LimitExceeded, NotFound, TrigpointError
from trigpoint.core.ids import request_id
from trigpoint.server.portal.desk import Desk

log = logging.getLogger("trigpoint.portal")

_STATUS: tuple[tuple[type[TrigpointError], int, str, str], ...] = (
    (NotFound, 404, "NotFound", "This page is not here"),
    (Conflict, 409, "Conflict", "This task is not open any more"),
    (Denied, 403, "Denied", "That is not possible"),
    (LimitExceeded, 429, "LimitExceeded", "A little too much"),
    (Invalid, 400, "Invalid", "Something in this request is wrong"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure, as status, code for scripts, headline and sentence for people."""

    status: int
    code: str
    headline: str
    message: str


def is_api(request: Request) -> bool:
    return request.url.path.startswith("/portal/api/")


def answer(desk: Desk, request: Request, failure: Failure) -> Response:
    """The failure as JSON for a script, as a page for a person."""
    if is_api(request):
        error = {"code": failure.code, "message": failure.message}
        return JSONResponse({"error": error}, status_code=failure.status)
    return desk.page(request, "message.html", status=failure.status, failure=failure)


def on_signed_out(desk: Desk, request: Request, _: Exception) -> Response:
    if is_api(request):
        return answer(
            desk, request, Failure(401, "SignInRequired", "", "your session has ended; sign in again")
        )
    to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    suffix = "" if to == "/portal/" else f"?next={quote(to)}"
    return RedirectResponse(f"/portal/sign-in{suffix}", status_code=303)


def on_password_due(desk: Desk, request: Request, _: Exception) -> Response:
    if is_api(request):
        message = "choose a password of your own first, at /portal/password"
        return answer(desk, request, Failure(403, "PasswordChangeRequired", "", message))
    return RedirectResponse("/portal/password", status_code=303)


def on_malformed(desk: Desk, request: Request, problem: Exception) -> Response:
    status = getattr(problem, "status", 400)
    return answer(desk, request, Failure(status, "MalformedRequest", "", str(problem)))


def on_domain_error(desk: Desk, request: Request, problem: Exception) -> Response:
    message = problem.message if isinstance(problem, TrigpointError) else str(problem)
    for kind, status, code, headline in _STATUS:
        if isinstance(problem, kind):
            return answer(desk, request, Failure(status, code, headline, message))
    return answer(desk, request, Failure(400, "Invalid", "That did not work", message))


def on_http_error(desk: Desk, request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 400
    if status == 404:
        return answer(
            desk, request, Failure(404, "NotFound", "This page is not here", "the address has no page")
        )
    message = problem.detail if isinstance(problem, HTTPException) else str(problem)
    return answer(desk, request, Failure(status, "BadRequest", "That did not work", message))


def on_accident(desk: Desk, request: Request, problem: Exception) -> Response:
    """Our own fault: the traceback goes to the log, the id by which it is found there to the person."""
    number = request_id()
    log.error("portal_failed request_id=%s path=%s", number, request.url.path, exc_info=problem)
    message = f"this is our fault, not yours; the server's log has the details under {number}"
    return answer(desk, request, Failure(500, "InternalFailure", "Something broke", message))
