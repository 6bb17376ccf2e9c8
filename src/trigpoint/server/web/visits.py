"""Visits: the session cookie and the worker it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigpoint.core.errors import Denied
from trigpoint.language import translatable
from trigpoint.server.web.base_url import base_url
from trigpoint.server.web.csrf import form_token
from trigpoint.server.web.site import Site
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker
from trigpoint.workforce.sessions import Sessions

COOKIE = "trigpoint_session"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a signed-in worker."""

    worker: Worker
    session_token: str

    @property
    def form_token(self) -> str:
        """The CSRF token for the forms of this session."""
        return form_token(self.session_token)


class Visits:
    """Reads, opens and closes the sessions of one site. Its cookie is sent to the site's own paths only."""

    def __init__(self, site: Site, sessions: Sessions, settings: Settings) -> None:
        self._site = site
        self._sessions = sessions
        self._settings = settings

    async def current(self, request: Request) -> Visit | None:
        """The visit, if somebody is signed in."""
        token = request.cookies.get(COOKIE)
        worker = None if token is None else await run_in_threadpool(self._sessions.worker, token)
        return None if token is None or worker is None else Visit(worker, token)

    async def enter(self, token: str) -> Worker | None:
        """The worker of a one-time entry token, which is used up; see `Sessions.enter`."""
        return await run_in_threadpool(self._sessions.enter, token)

    async def open(self, request: Request, worker: Worker, to: str) -> Response:
        """Opens a session for the worker, ends the former one of this browser, and redirects to `to`.

        Raises: Denied: the worker's role may not use this site.
        """
        self.check_role(worker)
        former = request.cookies.get(COOKIE)
        if former:
            await run_in_threadpool(self._sessions.close, former)
        token = await run_in_threadpool(self._sessions.open, worker)
        response = RedirectResponse(to, status_code=303)
        response.set_cookie(
            COOKIE,
            token,  # without Max-Age: the server decides when the session ends, and the browser when it closes
            path=self._site.prefix,
            httponly=True,
            samesite="lax",
            secure=base_url(self._settings, request).startswith("https:"),
        )
        return response

    def check_role(self, worker: Worker) -> None:
        """Raises: Denied: people with this role cannot sign in here."""
        if worker.role not in self._site.roles:
            raise Denied(
                translatable(
                    "%(name)s may not use this site: ask an administrator for a role", name=worker.user_name
                )
            )

    async def close(self, visit: Visit | None, to: str) -> Response:
        """Ends the session, removes the cookie and redirects to `to`."""
        if visit is not None:
            await run_in_threadpool(self._sessions.close, visit.session_token)
        response = RedirectResponse(to, status_code=303)
        response.delete_cookie(COOKIE, path=self._site.prefix, httponly=True, samesite="lax")
        return response

    def safe_next(self, path: str | None) -> str:
        """`path` if it is a page of this site, else its home page: the target of a redirect after signing in."""
        if not path or "\\" in path or not path.isprintable():
            return self._site.home
        parts = urlsplit(path)
        is_ours = (
            not parts.scheme
            and not parts.netloc
            and parts.path.startswith(self._site.home)
            and ".." not in parts.path
        )
        return path if is_ours else self._site.home
