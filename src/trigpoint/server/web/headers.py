"""Security headers of web pages."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")


def page_policy(scripts: str, frame_source: str = "'self'") -> str:
    """The content security policy of a page.

    Args:   scripts: where its scripts may come from; see `script_sources`.
            frame_source: the one source of which it may show frames.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"frame-src {frame_source}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def script_sources(host: str | None, base_url: str) -> str:
    """Where the scripts of a page may come from: `/static/` at the address of the request, and at that of the server.

    Objects are on the same origin. So a page does not run an object as a script even if somebody could make it name one.
    Decision: where a policy cannot name a host, which is so for IP addresses other than 127.0.0.1, it is the whole origin.
    Args:   host: the Host of the request.
    """
    if host is None or not _can_be_named(host):
        return "'self'"
    hosts = {host} | {each for each in (urlsplit(base_url).netloc,) if _can_be_named(each)}
    return " ".join(f"{each}/static/" for each in sorted(hosts))


def _can_be_named(host: str) -> bool:
    name = host.partition(":")[0]
    if not _HOST.fullmatch(host):
        return False
    try:
        ip_address(name)
    except ValueError:
        return True
    return name == "127.0.0.1"


class SecurityHeaders:
    """Adds the security headers to each response. A response may set its own content security policy."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self._app = app
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "Content-Security-Policy" not in headers:
                    scripts = script_sources(Headers(scope=scope).get("host"), self._base_url)
                    headers["Content-Security-Policy"] = page_policy(scripts)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_strict if scope["type"] == "http" else send)
