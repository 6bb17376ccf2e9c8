"""The requests in progress. When the server stops, those that do not end in time are answered with 503."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trigpoint.server.http import SERVER_STOPS

log = logging.getLogger(__name__)

RECEIVERS_LIMIT_S = 1.0
"""For requests that wait for a body: they end by themselves once no more of it is received."""
ANSWERS_LIMIT_S = 1.0
"""For all others, which are cancelled."""

_KEY = "trigpoint.request"


@dataclass(eq=False, slots=True)
class _Request:
    task: asyncio.Task[None] | None
    is_answering: bool = False
    stop_receiving: Callable[[], None] = lambda: None
    end: Callable[[], None] = lambda: None


def on_break_off(scope: Scope, stop_receiving: Callable[[], None]) -> None:
    """Has this called when the server stops before the request is answered."""
    request = scope.get(_KEY)
    if isinstance(request, _Request):
        request.stop_receiving = stop_receiving


def on_stop(scope: Scope, end: Callable[[], None]) -> None:
    """Has this called as soon as the server stops: for an answer that would go on until the client leaves."""
    request = scope.get(_KEY)
    if isinstance(request, _Request):
        request.end = end


class Unfinished:
    """`app`, whose requests can be broken off.

    A request of AWS's API gets 503 in its protocol from `AwsApp`, any other from here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests: set[_Request] = set()
        self._is_breaking_off = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY] = request = _Request(asyncio.current_task())

        async def noted(message: Message) -> None:
            request.is_answering = True
            await send(message)

        self._requests.add(request)
        try:
            await self._app(scope, receive, noted)
        except asyncio.CancelledError:
            if not self._is_breaking_off or request.is_answering:
                raise
            await _refuse(send)
        finally:
            self._requests.discard(request)

    def end_streams(self) -> None:
        """Ends the answers that would go on until their clients leave."""
        for request in list(self._requests):
            request.end()

    async def break_off(self) -> None:
        """Breaks off all requests in progress, and returns when they have been answered or cannot be.

        An answer that has begun goes on until the server closes its connection.
        """
        if self._is_breaking_off or not self._requests:
            return
        self._is_breaking_off = True
        log.warning("shutdown.broken_off requests=%d", len(self._requests))
        for request in self._unanswered():
            request.stop_receiving()
        await self._wait(RECEIVERS_LIMIT_S)
        for request in self._unanswered():
            if request.task is not None:
                request.task.cancel()
        await self._wait(ANSWERS_LIMIT_S)

    def _unanswered(self) -> list[_Request]:
        return [request for request in self._requests if not request.is_answering]

    async def _wait(self, limit_s: float) -> None:
        tasks = [request.task for request in self._unanswered() if request.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=limit_s)


async def _refuse(send: Send) -> None:
    body = f"{SERVER_STOPS}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
