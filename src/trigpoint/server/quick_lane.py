"""The quick lane: reads of local objects queue for a thread of their own.

docs/architecture/fast-paths.md has its figures.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from anyio import CapacityLimiter, move_on_after

from trigpoint.server.http import HttpReply
from trigpoint.server.s3.address import s3_address
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead

THREADS = 1  # further ones only wait for each other, because Python runs one thread at a time
WAIT_S = 0.1

IsNear = Callable[[str], bool]
"""Whether the objects of a bucket are known to be files on this machine. It must not block."""


class QuickLane:
    """Admits GET and HEAD of an object in a bucket that is near."""

    def __init__(self, is_near: IsNear, own_host: str) -> None:
        self._is_near = is_near
        self._own_host = own_host
        self._limiter = CapacityLimiter(THREADS)

    async def run(
        self, head: RequestHead, answer: Callable[[CapacityLimiter], Awaitable[HttpReply]]
    ) -> HttpReply | None:
        """The reply, from the lane's thread; None when the request must go another way.

        That is so for a request that the lane does not admit, and for one that has waited for WAIT_S. A thread that
        has begun is never interrupted.
        """
        if self._admits(head):
            with move_on_after(WAIT_S):
                return await answer(self._limiter)
        return None

    def _admits(self, head: RequestHead) -> bool:
        if head.method not in ("GET", "HEAD"):
            return False
        with suppress(AwsError):
            address = s3_address(head, self._own_host)
            return bool(address.key) and self._is_near(address.bucket)
        return False
