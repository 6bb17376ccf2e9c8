"""A browser's upload form: the fields before the file, and the file as it arrives."""

from __future__ import annotations

import re

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from trigpoint.wire.aws_chunked import ByteSource
from trigpoint.wire.errors import AwsError
from trigpoint.wire.post_policy import Policy, check_size

_MAX_FIELDS_BYTES = 20_480  # AWS's own limit of all that comes before the file
_MAX_HEAD_BYTES = 64 << 10  # of the fields with the headers of their parts and their boundaries


class UploadForm:
    """A multipart/form-data body, read in bounded memory by a worker thread.

    `fields` (by lower-case name) and `file_name` are those that come before the file; `read` gives the file.
    Raises: AwsError: the form is malformed, its fields are too long, or it has no file.
    """

    def __init__(self, source: ByteSource, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise _malformed("it has no boundary")
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self._source = source
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
            },
        )
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._part = ""
        self._text = bytearray()
        self._before_file = 0
        self._pulled = 0
        self._file = bytearray()
        self._in_file = False
        self._file_ended = False
        self._policy: Policy | None = None
        self._size = 0
        while not self._in_file and not self._file_ended:
            if self._pulled > _MAX_HEAD_BYTES:
                raise _fields_too_long()
            if not self._pull():
                raise AwsError("InvalidArgument", "POST requires exactly one file upload per request.", 400)

    def hold_to(self, policy: Policy) -> None:
        """Makes `read` refuse more or fewer bytes than the policy allows."""
        self._policy = policy

    def read(self, size_bytes: int = -1) -> bytes:
        """Up to `size_bytes` bytes of the file; all that is left when negative; b"" at its end.

        Raises: AwsError: the form breaks off, or the file's size is not allowed.
        """
        if size_bytes < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        while not self._file and not self._file_ended:
            if not self._pull():
                raise _malformed("it ends inside the file")
        data = bytes(self._file[:size_bytes])
        del self._file[:size_bytes]
        self._size += len(data)
        if self._policy is not None:
            check_size(self._policy, self._size, complete=self._file_ended and not self._file)
        return data

    def drain(self) -> None:
        """Reads what follows the file, so that the connection can be used again."""
        while self._source.read(1 << 16):
            pass

    def _pull(self) -> bool:
        data = self._source.read(1 << 16)
        self._pulled += len(data)
        try:
            if data:
                self._parser.write(data)
        except MultipartParseError as problem:
            raise _malformed(str(problem)) from None
        return bool(data)

    def _begin_part(self) -> None:
        self._headers, self._text = {}, bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._name = self._value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        self._part = options.get(b"name", b"").decode("utf-8", "replace").lower()
        if self._part == "file" and not self._file_ended:
            self._in_file = True
            self.file_name = re.split(r"[/\\]", options.get(b"filename", b"").decode("utf-8", "replace"))[-1]
            if "content-type" in self._headers:
                self.fields.setdefault("x-ignore-file-content-type", self._headers["content-type"])

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._file += data[start:end]
        elif not self._file_ended:
            self._before_file += end - start
            if self._before_file > _MAX_FIELDS_BYTES:
                raise _fields_too_long()
            self._text += data[start:end]

    def _end_part(self) -> None:
        if self._in_file:
            self._in_file, self._file_ended = False, True
        elif not self._file_ended:
            self.fields[self._part] = self._text.decode("utf-8", "replace")


def _fields_too_long() -> AwsError:
    return AwsError(
        "MaxPostPreDataLengthExceeded",
        "Your POST request fields preceding the upload file were too large.",
        400,
    )


def _malformed(what: str) -> AwsError:
    return AwsError("MalformedPOSTRequest", f"The body of your POST request is not well-formed: {what}.", 400)
