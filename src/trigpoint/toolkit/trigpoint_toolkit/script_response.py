"""A reply as old scripts return it: `worker.Response(body, mimetype=accept)`."""

from __future__ import annotations

from typing import Any

from .encoding import JSON


class Response:
    """A body with its type and status, with the members of Flask's responses that scripts use."""

    def __init__(
        self,
        response: Any = None,
        accept: str | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        mimetype: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        self.response = response
        self.mimetype = mimetype or accept or JSON
        self.status_code = int(status)
        self.headers = dict(headers or {})

    def get_data(self, as_text: bool = False) -> Any:
        """The body, as bytes or as text."""
        body = b"" if self.response is None else self.response
        body = body.encode() if isinstance(body, str) else bytes(body)
        return body.decode() if as_text else body

    @property
    def data(self) -> Any:
        return self.get_data()
