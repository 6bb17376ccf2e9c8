"""The instance's side of the door: asks the server, and waits while it is being restarted.

Decision: an instance waits ten minutes for a server that does not answer. A job survives a restart of the server, and
its code ends some time after a server that never comes back.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from trigpoint.core.errors import Denied, Invalid, NotFound, TrigpointError
from trigpoint.core.json_file import read_json
from trigpoint.objects.errors import NoSuchBucket, NoSuchKey, RemoteUnavailable

T = TypeVar("T")

PREFIX: Final = "/door"
LINK_S: Final = 3600
"""How long a link to an object of another store can be used."""
PATIENCE_S: Final = 600.0
ANSWER_S: Final = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0

_ERRORS: Final[Mapping[str, type[TrigpointError]]] = {
    kind.__name__: kind for kind in (NoSuchBucket, NoSuchKey, RemoteUnavailable, NotFound, Denied, Invalid)
}


class ServerAddress:
    """Where the server answers. After a restart it may be elsewhere: `recorded` is the file that then says where.

    Thread-safe: a lost update costs one more try.
    """

    def __init__(self, url: str, recorded: Path | None = None) -> None:
        self.url = url
        self._recorded = recorded

    def look_again(self) -> None:
        """Takes another address that is on record, after the present one did not answer."""
        urls = self._on_record()
        if urls:
            place = urls.index(self.url) + 1 if self.url in urls else 0
            self.url = urls[place % len(urls)]

    def _on_record(self) -> list[str]:
        try:
            found = None if self._recorded is None else read_json(self._recorded)
            return [str(url) for url in found["local_urls"]] if found else []
        except (OSError, ValueError, KeyError, TypeError):
            return []


class Door:
    """Asks the server. Thread-safe; each thread keeps a connection.

    write_line: writes a line to the job's log
    """

    def __init__(
        self,
        address: ServerAddress,
        token: str,
        write_line: Callable[[str], None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.address = address
        self._token = token
        self._write_line = write_line
        self._patience_s = patience_s
        self._local = threading.local()

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """The server's answer.

        Raises: Denied, NotFound, Invalid: the server refuses. RemoteUnavailable: it does not answer.
        """
        body = json.dumps(request).encode()
        status, answer = self.patiently(lambda: self._send(operation, body))
        if status != 200:
            kind = _ERRORS.get(str(answer.get("error")), Invalid)
            raise kind(str(answer.get("message")))
        return answer

    def patiently(self, call: Callable[[], T]) -> T:
        """What the call returns, tried again while it raises RemoteUnavailable without an answer of the server."""
        end_s, pause_s, told = time.monotonic() + self._patience_s, _FIRST_PAUSE_S, False
        while True:
            try:
                return call()
            except RemoteUnavailable as error:
                if error.code or time.monotonic() + pause_s > end_s:
                    raise
                if not told and pause_s >= 1.0:
                    told = True
                    self._write_line(f"The server at {self.address.url} does not answer; waiting for it")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            self.address.look_again()

    def _send(self, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
        url = self.address.url
        try:
            status, content = self._exchanged(url, operation, body)
            answer = json.loads(content)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise RemoteUnavailable(f"the server at {url} does not answer: {problem}") from None
        if status == 503:
            raise RemoteUnavailable(f"the server at {url} cannot work at the moment: {answer.get('message')}")
        return status, answer

    def _exchanged(self, url: str, operation: str, body: bytes) -> tuple[int, bytes]:
        """(status, body) of the reply. Of a connection that was idle, the server may just have closed its end."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection, was_idle = self._connection(url)
        try:
            connection.request("POST", f"{PREFIX}/{operation}", body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._local.connection = None
            connection.close()
            if not was_idle:
                raise
        return self._exchanged(url, operation, body)

    def _connection(self, url: str) -> tuple[http.client.HTTPConnection, bool]:
        """The thread's connection, and whether it was used before."""
        known: tuple[str, http.client.HTTPConnection] | None = getattr(self._local, "connection", None)
        if known is not None and known[0] == url:
            return known[1], True
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_S)
        self._local.connection = (url, connection)
        return connection, False
