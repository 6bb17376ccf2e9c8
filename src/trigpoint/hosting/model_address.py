"""A request to a model server that the operator runs at an address of their own, outside of this installation's endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trigpoint.core.errors import TrigpointError
from trigpoint.hosting.forwarding import ANSWER_LIMIT_S, CONNECT_LIMIT_S

if TYPE_CHECKING:
    import httpx


class NoReply(TrigpointError):
    """The model server cannot be reached, answers with an error, or with too much."""


def ask_model_at(url: str, body: bytes, *, content_type: str, accept: str, most_bytes: int) -> bytes:
    """The body of the reply to a POST, which may take as long as that of an endpoint.

    Raises: NoReply.
    """
    import httpx  # as in `forwarding`: not at the server's start

    headers = {"Content-Type": content_type, "Accept": accept}
    timeout = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)
    try:
        with httpx.stream("POST", url, content=body, headers=headers, timeout=timeout) as response:
            reply = _read(response, most_bytes)
    except httpx.HTTPError as problem:
        raise NoReply(f"{url} gave no reply: {problem or type(problem).__name__}") from None
    if not response.is_success:
        raise NoReply(f"{url} answered {response.status_code}: {reply[:300].decode(errors='replace')}")
    return reply


def _read(response: httpx.Response, most_bytes: int) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most_bytes:
            raise NoReply(f"{response.url} answered with more than {most_bytes} bytes")
        parts.append(part)
    return b"".join(parts)
