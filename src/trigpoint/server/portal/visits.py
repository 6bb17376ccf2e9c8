"""Who is visiting: the session cookie, the worker behind it, the token in his forms."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigpoint.core.errors import Denied
from trigpoint.server.portal.desk import Desk
from trigpoint.workforce.sessions import form_token
from trigpoint.workforce.workers import Worker

COOKIE = "trigpoint_session"
TOKEN_FIELD = "form_token"
HOME = "/portal/"


class SignedOut(Exception):
    """Nobody is signed in, or the session is over."""


class PasswordDue(Exception):
    """The worker must choose a password of his own first."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in worker's visit."""

    worker: Worker
    token: str

    @property
    def form_token(self) -> str:
        """What the forms of this session carry."""
        return form_token(self.token)

    def check_form(self, form: FormData) -> None:
        """Raises: Denied: the form was not made by a page of this session."""
        given = form.get(TOKEN_FIELD)
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), self.form_token.encode()):
            raise Denied("this form is from an earlier sign-in; open the page again and repeat what you did")


async def current(desk: Desk, request: Request) -> Visit | None:
    """The visit, if somebody is signed in."""
    token = request.cookies.get(COOKIE)
    worker = None if token is None else await run_in_threadpool(desk.workers.worker_of_session, token)
    return None if token is None or worker is None else Visit(worker, token)


async def required(desk: Desk, request: Request) -> Visit:
    """The visit of somebody who may work.

    Raises: SignedOut, PasswordDue.
    """
    visit = await current(desk, request)
    if visit is None:
        raise SignedOut
    if visit.worker.must_change_password:
        raise PasswordDue
    return visit


async def signed_in(desk: Desk, request: Request, worker: Worker, to: str) -> Response:
    """Opens a session for the worker, ends the former one, and sends the browser on."""
    former = request.cookies.get(COOKIE)
    if former:
        await run_in_threadpool(desk.workers.close_session, former)
    token = await run_in_threadpool(desk.workers.open_session, worker)
    response = RedirectResponse(to, status_code=303)
    response.set_cookie(
        COOKIE,
        token,  # no Max-Age: the server decides how long it serves, and closing the browser forgets it
        path=HOME.rstrip("/"),
        httponly=True,
        samesite="lax",
        secure=desk.base_url(request).startswith("https:"),
    )
    return response


def signed_out(to: str) -> Response:
    """Takes the cookie away and sends the browser on."""
    response = RedirectResponse(to, status_code=303)
    response.delete_cookie(COOKIE, path=HOME.rstrip("/"), httponly=True, samesite="lax")
    return response


def safe_next(path: str | None) -> str:
    """Where to go on after signing in: a page of the portal, whatever the link said."""
    if not path or "\\" in path or not path.isprintable():
        return HOME
    parts = urlsplit(path)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith(HOME) and ".." not in parts.path
    return path if ours else HOME
