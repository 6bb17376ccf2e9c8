"""Routes each request to a web app, the static files, the health check, or the AWS protocols.

A request with AWS credentials goes to AWS whatever its path, so that no bucket name can clash with our paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.server.health import Health, build_health
from trigpoint.server.http import read_head
from trigpoint.server.web.static import build_static
from trigpoint.wire.claims import carries_credentials
from trigpoint.wire.head import RequestHead


def build_app(aws: ASGIApp, web_apps: Mapping[str, ASGIApp], static_dir: Path, health: Health) -> ASGIApp:
    """The application of the server's only port. `web_apps` are keyed by their prefix, such as `/portal`."""
    static = build_static(static_dir)
    healthy = build_health(health)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not supported")
        await _surface(read_head(scope))(scope, receive, send)

    def _surface(head: RequestHead) -> ASGIApp:
        if carries_credentials(head) or head.header("x-amz-target") is not None:
            return aws
        for prefix, web_app in web_apps.items():
            if _is_under(head.path, prefix):
                return web_app
        if _is_under(head.path, "/static"):
            return static
        if head.path in ("/health", "/health/live"):
            return healthy
        if (
            head.path == "/"
            and head.method in ("GET", "HEAD")
            and "text/html" in (head.header("accept") or "")
        ):
            return RedirectResponse("/portal/", 302)
        if head.path == "/favicon.ico":
            return Response(status_code=204, headers={"Cache-Control": "max-age=86400"})
        return aws

    return app


def split_by_host(app: ASGIApp, host_name: str, other: ASGIApp) -> ASGIApp:
    """`app`, but `other` gets every request whose Host has this name, on whatever port."""

    async def split(scope: Scope, receive: Receive, send: Send) -> None:
        is_other = scope["type"] == "http" and _host_name(scope) == host_name.lower()
        await (other if is_other else app)(scope, receive, send)

    return split


def _host_name(scope: Scope) -> str | None:
    """The name in the Host header in lower case, without port and final dot."""
    host = Headers(scope=scope).get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return None
    return None if name is None else name.rstrip(".")


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")
