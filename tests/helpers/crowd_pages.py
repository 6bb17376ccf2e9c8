"""Opens a task template as a worker sees it, in a sandboxed frame of a page."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

import trigpoint

STATIC = Path(trigpoint.__file__).parent / "server" / "static"

# The only element of the template that shows an image to label.
WIDGET = """[...document.querySelectorAll('*')].find(
  element => element.shadowRoot?.querySelector('tp-image-stage'))"""

HOST_PAGE = """<!doctype html><meta charset=utf-8><title>Task</title>
<meta name=viewport content="width=device-width, initial-scale=1">
<style>html,body{margin:0;height:100%}iframe{display:block;width:100%;height:100%;border:0}</style>
<script>
  window.received = [];
  addEventListener("message", event => {
    const frame = document.querySelector("iframe");
    if (event.source !== frame.contentWindow || event.data.source !== "trigpoint") return;
    received.push(event.data);
    if (["loading", "hello"].includes(event.data.type)) say({type: "page"});
    if (event.data.type === "ready") frame.focus();
  });
  function say(message) {
    document.querySelector("iframe").contentWindow.postMessage({source: "trigpoint", ...message}, "*");
  }
</script>
<iframe sandbox="allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads"
  src="/frame"></iframe>"""


@dataclass(frozen=True, slots=True)
class Response:
    """The response of the test server at a path."""

    body: bytes
    content_type: str
    allows_reading: bool = True


@contextmanager
def serve(responses: Mapping[str, Response]) -> Iterator[str]:
    """Serves the responses on a free port of the loopback address and yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            response = responses.get(self.path.split("?")[0])
            if response is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
            if response.allows_reading:
                self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            # A page that knows enough of a large image stops loading it.
            with suppress(ConnectionError):
                self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def bundle() -> dict[str, Response]:
    """The script with the elements and the modules that it loads, at the root of the site."""
    files = [STATIC / "crowd-html-elements.js", *sorted((STATIC / "crowd").glob("*.js"))]
    script = "text/javascript"
    return {f"/{file.relative_to(STATIC).as_posix()}": Response(file.read_bytes(), script) for file in files}


def template_page(body: str) -> Response:
    """A rendered template, its script tag already pointing at our bundle."""
    script = '<script src="/crowd-html-elements.js"></script>'
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Task</title>'
    return Response(f"{head}{script}{body}".encode(), "text/html")


@contextmanager
def open_task(page: Page, body: str, files: Mapping[str, Response] | None = None) -> Iterator[Task]:
    """Opens a template in a frame, in the place of the portal, and waits until its elements are ready."""
    responses = {
        "/page": Response(HOST_PAGE.encode(), "text/html"),
        "/frame": template_page(body),
        **bundle(),
        **(files or {}),
    }
    with serve(responses) as base_url:
        page.goto(f"{base_url}/page")
        task = Task(page)
        task.wait_for("ready")
        yield task


@dataclass(frozen=True, slots=True)
class Task:
    """A task in its frame, driven with mouse and keys."""

    page: Page

    @property
    def frame(self) -> Frame:
        return self.page.frames[1]

    def received(self, kind: str) -> list[dict[str, Any]]:
        """The frame's messages of a kind, oldest first."""
        messages: list[dict[str, Any]] = self.page.evaluate("received")
        return [message for message in messages if message["type"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Waits for the count-th message of a kind."""
        self.page.wait_for_function(
            "([kind, count]) => received.filter(message => message.type === kind).length >= count",
            arg=[kind, count],
        )
        return self.received(kind)[count - 1]

    def last(self, kind: str) -> dict[str, Any]:
        """The newest message of a kind, after all that the frame has sent so far have arrived."""
        fences = len(self.received("fence"))
        self.frame.evaluate("parent.postMessage({source: 'trigpoint', type: 'fence'}, '*')")
        self.wait_for("fence", fences + 1)
        return self.received(kind)[-1]

    def say(self, **message: Any) -> None:
        """Sends a message as the portal's page does."""
        self.page.evaluate("message => say(message)", message)

    def wait_for_image(self) -> None:
        self.frame.wait_for_function(
            f"{WIDGET}?.shadowRoot.querySelector('tp-image-stage').phase === 'ready'"
        )
        # Until the frame is painted, Chromium may send clicks to the page around it.
        self.frame.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def value(self) -> Any:
        """The live value of the image widget."""
        return self.frame.evaluate(f"{WIDGET}.value")

    def boxes(self) -> list[tuple[str, int, int, int, int]]:
        """(label, left, top, width, height) of each box."""
        boxes = self.value()["boundingBoxes"]
        return [(box["label"], box["left"], box["top"], box["width"], box["height"]) for box in boxes]

    def screen_point(self, x: float, y: float) -> tuple[float, float]:
        """The screen position of a point of the image, from the place where the browser laid out the picture."""
        left, top, width, height, columns, rows = self.frame.evaluate(
            f"""() => {{
              const stage = {WIDGET}.shadowRoot.querySelector("tp-image-stage");
              const image = stage.shadowRoot.querySelector("img");
              const box = image.getBoundingClientRect();
              return [box.left, box.top, box.width, box.height, image.offsetWidth, image.offsetHeight];
            }}"""
        )
        return left + x * width / columns, top + y * height / rows

    def click_at(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.screen_point(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, release: bool = True) -> None:
        """Drags from one point of the image to another."""
        self.page.mouse.move(*self.screen_point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.screen_point((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        self.page.mouse.move(*self.screen_point(*end))
        if release:
            self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
