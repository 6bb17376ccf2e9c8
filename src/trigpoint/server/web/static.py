"""The built web assets: where they are, how they are served, and their URLs."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parents[1] / "static"


def build_static(folder: Path) -> ASGIApp:
    """The files of a folder under /static. The sandboxed task frame, whose origin is opaque, can read them too.

    The name of a module of the crowd elements changes with its content, so browsers keep it. Other files keep their
    names between versions, so browsers ask each time whether they have changed (ETag).
    """
    files = StaticFiles(directory=folder, check_dir=False)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"access-control-allow-origin", b"*"),
                    (b"cross-origin-resource-policy", b"cross-origin"),
                    (b"cache-control", _cache_control(scope["path"], message["status"])),
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


def _cache_control(path: str, status: int) -> bytes:
    is_module = path.startswith("/static/crowd/") and status in (200, 304)
    return b"public, max-age=31536000, immutable" if is_module else b"no-cache"


def asset_url(folder: Path, name: str) -> str:
    """The URL of a file, with a version that changes with its content."""
    path = folder / name
    try:
        changed_at_ns = path.stat().st_mtime_ns
    except OSError:
        return f"/static/{name}"  # the assets are not built: pages work without them, unstyled
    return f"/static/{name}?v={_version(path, changed_at_ns)}"


@lru_cache(maxsize=64)
def _version(path: Path, changed_at_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
