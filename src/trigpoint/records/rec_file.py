"""How is a .rec file written and read, with the .idx beside it that says where each record begins.

    .idx: key TAB byte offset, a line a record

Source: training.md 2.4 (mxnet recordio.py, MXIndexedRecordIO).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from trigpoint.core.errors import Invalid
from trigpoint.records.recordio import native_parts, read_records


class RecWriter:
    """Appends records to a .rec file, and a line for each to its index."""

    def __init__(self, rec: BinaryIO, index: BinaryIO | None = None) -> None:
        self._rec, self._index = rec, index
        self._offset = 0

    def write(self, key: int, payload: bytes) -> None:
        """Raises: Invalid: the payload does not fit RecordIO."""
        parts = native_parts(payload)
        if self._index is not None:
            self._index.write(b"%d\t%d\n" % (key, self._offset))
        self._rec.writelines(parts)
        self._offset += sum(map(len, parts))


def read_rec(rec: BinaryIO) -> Iterator[bytes]:
    """The payloads of a .rec file, in order; the magic is put back between parts.

    Raises: NotRecordIO.
    """
    return read_records(rec, "magic")


def read_rec_at(rec: BinaryIO, offset: int) -> bytes:
    """The payload of the record that begins at `offset`.

    Raises: NotRecordIO: none begins there. Invalid: the file ends before.
    """
    rec.seek(offset, io.SEEK_SET)
    for payload in read_rec(rec):
        return payload
    raise Invalid(f"the file ends before byte {offset}, where a record should begin")
