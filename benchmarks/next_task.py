"""How long a worker waits from the click on Submit until the next task can be worked on, in headless Chromium.

One worker draws a box on each picture and submits. A task is ready when its frame is shown and painted, and its picture
decoded. The column "after Submit" has the task loaded only then, as the page does when nothing could be loaded ahead.

    uv run python benchmarks/next_task.py [--tasks 40] [--images small large] [--think 1.5]
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import labeling_sites
from labeling_sites import Portal
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, sync_playwright

from trigpoint.labeling.task_types import TASK_TYPES

IMAGES = {"small": ((640, 480), 27_000), "large": ((4000, 3000), 5_000_000)}
"""Pixels and bytes of the pictures."""
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
WATCH = """
  const now = (at = performance.now()) => performance.timeOrigin + at;
  if (window === window.parent) {
    window.benchmark = {clicked: 0, shown: new Map(), ready: new Map()};
    addEventListener("message", ({source, data}) => {
      if (data?.clicked) benchmark.clicked = data.clicked;
      if (data?.ready) benchmark.ready.set(source, data.ready);
    });
    new MutationObserver(() => {
      const frame = document.querySelector(".stage iframe:not(.is-loading)")?.contentWindow;
      if (frame && !benchmark.shown.has(frame)) {
        benchmark.shown.set(frame, 0);
        requestAnimationFrame(() => requestAnimationFrame(() => benchmark.shown.set(frame, now())));
      }
    }).observe(document, {subtree: true, childList: true, attributes: true});
    benchmark.waited = () => {
      const frame = document.querySelector(".stage iframe:not(.is-loading)")?.contentWindow;
      const shown = benchmark.shown.get(frame), ready = benchmark.ready.get(frame);
      return shown && ready && benchmark.clicked < shown ? Math.max(shown, ready) - benchmark.clicked : null;
    };
  } else {
    const report = (message) => parent.postMessage(message, "*");
    addEventListener("click", (event) => {
      if (event.composedPath().some((e) => e.localName === "crowd-button")) report({clicked: now(event.timeStamp)});
    }, true);
    const look = () => {
      const stage = document.querySelector("crowd-bounding-box")?.shadowRoot?.querySelector("tp-image-stage");
      if (stage?.phase === "ready") report({ready: now()});
      else requestAnimationFrame(look);
    };
    look();
  }
"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--images", nargs="+", choices=list(IMAGES), default=list(IMAGES))
    parser.add_argument("--think", type=float, default=1.5, help="seconds that the worker looks at each task")
    options = parser.parse_args()
    print(f"{'ms from Submit to the next task':32} {'median':>8} {'p95':>8}")
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        with labeling_sites.portal("trigpoint", Path(name) / "site", "sqlite", None, 1) as site:
            for images in options.images:
                for way in ("ahead", "after Submit"):
                    waited_ms = _measure(browser, site, images, way, options.tasks, options.think)
                    p95 = waited_ms[min(len(waited_ms) - 1, len(waited_ms) * 95 // 100)]
                    print(f"{images + ', ' + way:32} {median(waited_ms):8.0f} {p95:8.0f}", flush=True)
        browser.close()


def _measure(
    browser: Browser, site: Portal, images: str, way: str, tasks: int, think_s: float
) -> list[float]:
    """The sorted waiting times, the first of which is not counted."""
    task_type = TASK_TYPES["BoundingBox"]
    example = replace(task_type.example, content=picture(*IMAGES[images]))
    site.open_job(replace(task_type, example=example), tasks + 2, 1)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    place = urlsplit(site.url)
    for cookie in site.cookies[0].split("; "):
        key, _, value = cookie.partition("=")
        context.add_cookies([{"name": key, "value": value, "domain": str(place.hostname), "path": "/"}])
    context.add_init_script(WATCH)
    page = context.new_page()
    if way != "ahead":
        page.route("**/reserve", lambda route: route.abort())
    page.goto(f"{site.url}/portal/jobs/{site.job}/work")
    waited = []
    for _ in range(tasks + 1):
        page.wait_for_function("() => benchmark.waited() !== null")
        waited.append(float(page.evaluate("() => benchmark.waited()")))
        page.wait_for_timeout(think_s * 1000)
        _draw(page)
        page.evaluate("() => { benchmark.clicked = Infinity }")
        _frame(page).get_by_role("button", name="Submit").click()
    context.close()
    return sorted(waited[1:])


def _frame(page: Page) -> Any:
    handle = page.wait_for_selector("iframe:not(.is-loading)")
    frame = None if handle is None else handle.content_frame()
    assert frame is not None
    return frame


def _draw(page: Page) -> None:
    """A box in the middle of the picture."""
    place = page.locator("iframe:not(.is-loading)").bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x - 40, y - 40)
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.move(x + 40, y + 40)
    page.mouse.up()


def picture(size: tuple[int, int], wanted_bytes: int) -> bytes:
    """A JPEG of noise of about that many bytes."""
    noise = Image.frombytes("L", size, Random(1).randbytes(size[0] * size[1]))
    image = Image.merge("RGB", [noise.filter(ImageFilter.GaussianBlur(k)) for k in (1.5, 2, 3)])
    low, high = 1, 100
    while True:
        quality = (low + high) // 2
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if high - low <= 1:
            return out.getvalue()
        low, high = (quality, high) if out.tell() < wanted_bytes else (low, quality)


if __name__ == "__main__":
    main()
