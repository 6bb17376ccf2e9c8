"""Which surface answers: the portal, static files, health, or AWS's protocols.

An AWS-signed request goes to AWS whatever its path, so that no bucket's name can clash with ours.
"""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trigpoint.server.health import Health, build_health
from trigpoint.server.http import read_head
from trigpoint.wire.claims import carries_credentials
from trigpoint.wire.head import RequestHead


def build_app(aws: ASGIApp, portal: ASGIApp, static_dir: Path, health: Health) -> ASGIApp:
    """The one application of the one port."""
    static = _static_files(static_dir)
    healthy = build_health(health)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not spoken here")
        await _surface(read_head(scope))(scope, receive, send)

    def _surface(head: RequestHead) -> ASGIApp:
        if carries_credentials(head) or head.header("x-amz-target") is not None:
            return aws
        if _is_under(head.path, "/portal"):
            return portal
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


def _static_files(folder: Path) -> ASGIApp:
    """The built web assets, readable from the opaque origin of the task frame too.

    Their names stay the same between versions, so browsers ask each time whether they have changed (ETag).
    """
    files = StaticFiles(directory=folder, check_dir=False)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"access-control-allow-origin", b"*"),
                    (b"cross-origin-resource-policy", b"cross-origin"),
                    (b"cache-control", b"no-cache"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        below = {**scope, "root_path": "", "path": scope["path"].removeprefix("/static") or "/"}
        try:
            await files(below, receive, send_with_headers)
        except HTTPException as problem:
            response = Response(problem.detail, problem.status_code, media_type="text/plain")
            await response(scope, receive, send_with_headers)

    return app
