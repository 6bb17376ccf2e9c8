"""Pages that follow changes: server-sent events.

A page names a topic. Its script opens one stream, which says `changed` whenever the topic's version in the database has
changed, and then fetches the page again and exchanges its live parts. The version is read from the database, so it does not
matter which of several servers made the change. However many pages follow a topic, each server reads its version once in
`EVERY_S`. Without JavaScript a page is simply not live.

Decision: a stream carries no data. So what a page shows is made in one place, and a stream cannot show anything that the page
may not.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from trigpoint.core.errors import LimitExceeded, NotFound, TrigpointError, Unavailable
from trigpoint.language import translatable
from trigpoint.server.unfinished import on_stop
from trigpoint.server.web.visits import Visit

EVERY_S = 0.5
HEARTBEAT_S = 15.0
LASTS_S = 300.0
"""After this the browser opens the stream again, and shows that it is still signed in."""
MOST_STREAMS = 500
MOST_STREAMS_PER_PERSON = 20
MOST_NAME_CHARACTERS = 255

Version = Callable[[str], str]
"""The version of what a topic shows, by the name after its colon. Called in a worker thread."""


def digest(version: str) -> str:
    """A version as it is sent: short, and in ASCII."""
    return hashlib.sha256(version.encode()).hexdigest()[:16]


class Live:
    """The topics, and the streams that follow them.

    Args:   topics: the version of each; of `labeling-job:street` it is that of `labeling-job`, called with "street".
    """

    def __init__(self, topics: Mapping[str, Version], *, every_s: float = EVERY_S) -> None:
        self._topics = topics
        self._every_s = every_s
        self._readers: dict[str, _Reader] = {}
        self._streams: Counter[str] = Counter()
        self._has_ended = False

    def version(self, topic: str) -> str:
        """The version of a topic now, for a page that is about to read what it shows. Blocks.

        Raises: TrigpointError: what the topic is about does not exist.
        """
        kind, _, name = topic.partition(":")
        return digest(self._topics[kind](name))

    def end(self) -> None:
        """Ends all streams: the server stops."""
        self._has_ended = True
        for reader in self._readers.values():
            reader.end()

    async def stream(self, request: Request, visit: Visit) -> Response:
        """The stream of the topic in the query, from the version `since` on, which the page shows.

        A browser that opens it again names the version that it saw last in Last-Event-ID.

        Raises: NotFound: there is no such topic. LimitExceeded: too many streams are open.
        """
        topic = request.query_params.get("topic", "")
        kind, _, name = topic.partition(":")
        if kind not in self._topics or len(name) > MOST_NAME_CHARACTERS or "\0" in name:
            raise NotFound(translatable("there is no page at this address"))
        on_stop(request.scope, self.end)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        seen = request.headers.get("last-event-id") or request.query_params.get("since", "")
        counted = self._counted(visit.worker.id)
        return _Stream(counted, self._events(kind, name, seen), headers)

    @contextmanager
    def _counted(self, person: str) -> Iterator[None]:
        """Counts a stream of the person as long as it lasts.

        Raises: LimitExceeded: too many are open. Nothing waits between this check and the count, so a burst cannot pass it.
        """
        if self._streams.total() >= MOST_STREAMS or self._streams[person] >= MOST_STREAMS_PER_PERSON:
            raise LimitExceeded(translatable("too many pages are open that update themselves; close some"))
        self._streams[person] += 1
        try:
            yield
        finally:
            self._streams[person] -= 1
            if not self._streams[person]:
                del self._streams[person]

    async def _events(self, kind: str, name: str, seen: str) -> AsyncIterator[str]:
        topic = f"{kind}:{name}"
        reader = self._readers.get(topic)
        if reader is None:
            version = self._topics[kind]
            reader = self._readers[topic] = _Reader(lambda: version(name), self._every_s)
        reader.followers += 1
        try:
            # The browser waits 2 s before it opens a broken stream again.
            yield "retry: 2000\n\n"
            ends_at = asyncio.get_running_loop().time() + LASTS_S
            await reader.begun()
            while asyncio.get_running_loop().time() < ends_at and not self._has_ended:
                now = await reader.changed(seen, HEARTBEAT_S)
                yield ": still here\n\n" if now == seen else f"event: changed\nid: {now}\ndata: changed\n\n"
                seen = now
        finally:
            reader.followers -= 1
            if not reader.followers:
                reader.stop()
                self._readers.pop(topic, None)


class _Stream(StreamingResponse):
    """The response of a stream, which is counted while it is sent."""

    def __init__(
        self, counted: AbstractContextManager[None], body: AsyncIterator[str], headers: Mapping[str, str]
    ) -> None:
        super().__init__(body, media_type="text/event-stream", headers=headers)
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._counted:
            await super().__call__(scope, receive, send)


class _Reader:
    """Reads the version of one topic again and again, as long as somebody follows it."""

    def __init__(self, version: Callable[[], str], every_s: float) -> None:
        self.followers = 0
        self._version = version
        self._every_s = every_s
        self._known = ""
        self._has_ended = False
        self._news = asyncio.Event()
        self._first = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def begun(self) -> None:
        """Returns when the version is known."""
        await self._first.wait()

    async def changed(self, seen: str, within_s: float) -> str:
        """The version as soon as it is another one; the same one when the time is up, or at the end."""
        try:
            async with asyncio.timeout(within_s):
                while self._known == seen and not self._has_ended:
                    await self._news.wait()
        except TimeoutError:
            pass
        return self._known

    def end(self) -> None:
        """Has nobody wait any more."""
        self._has_ended = True
        self._news.set()

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            found = await self._read()
            if found != self._known:
                self._known = found
                # Wakes everybody who waits, and makes a new event for the next change.
                self._news.set()
                self._news = asyncio.Event()
            self._first.set()
            await asyncio.sleep(self._every_s)

    async def _read(self) -> str:
        try:
            return digest(await run_in_threadpool(self._version))
        except (TrigpointError, Unavailable) as problem:
            return digest(type(problem).__name__)  # the page says what is wrong
