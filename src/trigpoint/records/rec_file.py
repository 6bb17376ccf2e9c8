""".rec files, written and read, and the .idx file with the place of each record.

    .idx: key TAB byte offset, one line per record

Source: training.md 2.4 (mxnet recordio.py, MXIndexedRecordIO).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from trigpoint.core.errors import Invalid
from trigpoint.records.recordio import native_parts, read_records


class RecWriter:
    """Appends records to a .rec file, and a line per record to its index."""

    def __init__(self, rec: BinaryIO, index: BinaryIO | None = None) -> None:
        self._rec, self._index = rec, index
        self._offset = 0

    def write(self, key: int, payload: bytes) -> None:
        """Appends a record. Raises: Invalid: the payload does not fit RecordIO."""
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

    Raises: NotRecordIO: no record begins there. Invalid: the file ends before the offset.
    """
    rec.seek(offset, io.SEEK_SET)
    for payload in read_rec(rec):
        return payload
    raise Invalid(f"the file ends before byte {offset}, where a record should begin")
