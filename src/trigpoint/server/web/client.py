"""The address of a visitor."""

from __future__ import annotations

from starlette.requests import Request


def client_address(request: Request) -> str:
    """The IP address of the client, behind trusted proxies; empty if it is not known."""
    return request.client.host if request.client else ""
