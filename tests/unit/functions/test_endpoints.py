"""Functions that are HTTP endpoints, and the rules of functions that the operator registers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from trigpoint.compute.bounded_calls import CallsStopped
from trigpoint.core.errors import Invalid
from trigpoint.functions.endpoint import Endpoints, check_url
from trigpoint.functions.model import Cause, Function, FunctionKind
from trigpoint.functions.registry import name_in
from trigpoint.functions.wanted import CallUnwanted

released = threading.Event()


class _Endpoint(BaseHTTPRequestHandler):
    """Answers by the path of the request."""

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers, body = {
            "/doubled": (
                200,
                {},
                json.dumps({"n": 2 * event["n"], "f": self.headers["X-Trigpoint-Function"]}),
            ),
            "/moved": (302, {"Location": "http://127.0.0.1:9/elsewhere"}, ""),
            "/busy": (503, {}, "come back later"),
            "/refusing": (400, {}, "no"),
            "/text": (200, {}, "plain text"),
            "/slow": (200, {}, "1"),
            "/large": (200, {}, "1" * (7 << 20)),
        }[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/slow":
            released.wait(60)
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    released.clear()
    http = HTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    released.set()
    http.shutdown()
    thread.join()
    http.server_close()


def a_function(url: str, timeout_s: int = 60) -> Function:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Function("f", FunctionKind.HTTP, "", now, now, "r", url=url, timeout_s=timeout_s)


def test_an_endpoint_gets_the_event_and_the_name_of_the_function(endpoint: str) -> None:
    reply, line = Endpoints().call(a_function(f"{endpoint}/doubled"), "id", b'{"n": 21}')
    assert (json.loads(reply.content), reply.cause) == ({"n": 42, "f": "f"}, None)
    assert line == "the endpoint answered with status 200"


@pytest.mark.parametrize(
    "path, cause, text",
    [
        ("moved", Cause.RAISED, "redirects are not followed"),
        ("refusing", Cause.RAISED, "status 400: no"),
        ("text", Cause.RAISED, "its body is not JSON"),
        ("busy", Cause.ENDED, "status 503: come back later"),
        ("large", Cause.TOO_LARGE, ""),
    ],
)
def test_failures_of_an_endpoint_that_may_pass_are_told_from_others(
    endpoint: str, path: str, cause: Cause, text: str
) -> None:
    reply, _ = Endpoints().call(a_function(f"{endpoint}/{path}"), "id", b'{"n": 1}')
    assert reply.cause is cause
    assert text in (json.loads(reply.content)["errorMessage"] if reply.content else reply.detail)


def test_an_endpoint_that_does_not_answer_is_given_up(endpoint: str) -> None:
    reply, _ = Endpoints().call(a_function(f"{endpoint}/slow", timeout_s=1), "id", b'{"n": 1}')
    released.set()
    assert reply.cause is Cause.TIMED_OUT


def test_a_call_that_nobody_waits_for_and_a_shutdown_do_not_wait_for_the_endpoint(endpoint: str) -> None:
    endpoints, slow = Endpoints(), a_function(f"{endpoint}/slow")
    with pytest.raises(CallUnwanted):
        endpoints.call(slow, "id", b'{"n": 1}', lambda: False)
    endpoints.stop()
    with pytest.raises(CallsStopped):
        endpoints.call(slow, "id", b'{"n": 1}')
    released.set()


def test_an_endpoint_that_is_not_there_may_come_back(endpoint: str) -> None:
    reply, _ = Endpoints().call(a_function("http://127.0.0.1:9/"), "id", b"{}")
    assert reply.cause is Cause.ENDED and "could not be reached" in reply.detail


@pytest.mark.parametrize(
    "url, text",
    [
        ("http://example.com/x", "must begin with https://"),
        ("http://127.0.0.1.example.com/x", "must begin with https://"),
        ("https://user:secret@example.com/", "must not contain a user name"),
        ("file:///etc/passwd", "is not a URL"),
        ("https://exa mple.com/", "is not a URL"),
        ("https://example.com:port/", "is not a URL"),
        ("ftp://127.0.0.1/", "must begin with https://"),
    ],
)
def test_a_url_that_leads_to_other_machines_unprotected_is_refused(url: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_url(url)
    assert text in caught.value.message


@pytest.mark.parametrize("url", ["https://example.com/f?t=1", "http://localhost:1/", "http://[::1]:1/x"])
def test_https_and_this_machine_are_allowed(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "text, found",
    [
        ("f", ("f", None)),
        ("f:$LATEST", ("f", "$LATEST")),
        ("111122223333:function:f", ("f", None)),
        ("arn:aws:lambda:us-east-1:111122223333:function:f:3", ("f", "3")),
    ],
)
def test_names_and_arns_name_a_function(text: str, found: tuple[str, Any]) -> None:
    assert name_in(text) == found
