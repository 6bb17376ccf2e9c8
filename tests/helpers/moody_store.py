"""A minimal S3 store, as much as a remote bucket needs. It can be down for a while."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

LIST = (
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>'
    "<KeyCount>{count}</KeyCount>{contents}</ListBucketResult>"
)
CONTENTS = (
    "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>&quot;0&quot;</ETag>"
    "<LastModified>2025-01-01T00:00:00.000Z</LastModified></Contents>"
)


class MoodyStore(ThreadingHTTPServer):
    """Objects by `/bucket/key`, readable without a key. While `is_down`, every response is 503."""

    daemon_threads = True

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.objects = dict(objects)
        self.is_down = False
        self.refused = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MoodyStore

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if self.server.is_down:
            self.server.refused += 1
            self._answer(503, b"<Error><Code>ServiceUnavailable</Code><Message>later</Message></Error>")
        elif "list-type" in parts.query:
            self._answer(200, self._list(unquote(parts.path), parse_qs(parts.query).get("prefix", [""])[0]))
        elif (found := self.server.objects.get(unquote(parts.path))) is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")
        else:
            self._answer(200, found)

    def _list(self, bucket: str, prefix: str) -> bytes:
        root = f"{bucket.rstrip('/')}/{prefix}"
        cut = len(root) - len(prefix)
        found = {path[cut:]: len(body) for path, body in self.server.objects.items() if path.startswith(root)}
        contents = "".join(CONTENTS.format(key=key, size=size) for key, size in sorted(found.items()))
        return LIST.format(count=len(found), contents=contents).encode()

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.is_down:
            self.server.refused += 1
            self._answer(503, b"<Error><Code>ServiceUnavailable</Code><Message>later</Message></Error>")
        else:
            self.server.objects[unquote(urlsplit(self.path).path)] = body
            self._answer(200, b"")

    do_HEAD = do_GET  # noqa: N815 - as above

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')
        self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def moody_store(objects: Mapping[str, bytes]) -> Iterator[MoodyStore]:
    """Runs the store for the duration of the block."""
    store = MoodyStore(objects)
    thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        thread.join(10)
        store.server_close()
