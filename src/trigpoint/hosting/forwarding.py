"""One HTTP request to a model server."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from trigpoint.hosting.invocation import ConnectionLost, Invocation, InvokeReply, ModelFailed, Unreachable
from trigpoint.hosting.records import DeployedVariant, ModelServer
from trigpoint.hosting.servers import ModelServers

if TYPE_CHECKING:
    import httpx  # loaded with the first invocation: importing it is a fifth of the server's start

ANSWER_LIMIT_S = 60.0
"""Source: training.md 8.3."""
CONNECT_LIMIT_S = 5.0

TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {hostname}. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


class Forwarder:
    """Sends requests to model servers. Thread-safe."""

    def __init__(self, servers: ModelServers) -> None:
        self._servers = servers

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            timeout=httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S),
            trust_env=False,  # a proxy from the environment must not see requests to our own processes
            # Connections are not kept: one to a server that has been restarted would fail a request.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def forward(self, invocation: Invocation, variant: DeployedVariant, server: ModelServer) -> InvokeReply:
        """The server's reply.

        Raises: Unreachable; ConnectionLost; ModelFailed.
        """
        import httpx

        sent_at, sent_at_s = time.time(), time.monotonic()
        url = f"http://127.0.0.1:{server.port}/invocations"
        headers = _headers(invocation)
        try:
            with self._http.stream("POST", url, content=invocation.body, headers=headers) as response:
                body = _read_until(response, sent_at_s + ANSWER_LIMIT_S)
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            message = TIMED_OUT.format(hostname=variant.container.hostname)
            hangs = self._servers.answered_at(server) < sent_at
            raise ModelFailed(message, 0, variant, server, hangs=hangs) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(str(error)) from error
        except httpx.TransportError as error:
            message = (
                f"The model server closed the connection before it had answered ({type(error).__name__})."
            )
            raise ConnectionLost(message, 0, variant, server) from error
        model_s = time.monotonic() - sent_at_s
        self._servers.note_answer(server)
        if not response.is_success:
            raise ModelFailed(body.decode(errors="replace"), response.status_code, variant, server)
        return InvokeReply(
            body=body,
            content_type=response.headers.get("Content-Type"),
            custom_attributes=response.headers.get(CUSTOM_ATTRIBUTES),
            variant=variant.name,
            model_s=model_s,
        )


def _headers(invocation: Invocation) -> dict[str, str]:
    """Content-Type, Accept and Custom-Attributes reach the model, nothing else (training.md 8.3)."""
    headers = {"Accept": invocation.accept or "*/*"}
    if invocation.content_type:
        headers["Content-Type"] = invocation.content_type
    if invocation.custom_attributes:
        headers[CUSTOM_ATTRIBUTES] = invocation.custom_attributes
    return headers


def _read_until(response: httpx.Response, end: float) -> bytes:
    import httpx

    parts: list[bytes] = []
    for part in response.iter_bytes():
        parts.append(part)
        if time.monotonic() > end:
            raise httpx.ReadTimeout("the reply did not end in time")
    return b"".join(parts)
