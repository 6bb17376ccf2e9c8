"""How fluid the image workspace is in headless Chromium: frames, main-thread work, load time, memory.

Each row is one action on one image with some shapes. `frame` is the time between two animation frames (16.7 ms is the
limit of the screen), `work` the main thread's time for each of them, `drawn` the frames that reached the screen per
second. `MB` is the proportional share of memory (PSS, in MiB) of the page's process after the action, `peak` the most that the
process ever had, `all` that of all processes after the action, `most` the most that all had while the image was loaded.

    uv run python benchmarks/stage.py                       all rows
    uv run python benchmarks/stage.py --only 100            rows whose name contains 100
    uv run python benchmarks/stage.py --static FOLDER       another build of the scripts, to compare with
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import trigpoint

STATIC = Path(trigpoint.__file__).parent / "server" / "static"
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
TRACED = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline.frame"]
SECONDS = 2.0
STEP_S = 0.008
"""Pointer events come this often, as those of a common mouse."""
SIZES = {"1": (1200, 800), "12": (4000, 3000), "100": (11547, 8660)}
"""Width and height by megapixels."""

ELEMENT = "document.querySelector('[name=shapes]')"
STAGE = f"{ELEMENT}.shadowRoot.querySelector('tp-image-stage')"
RECORD = """() => {
  window.frameTimes = [];
  window.recording = true;
  const next = time => { frameTimes.push(time); if (recording) requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table."""

    megapixels: str
    format: str
    element: str
    shapes: int
    action: str

    @property
    def name(self) -> str:
        return f"{self.megapixels} MP {self.format}, {self.shapes} {self.element}, {self.action}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one row shows."""

    load_s: float
    frames_ms: Sequence[float]
    work_ms: float
    drawn_per_s: float
    page_mb: float
    peak_mb: float
    all_mb: float
    most_mb: float


def cases() -> list[Case]:
    actions = ("drag", "draw", "pan", "zoom")
    found = [Case("1", "JPEG", "boxes", count, action) for count in (200, 500) for action in actions]
    found += [Case("1", "JPEG", "polygons", 200, action) for action in actions]
    for megapixels in ("12", "100"):
        for kind in ("JPEG", "PNG"):
            found += [Case(megapixels, kind, "boxes", 20, action) for action in ("draw", "pan", "zoom")]
    found += [Case("100", "PNG", "regions", 0, action) for action in ("draw", "pan", "zoom")]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--static", type=Path, default=STATIC, help="a folder with the built scripts")
    parser.add_argument("--images", type=Path, help="a folder that keeps the pictures for the next run")
    options = parser.parse_args()
    executable = shutil.which("chromium")
    if executable is None:
        print("Chromium is not installed (Debian: apt-get install chromium)", file=sys.stderr)
        return 1
    chosen = [case for case in cases() if options.only in case.name]
    width = max((len(case.name) for case in chosen), default=0)
    print(
        f"{'':{width}} {'load s':>7} {'frame':>7} {'p95 ms':>7} {'work ms':>8} {'drawn/s':>8} {'MB':>6} {'peak':>6} {'all':>6} {'most':>6}"
    )
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = options.images or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for case in chosen:
            browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM)
            try:
                _print(case.name, width, measure(browser, case, folder, options.static))
            finally:
                browser.close()
    return 0


def _print(name: str, width: int, got: Measured) -> None:
    frames = sorted(got.frames_ms)
    p95 = frames[min(len(frames) - 1, int(len(frames) * 0.95))]
    print(
        f"{name:{width}} {got.load_s:7.2f} {median(frames):7.1f} {p95:7.1f} {got.work_ms:8.1f}"
        f" {got.drawn_per_s:8.1f} {got.page_mb:6.0f} {got.peak_mb:6.0f} {got.all_mb:6.0f} {got.most_mb:6.0f}",
        flush=True,
    )


# --- one row -----------------------------------------------------------------------------------------------------


def measure(browser: Browser, case: Case, folder: Path, static: Path) -> Measured:
    """Loads the page, does the action for a while, and looks at what happened."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    picture = picture_file(folder, case.megapixels, case.format)
    with serve(pages(case, picture, static)) as url:
        begin = time.perf_counter()
        with most_memory() as most_mb:
            page.goto(f"{url}/page")
            page.wait_for_function(f"{ELEMENT}?.shadowRoot && {STAGE}?.phase === 'ready'")
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            load_s = time.perf_counter() - begin
        act = _prepare(page, case)
        browser.start_tracing(page=page, categories=TRACED)
        page.evaluate(RECORD)
        begin = time.perf_counter()
        step = 0
        while time.perf_counter() < begin + SECONDS:
            act(step)
            step += 1
            time.sleep(max(0.0, begin + step * STEP_S - time.perf_counter()))
        times: list[float] = page.evaluate("(recording = false, frameTimes)")
        events = json.loads(browser.stop_tracing())["traceEvents"]
        memory = memory_mb()
    page.close()
    frames = [after - before for before, after in pairwise(times)]
    work_ms = _main_thread_ms(events) / max(1, len(frames))
    return Measured(load_s, frames, work_ms, _drawn(events) / SECONDS, *memory, max(most_mb))


def _prepare(page: Page, case: Case) -> Callable[[int], None]:
    """Brings the page into the state in which the action begins. Returns what each step does."""
    stage: Mapping[str, float] = page.evaluate(
        f"(({{ x, y, width, height }}) => ({{ x, y, width, height }}))({STAGE}.getBoundingClientRect())"
    )
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    reach = min(stage["width"], stage["height"]) / 4
    page.mouse.move(x, y)

    def circle(step: int) -> None:
        angle = step / 25
        page.mouse.move(x + reach * math.cos(angle), y + reach * math.sin(angle))

    def wheel(step: int) -> None:
        page.mouse.wheel(0, -120 if (step // 12) % 2 == 0 else 120)

    if case.action == "zoom":
        return wheel
    if case.action == "pan":
        page.evaluate(f"{STAGE}.zoomTo({STAGE}.view.scale * 3)")
        page.mouse.down(button="middle")
    elif case.action == "draw":
        if case.element != "regions":
            page.keyboard.down("Shift")
        page.mouse.down()
    else:
        page.keyboard.press("v")
        page.mouse.down()
    return circle


def _main_thread_ms(events: Sequence[Mapping[str, Any]]) -> float:
    """The processor time of all tasks on the main thread of the page's process: a busy machine changes it little."""
    threads = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in events
        if event["name"] == "thread_name"
    }
    tasks = [
        event for event in events if event["name"] == "ThreadControllerImpl::RunTask" and event["ph"] == "X"
    ]
    spent: dict[tuple[int, int], float] = {}
    for event in tasks:
        thread = (event["pid"], event["tid"])
        if threads.get(thread) == "CrRendererMain":
            spent[thread] = spent.get(thread, 0.0) + event.get("tdur", event.get("dur", 0)) / 1000
    return max(spent.values(), default=0.0)


def _drawn(events: Sequence[Mapping[str, Any]]) -> int:
    return sum(event["name"] == "DrawFrame" for event in events)


# --- the page ----------------------------------------------------------------------------------------------------


def pages(case: Case, picture: Path, static: Path) -> dict[str, tuple[bytes, str]]:
    """What the server answers at each path: body and type."""
    size = SIZES[case.megapixels]
    tag, shapes = TAGS[case.element], SHAPES[case.element](case.shapes, size)
    initial = "" if not shapes else f"initial-value='{json.dumps(shapes)}'"
    body = f"""<!doctype html><html lang=en><meta charset=utf-8><script src="/crowd-html-elements.js"></script>
      <crowd-form><{tag} name="shapes" src="/picture" header="Mark everything" labels="['a','b','c','d','e']"
      {initial}></{tag}></crowd-form>"""
    scripts = [static / "crowd-html-elements.js", *static.glob("crowd/*.js")]
    return {
        "/page": (body.encode(), "text/html"),
        "/picture": (picture.read_bytes(), f"image/{case.format.lower()}"),
        **{
            f"/{file.relative_to(static).as_posix()}": (file.read_bytes(), "text/javascript")
            for file in scripts
        },
    }


def boxes(count: int, size: tuple[int, int]) -> list[dict[str, object]]:
    """Boxes in rows over the whole picture; the last one is in its middle, on top."""
    columns = math.ceil(math.sqrt(count * 1.5))
    width, height = size[0] // columns, size[1] // math.ceil(count / columns)
    found: list[dict[str, object]] = []
    for number in range(count - 1):
        row, column = divmod(number, columns)
        place = {
            "left": column * width + 4,
            "top": row * height + 4,
            "width": width - 8,
            "height": height - 8,
        }
        found.append({"label": "abcde"[number % 5], **place})
    middle = {"left": size[0] // 2 - 60, "top": size[1] // 2 - 60, "width": 120, "height": 120}
    return [*found, {"label": "a", **middle}]


def polygons(count: int, size: tuple[int, int], points: int = 60) -> list[dict[str, object]]:
    """Polygons in the places of the boxes."""
    found = []
    for box in boxes(count, size):
        left, top, width, height = (int(str(box[side])) for side in ("left", "top", "width", "height"))
        vertices = []
        for number in range(points):
            angle, far = 2 * math.pi * number / points, 0.5 if number % 2 else 0.42
            x = left + width / 2 + width * far * math.cos(angle)
            y = top + height / 2 + height * far * math.sin(angle)
            vertices.append({"x": round(x), "y": round(y)})
        found.append({"label": box["label"], "vertices": vertices})
    return found


TAGS = {"boxes": "crowd-bounding-box", "polygons": "crowd-polygon", "regions": "crowd-semantic-segmentation"}
SHAPES: Mapping[str, Callable[[int, tuple[int, int]], list[dict[str, object]]]] = {
    "boxes": boxes,
    "polygons": polygons,
    "regions": lambda count, size: [],
}


def picture_file(folder: Path, megapixels: str, kind: str) -> Path:
    """A picture with coarse colours and fine grain, which compresses about as well as a photo."""
    file = folder / f"{megapixels}.{kind.lower()}"
    if not file.exists():
        width, height = SIZES[megapixels]
        random = np.random.default_rng(1)
        coarse = Image.fromarray(random.integers(30, 226, (9, 12, 3), dtype=np.uint8))
        pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).copy()
        pixels += random.integers(0, 24, (height, width, 1), dtype=np.uint8)
        body = io.BytesIO()
        options: dict[str, Any] = {"quality": 85} if kind == "JPEG" else {"compress_level": 1}
        Image.fromarray(pixels).save(body, kind, **options)
        file.write_bytes(body.getvalue())
    return file


@contextmanager
def serve(answers: Mapping[str, tuple[bytes, str]]) -> Iterator[str]:
    """Serves the answers on a free port of the loopback address and yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, content_type = answers.get(self.path.split("?")[0], (b"", "text/plain"))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            # A page that knows enough of a large image stops loading it.
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# --- memory ------------------------------------------------------------------------------------------------------


def memory_mb() -> tuple[float, float, float]:
    """The largest page process now and at its peak, and all Chromium processes that this script started, in MB."""
    found = [(pid, command) for pid, command in _descendants(os.getpid()) if "chromium" in command]
    shares = {pid: _kb(pid, "smaps_rollup", "Pss:") / 1024 for pid, _ in found}
    pages = [pid for pid, command in found if "--type=renderer" in command]
    largest = max(pages, key=lambda pid: shares[pid], default=0)
    return shares.get(largest, 0.0), _kb(largest, "status", "VmHWM:") / 1024, sum(shares.values())


@contextmanager
def most_memory() -> Iterator[Sequence[float]]:
    """Yields a list that gets the memory of all processes in MB, several times a second."""
    found: list[float] = []
    ended = threading.Event()

    def sample() -> None:
        while not ended.is_set():
            found.append(memory_mb()[2])
            ended.wait(0.05)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _descendants(root: int) -> Iterator[tuple[int, str]]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    for pid in parents:
        ancestor: int | None = pid
        while ancestor is not None and ancestor != root:
            ancestor = parents.get(ancestor)
        if ancestor == root and pid != root:
            try:
                yield (
                    pid,
                    Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"),
                )
            except OSError:
                continue


def _kb(pid: int, file: str, field: str) -> int:
    try:
        rows = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(row.split()[1]) for row in rows if row.startswith(field))


if __name__ == "__main__":
    raise SystemExit(main())
