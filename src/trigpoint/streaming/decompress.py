"""Decompression of the parts that begin like gzip, in a channel whose CompressionType is Gzip.

A part whose content is too large for memory goes through a temporary file.
Source: training.md 1.3 rule 11.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import time
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from trigpoint.core.errors import TrigpointError
from trigpoint.records.manifest.lines import BadLine
from trigpoint.streaming.source import GZIP_MAGIC
from trigpoint.streaming.stage import Large, Part, Row, Stage, Through

_PIECE_BYTES = 1 << 20
TAKEN_BYTES = 4 << 20
TAKEN_S = 0.002


class Decompress(Through[Row, Row]):
    """Yields the rows with gzip parts decompressed, and other parts unchanged.

    Raises: BadLine: a part that begins like gzip is damaged or truncated.
    """

    def __init__(
        self, parent: Stage[Row], large_bytes: int = 16 << 20, directory: Path | None = None
    ) -> None:
        super().__init__(parent)
        self._large_bytes, self._directory = large_bytes, directory

    def take(self, most: int) -> list[Row]:
        """The next rows until they have TAKEN_BYTES, or TAKEN_S have passed.

        Rows are taken one by one, because their decompressed size is not known before.
        """
        rows: list[Row] = []
        left_bytes, until_s = TAKEN_BYTES, time.monotonic() + TAKEN_S
        while len(rows) < most and left_bytes > 0 and (not rows or time.monotonic() < until_s):
            try:
                row = super().take(1)
            except TrigpointError:
                if rows:
                    break  # raised by the next call
                raise
            if not row:
                break
            rows += row
            left_bytes -= sum(len(part) for part in row[0][1] if isinstance(part, bytes))
        return rows

    def _each(self, row: Row) -> Row:
        number, parts = row
        try:
            return number, [self._decompressed(part) for part in parts]
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BadLine(number, f"gzip data is damaged: {error}") from None

    def _decompressed(self, part: Part) -> Part:
        file = part.file if isinstance(part, Large) else io.BytesIO(part)
        head = file.read(2)
        file.seek(0)
        if head != GZIP_MAGIC:
            return part
        with file, gzip.GzipFile(fileobj=file) as unzipped:
            return self._kept(cast(BinaryIO, unzipped))

    def _kept(self, unzipped: BinaryIO) -> Part:
        directory = None if self._directory is None else str(self._directory)
        spooled = tempfile.SpooledTemporaryFile(self._large_bytes, dir=directory)  # noqa: SIM115  # passed on
        size_bytes = 0
        while piece := unzipped.read(_PIECE_BYTES):
            size_bytes += spooled.write(piece)
        spooled.seek(0)
        if size_bytes > self._large_bytes:
            return Large(cast(BinaryIO, spooled), size_bytes)
        with spooled:
            return spooled.read()

    def __str__(self) -> str:
        return f"{self._parent} -> Decompress()"
