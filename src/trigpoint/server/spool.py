"""A body that arrives slowly, received into a temporary file while no thread waits for it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from anyio import CapacityLimiter, to_thread

from trigpoint.core.outage import outage_of
from trigpoint.server.http import Incoming
from trigpoint.wire.errors import AwsError

MEMORY_BYTES = 256 << 10
_THREADS = 4


class Spool:
    """Receives bodies into memory up to MEMORY_BYTES each, beyond it into files without a name in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._limiter = CapacityLimiter(_THREADS)

    @asynccontextmanager
    async def receive(
        self, incoming: Incoming, limit_bytes: float = math.inf, too_large: AwsError | None = None
    ) -> AsyncIterator[BinaryIO]:
        """The whole body as a file for the duration of the block.

        Raises: Disconnected. AwsError: the client is too slow, or `too_large`. Unavailable: the disk is full.
        """
        with SpooledTemporaryFile(MEMORY_BYTES, mode="w+b", dir=str(self._folder)) as file:
            size = 0
            while piece := await incoming.pieces(MEMORY_BYTES):
                size += len(piece)
                if too_large and size > limit_bytes:
                    raise too_large
                await self._write(file, piece)
            file.seek(0)
            yield cast(BinaryIO, file)

    async def _write(self, file: SpooledTemporaryFile[bytes], piece: bytes) -> None:
        try:
            await to_thread.run_sync(file.write, piece, limiter=self._limiter)
        except OSError as problem:
            raise outage_of(problem) or problem from problem
