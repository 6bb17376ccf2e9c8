"""How is the portal put together: routes, guards around them, and what each error looks like to a person."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.errors import TrigpointError
from trigpoint.labeling.tasks import Tasks
from trigpoint.server.portal.api import Api, MalformedRequest
from trigpoint.server.portal.desk import Desk
from trigpoint.server.portal.failures import (
    on_accident,
    on_domain_error,
    on_http_error,
    on_malformed,
    on_password_due,
    on_signed_out,
)
from trigpoint.server.portal.guard import AddressGuard, OriginGuard, SecurityHeaders
from trigpoint.server.portal.pages import Pages
from trigpoint.server.portal.visits import PasswordDue, SignedOut
from trigpoint.services.presign import SignUrl
from trigpoint.settings import Settings
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers

PREFIX = "/portal"

Handler = Callable[[Request, Exception], Response]


def build_portal(workers: Workers, teams: Teams, tasks: Tasks, sign: SignUrl, settings: Settings) -> ASGIApp:
    """The portal, answering under /portal whether or not a router has cut that off the path."""
    desk = Desk(workers, teams, tasks, sign, settings)
    handlers: dict[type[Exception] | int, Callable[[Desk, Request, Exception], Response]] = {
        SignedOut: on_signed_out,
        PasswordDue: on_password_due,
        MalformedRequest: on_malformed,
        TrigpointError: on_domain_error,
        HTTPException: on_http_error,
        Exception: on_accident,
    }
    app = Starlette(
        routes=[Mount(PREFIX, routes=[*_pages(Pages(desk)), Mount("/api", routes=_api(Api(desk)))])],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(AddressGuard, allowed=teams.address_allowed),
            Middleware(OriginGuard, base_url=settings.base_url),
        ],
        exception_handlers={kind: _with(desk, handler) for kind, handler in handlers.items()},
    )
    return _FullPath(app)


def _pages(pages: Pages) -> list[Route]:
    return [
        Route("/", pages.jobs),
        Route("/sign-in", pages.sign_in_form),
        Route("/sign-in", pages.sign_in, methods=["POST"]),
        Route("/password", pages.password_form),
        Route("/password", pages.change_password, methods=["POST"]),
        Route("/sign-out", pages.sign_out, methods=["POST"]),
        Route("/enter", pages.enter),
        Route("/jobs/{job}/work", pages.work),
        Route("/assignments/{assignment}", pages.assignment),
        Route("/assignments/{assignment}/frame", pages.frame),
    ]


def _api(api: Api) -> list[Route]:
    return [
        Route("/jobs", api.jobs),
        Route("/jobs/{job}/next", api.next, methods=["POST"]),
        Route("/assignments/{assignment}", api.get),
        Route("/assignments/{assignment}/submit", api.submit, methods=["POST"]),
        Route("/assignments/{assignment}/decline", api.decline, methods=["POST"]),
        Route("/assignments/{assignment}/release", api.release, methods=["POST"]),
        Route("/assignments/{assignment}/stop", api.stop, methods=["POST"]),
        Route("/assignments/{assignment}/save", api.save, methods=["POST"]),
        Route("/assignments/{assignment}/resume", api.resume, methods=["POST"]),
    ]


def _with(desk: Desk, handler: Callable[[Desk, Request, Exception], Response]) -> Handler:
    return lambda request, problem: handler(desk, request, problem)


class _FullPath:
    """Gives the routes the whole path: a router may hand us `/portal/jobs`, or `/jobs` below `/portal`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if not path.startswith(PREFIX + "/"):
                path = f"{PREFIX}/" if path in ("", PREFIX) else PREFIX + path
            scope = {**scope, "root_path": "", "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)
