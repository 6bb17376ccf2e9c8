"""Calls of functions that are HTTP endpoints: one POST of the event.

The URL must be https, or lead to this machine. Redirects are not followed: an endpoint must not send events elsewhere.

Each request runs in a thread of its own. A call that is broken off leaves the thread, which ends at the time limit of the
function at the latest.
"""

from __future__ import annotations

import ipaddress
import json
import threading
import time
from concurrent.futures import Future, wait
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trigpoint.compute.bounded_calls import CallsStopped
from trigpoint.core.errors import Invalid
from trigpoint.functions.model import MAX_PAYLOAD_BYTES, Cause, Function
from trigpoint.functions.processes import Reply
from trigpoint.functions.wanted import IsWanted, Look, always

if TYPE_CHECKING:
    import httpx  # importing it is a fifth of the server's start

CONNECT_LIMIT_S = 10.0
MAX_URL_CHARACTERS = 2048
QUOTED_CHARACTERS = 300
WAIT_S = 0.2


def check_url(url: str) -> None:
    """Raises: Invalid: the URL is not https and does not lead to this machine, or has a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        raise Invalid(f"{url!r} is not a URL: {problem}") from None
    if len(url) > MAX_URL_CHARACTERS or not host or not url.isprintable() or " " in url:
        raise Invalid(f"{url[:200]!r} is not a URL; it must look like https://host/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(host)):
        raise Invalid(
            f"{url!r} must begin with https://; http:// is only for this machine (localhost, 127.0.0.1, ::1)"
        )
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "the URL must not contain a user name or a password; put a token into its path or query"
        )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Endpoints:
    """Sends events to HTTP endpoints. Thread-safe."""

    def __init__(self) -> None:
        self._is_stopped = False

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(trust_env=False, follow_redirects=False)

    def call(
        self, function: Function, request_id: str, event: bytes, is_wanted: IsWanted = always
    ) -> tuple[Reply, str]:
        """The endpoint's reply, and a line for the log.

        Raises: CallsStopped: the server is shutting down. CallUnwanted: `is_wanted` returned False.
        """
        look, sent = Look(is_wanted), Future[tuple[Reply, str]]()

        def send() -> None:
            try:
                sent.set_result(self._sent(function, request_id, event))
            except BaseException as problem:  # noqa: BLE001 - it is raised where the call waits
                sent.set_exception(problem)

        threading.Thread(target=send, name=f"function {function.name}", daemon=True).start()
        while not wait([sent], WAIT_S).done:
            if self._is_stopped:
                raise CallsStopped
            look.check()
        return sent.result()

    def stop(self) -> None:
        """Calls that run raise CallsStopped."""
        self._is_stopped = True

    def _sent(self, function: Function, request_id: str, event: bytes) -> tuple[Reply, str]:
        import httpx

        until_s = time.monotonic() + function.timeout_s
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-Trigpoint-Function": function.name,
            "X-Trigpoint-Request-Id": request_id,
        }
        timeout = httpx.Timeout(function.timeout_s, connect=min(CONNECT_LIMIT_S, function.timeout_s))
        try:
            with self._http.stream(
                "POST", function.url, content=event, headers=headers, timeout=timeout
            ) as response:
                body = _read(response, until_s)
        except (httpx.TimeoutException, TimeoutError):
            return Reply(b"", Cause.TIMED_OUT, 0), "the endpoint did not answer in time"
        except httpx.HTTPError as problem:
            detail = f"the endpoint could not be reached: {type(problem).__name__}: {problem}"
            return Reply(b"", Cause.ENDED, 0, detail), detail
        if body is None:
            return Reply(b"", Cause.TOO_LARGE, 0), "the response is too large"
        return _reply(response.status_code, response.headers.get("location"), body)


def _read(response: httpx.Response, until_s: float) -> bytes | None:
    """The body; None if it is too large.

    Raises: TimeoutError: the endpoint sends it too slowly.
    """
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > MAX_PAYLOAD_BYTES:
            return None
        if time.monotonic() > until_s:
            raise TimeoutError
    return bytes(body)


def _reply(status: int, location: str | None, body: bytes) -> tuple[Reply, str]:
    said = f"the endpoint answered with status {status}"
    if 200 <= status < 300:
        try:
            json.loads(body or b"null")
            return Reply(body or b"null", None, 0), said
        except (ValueError, RecursionError):
            detail, kind = f"{said}, but its body is not JSON", "Endpoint.NotJson"
    elif status == 429 or status >= 500:
        text = body[:QUOTED_CHARACTERS].decode(errors="replace")
        return Reply(b"", Cause.ENDED, 0, f"{said}: {text}"), said
    elif 300 <= status < 400:
        detail, kind = f"{said}: redirects are not followed (to {location})", "Endpoint.Redirect"
    else:
        detail = f"{said}: {body[:QUOTED_CHARACTERS].decode(errors='replace')}"
        kind = f"Endpoint.Status{status}"
    content = json.dumps({"errorMessage": detail, "errorType": kind}).encode()
    return Reply(content, Cause.RAISED, 0), said
