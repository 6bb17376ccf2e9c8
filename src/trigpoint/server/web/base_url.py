"""The URL under which a visitor reaches the server."""

from __future__ import annotations

from starlette.requests import Request

from trigpoint.settings import Settings


def base_url(settings: Settings, request: Request) -> str:
    """The configured public URL, or else the scheme and host of the request."""
    if settings.public_url:
        return settings.base_url
    host = request.headers.get("host")
    return f"{request.url.scheme}://{host}" if host else settings.base_url
