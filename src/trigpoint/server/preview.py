"""The page of `trigpoint template preview`: a task in its frame, and the answer that Submit would send.

It is served on 127.0.0.1 under a path that nobody can guess, by Python's own HTTP server: one person looks at it, and it
must run without a data directory. The frame is sandboxed as that of a real task.
"""

from __future__ import annotations

import json
import mimetypes
import secrets
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from trigpoint.core.errors import TrigpointError
from trigpoint.labeling.preview import Preview
from trigpoint.server.web.static import STATIC

_PAGE = Path(__file__).parent / "preview.html"
_FRAME_POLICY = "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads"
_ELEMENTS = STATIC / "elements.json"


def known_elements() -> frozenset[str]:
    """The names of the elements that templates can use. Empty if the web assets are not built."""
    return frozenset(json.loads(_ELEMENTS.read_text())) if _ELEMENTS.is_file() else frozenset()


class PreviewServer:
    """Serves a preview until it is closed. Its page is at `url`."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._files: dict[str, Path] = {}
        self._prefix = f"/{secrets.token_urlsafe(16)}"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self._prefix}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self) -> None:
        """Returns when the person at the keyboard presses Ctrl+C."""
        try:
            self._thread.join()
        except KeyboardInterrupt:
            return

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        respond = self._respond

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content_type, body, headers = respond(self.path.partition("?")[0])
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("X-Content-Type-Options", "nosniff")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nothing: the terminal belongs to the person who looks at the page."""

        return Handler

    def _respond(self, path: str) -> tuple[int, str, bytes, Mapping[str, str]]:
        html = "text/html; charset=utf-8"
        if path == f"{self._prefix}/":
            return 200, html, self._page().encode(), {}
        if path == f"{self._prefix}/frame":
            return 200, html, self._frame().encode(), {"Content-Security-Policy": _FRAME_POLICY}
        file = self._files.get(path) or _static_file(path.removeprefix(self._prefix))
        if file is None or not path.startswith(self._prefix) or not file.is_file():
            return 404, "text/plain", b"there is nothing at this address", {}
        return 200, mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes(), {}

    def _page(self) -> str:
        try:
            html = self._preview.render(assets_url=self._prefix, file_url=self._file_url)
            warnings = self._preview.warnings(html, known_elements())
        except TrigpointError as problem:
            warnings = [problem.message]
        data = json.dumps({"warnings": warnings}).replace("<", "\\u003c")
        return _PAGE.read_text().replace("{{DATA}}", data)

    def _frame(self) -> str:
        try:
            return self._preview.render(assets_url=self._prefix, file_url=self._file_url)
        except TrigpointError:
            return "<!doctype html><title>Preview</title><p>The template has an error; see above."

    def _file_url(self, file: Path) -> str:
        """Only files that the data object names are served."""
        path = f"{self._prefix}/files/{secrets.token_urlsafe(8)}{file.suffix}"
        known = next((url for url, each in self._files.items() if each == file), None)
        if known is None:
            self._files[path] = file
        return known or path


def _static_file(path: str) -> Path | None:
    file = (STATIC / path.removeprefix("/static/")).resolve()
    return file if path.startswith("/static/") and file.is_relative_to(STATIC.resolve()) else None
