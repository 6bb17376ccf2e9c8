"""A data agent's requests to its model server, with their retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from trigpoint.hosting.forwarding import CONNECT_LIMIT_S
from trigpoint.hosting.transform.agent_files import ServerAddress, read_address, report_hung

ADDRESS_LOOK_S = 0.1
FIRST_PAUSE_S = 0.5
MAX_QUOTED_CHARACTERS = 300


class RequestFailed(Exception):
    """A request has no good reply; `kind` and `message` can be shown as a failure reason."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


@dataclass(frozen=True, slots=True)
class BatchReply:
    """The model's reply to one batch of records."""

    body: bytes
    content_type: str | None


class ModelClient:
    """Sends requests to the job's model server, whichever process it is now. Thread-safe.

    A request is repeated when the model replies 5xx, does not reply in time, or ends before it replies; a reply of
    4xx is final. Source: training.md 8.5.
    """

    def __init__(
        self,
        folder: Path,
        is_running: Callable[[str], bool],
        *,
        timeout_s: float,
        max_retries: int,
    ) -> None:
        self._folder = folder
        self._is_running = is_running
        self._timeout_s = timeout_s
        self._max_retries = max_retries
        self._last_answer_s = 0.0
        self._http = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_LIMIT_S),
            trust_env=False,  # a proxy from the environment must not see requests to our own processes
            # Connections are not kept: one to a server that has been restarted would fail a request.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def execution_parameters(self) -> Mapping[str, Any]:
        """The model's own choice of execution parameters; empty when it has none."""
        while True:
            address = self._address()
            try:
                url = f"http://127.0.0.1:{address.port}/execution-parameters"
                reply = self._http.get(url, timeout=CONNECT_LIMIT_S)
                found = reply.json() if reply.is_success else {}
            except httpx.TransportError:
                time.sleep(ADDRESS_LOOK_S)
                continue
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}

    def invoke(self, body: bytes, headers: Mapping[str, str], *, chunked: bool) -> BatchReply:
        """The model's reply to one request; `chunked` sends the body without its length.

        Raises: RequestFailed.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(_Repeatable),
            stop=stop_after_attempt(self._max_retries + 1),
            wait=wait_exponential(multiplier=FIRST_PAUSE_S),
            reraise=True,
        )
        try:
            return attempts(self._attempt, body, headers, chunked=chunked)
        except _Repeatable as last:
            tries = f" ({self._max_retries + 1} attempts)" if self._max_retries else ""
            raise RequestFailed("AlgorithmError", f"{last}{tries}") from None

    def _attempt(self, body: bytes, headers: Mapping[str, str], *, chunked: bool) -> BatchReply:
        address = self._address()
        url = f"http://127.0.0.1:{address.port}/invocations"
        sent_at_s = time.monotonic()
        try:
            content = iter([body]) if chunked else body
            reply = self._http.post(url, content=content, headers=dict(headers))
        except httpx.TimeoutException:
            if self._last_answer_s < sent_at_s:  # it has answered no other request, either
                report_hung(self._folder, address.handle)
            raise _Repeatable(f"the model did not answer within {self._timeout_s:g} s") from None
        except httpx.TransportError as error:
            raise _Repeatable(
                f"the model server ended before it had answered ({type(error).__name__})"
            ) from None
        self._last_answer_s = time.monotonic()
        if reply.is_success:
            return BatchReply(reply.content, reply.headers.get("Content-Type"))
        text = f'the model answered {reply.status_code} "{reply.text[:MAX_QUOTED_CHARACTERS]}"'
        if reply.is_server_error:
            raise _Repeatable(text)
        raise RequestFailed("ClientError", text)

    def _address(self) -> ServerAddress:
        """The address of the model server; waits until it is ready."""
        while True:
            address = read_address(self._folder)
            if address is not None and self._is_running(address.handle):
                return address
            time.sleep(ADDRESS_LOOK_S)


class _Repeatable(Exception):
    """An attempt failed; another one may succeed."""
