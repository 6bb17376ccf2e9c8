"""Routes each request to a web app, the static files, the health check, or the AWS protocols.

A request with AWS credentials goes to AWS whatever its path, so that no bucket name can clash with our paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
        if head.path == "/health":
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


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")
