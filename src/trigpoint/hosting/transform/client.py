"""How does a data agent talk to its model server: what it wants, one request with its retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from trigpoint.core.json_file import write_json
from trigpoint.hosting.invocation import CONNECT_LIMIT_S
from trigpoint.hosting.transform.address import HUNG, Address, read_address

ADDRESS_LOOK_S = 0.1
FIRST_PAUSE_S = 0.25
MAX_QUOTED_CHARACTERS = 300


class RequestFailed(Exception):
    """The model did not answer a request well; `kind` and `message` are fit to be a failure reason."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer."""

    body: bytes
    content_type: str | None


class ModelClient:
    """Sends requests to whichever process serves the model at the moment. Thread-safe.

    A request is repeated when the model answers 5xx, does not answer in time, or dies with it in its hands;
    an answer of 4xx is final. Source: training.md 8.5.
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
            # no connection is kept: one to a server that has been restarted would fail a request
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def execution_parameters(self) -> Mapping[str, Any]:
        """What the model's own server wants; empty when it does not say."""
        while True:
            address = self._address()
            try:
                url = f"http://127.0.0.1:{address.port}/execution-parameters"
                answer = self._http.get(url, timeout=CONNECT_LIMIT_S)
                found = answer.json() if answer.is_success else {}
            except httpx.TransportError:
                time.sleep(ADDRESS_LOOK_S)
                continue
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}

    def invoke(self, body: bytes, headers: Mapping[str, str], *, chunked: bool) -> Reply:
        """The model's answer to one request; `chunked` sends the body without saying how long it is.

        Raises: RequestFailed.
        """
        for attempt in range(self._max_retries + 1):
            if attempt:
                time.sleep(FIRST_PAUSE_S * 2**attempt)
            try:
                return self._once(self._address(), body, headers, chunked=chunked)
            except _Repeatable as failure:
                last = failure
        tries = f" ({self._max_retries + 1} attempts)" if self._max_retries else ""
        raise RequestFailed("AlgorithmError", f"{last}{tries}")

    def _once(self, address: Address, body: bytes, headers: Mapping[str, str], *, chunked: bool) -> Reply:
        url = f"http://127.0.0.1:{address.port}/invocations"
        sent_at_s = time.monotonic()
        try:
            content = iter([body]) if chunked else body
            answer = self._http.post(url, content=content, headers=dict(headers))
        except httpx.TimeoutException:
            self._report_if_hung(address, sent_at_s)
            raise _Repeatable(f"the model did not answer within {self._timeout_s:g} s") from None
        except httpx.TransportError as error:
            raise _Repeatable(
                f"the model server ended before it had answered ({type(error).__name__})"
            ) from None
        self._last_answer_s = time.monotonic()
        if answer.is_success:
            return Reply(answer.content, answer.headers.get("Content-Type"))
        text = f'the model answered {answer.status_code} "{answer.text[:MAX_QUOTED_CHARACTERS]}"'
        if answer.is_server_error:
            raise _Repeatable(text)
        raise RequestFailed("ClientError", text)

    def _report_if_hung(self, address: Address, sent_at_s: float) -> None:
        """Has the model server killed when it answered nobody for as long as this request was waited for."""
        if self._last_answer_s < sent_at_s:
            write_json(self._folder / HUNG, address.handle)

    def _address(self) -> Address:
        """Where the model server is, as soon as it is ready."""
        while True:
            address = read_address(self._folder)
            if address is not None and self._is_running(address.handle):
                return address
            time.sleep(ADDRESS_LOOK_S)


class _Repeatable(Exception):
    """An attempt failed in a way that the next one need not."""
