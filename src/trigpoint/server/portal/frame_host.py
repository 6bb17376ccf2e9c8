"""Frames of tasks on a host of their own (TRIGPOINT_FRAME_URL).

A template there has a real origin, so it can use players, PDF viewers and the browser's storage. It is not the portal's
origin: browsers send no session cookie to it, and the portal accepts no change from it. The host serves frames and the
built assets, nothing else, and the portal's host serves no frames then.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.errors import NotFound
from trigpoint.language import current, set_current
from trigpoint.server.portal.frame_pages import FramePages
from trigpoint.server.portal.frame_tokens import FrameTokens, FrameVisit
from trigpoint.server.web.client import client_address
from trigpoint.server.web.static import STATIC, build_static
from trigpoint.workforce.people import Worker


class FrameHost:
    """The URLs of the frames and the requests to their host. `origin` is `https://frames.example.com`."""

    def __init__(
        self,
        origin: str,
        tokens: FrameTokens,
        pages: FramePages,
        worker: Callable[[str], Worker],
        static_dir: Path = STATIC,
    ) -> None:
        self.origin = origin
        self._tokens = tokens
        self._pages = pages
        self._worker = worker
        self._static = build_static(static_dir)
        self._routes = Starlette(
            routes=[Route("/frame/{token}", self._frame, methods=["GET"])],
            exception_handlers={NotFound: _not_found},
        )

    def url(self, worker: Worker, assignment_id: str, page_origin: str) -> str:
        """The address of the frame of an assignment, for a page of this origin."""
        visit = FrameVisit(worker.id, assignment_id, page_origin, current())
        return f"{self.origin}/frame/{self._tokens.issue(visit)}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_static = scope["type"] == "http" and scope["path"].startswith("/static/")
        app: ASGIApp = self._static if is_static else self._routes
        await app(scope, receive, send)

    async def _frame(self, request: Request) -> Response:
        visit = self._tokens.read(request.path_params["token"])
        worker = await run_in_threadpool(self._worker, visit.worker_id)
        if worker.disabled:
            raise NotFound("this account is disabled")
        set_current(visit.language)
        address = client_address(request)
        response = await self._pages.show(worker, visit.assignment_id, visit.page_origin, address)
        response.headers["Content-Security-Policy"] = f"frame-ancestors {visit.page_origin}"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Players of other sites need the origin of the frame; they never see the token, which is in the path.
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return response


async def _not_found(_: Request, problem: Exception) -> Response:
    text = problem.message if isinstance(problem, NotFound) else str(problem)
    return PlainTextResponse(text, 404, headers={"Cache-Control": "no-store"})
