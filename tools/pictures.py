"""Takes pictures of the pages of the portal and the console, and of every element in a real task, to look at.

    uv run python tools/pictures.py FOLDER [--sizes 1440x900,390x844] [--themes light,dark] [--languages en,ko]
        [--only TEXT] [--ratio 2] [--forced-colors] [--templates FOLDER] [--data FOLDER] [--axe]

It starts a server of its own, creates a labeling job for the example of each element's reference page, for each task
type, and for each template of `--templates`, and opens them in headless Chromium. Of each task there are two
pictures: as it begins, and filled in. `--axe` also lists what axe finds.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from picture_console import fill_console, run_demo, start_running, stop_running
from picture_console_pages import CONSOLE_PAGES
from picture_page import PicturePage
from picture_pages import PAGES, use_provider
from picture_tasks import create_jobs
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from template_filler import fill
from trial_server import Server, enter_console, serving, sign_in

AXE = Path(__file__).resolve().parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SMALL = 860
"""Windows up to this width are those of phones and tablets, with a touch screen."""
READY_MS = 30_000
TALLEST = 2_600
"""Pixels of a page of the console that a picture shows; pages of the portal are shown as their window shows them."""


@dataclass(frozen=True)
class Look:
    """How a picture is taken."""

    size: tuple[int, int]
    theme: str
    language: str

    def __str__(self) -> str:
        return f"{self.size[0]}-{self.theme}-{self.language}"


class Camera:
    """Takes the pictures of a run."""

    def __init__(self, browser: Browser, server: Server, arguments: argparse.Namespace) -> None:
        self._browser = browser
        self.server = server
        self._arguments = arguments
        self.cookies: Any = None

    @contextmanager
    def context(self, look: Look, *, signed_in: bool = True) -> Iterator[BrowserContext]:
        """A browser in which a worker is signed in."""
        context = self._browser.new_context(
            viewport={"width": look.size[0], "height": look.size[1]},
            color_scheme="dark" if look.theme == "dark" else "light",
            locale=look.language,
            device_scale_factor=self._arguments.ratio,
            has_touch=look.size[0] <= SMALL,
            is_mobile=look.size[0] <= SMALL,
            forced_colors="active" if self._arguments.forced_colors else "none",
            storage_state=self.cookies if signed_in else None,
            bypass_csp=True,  # for axe
        )
        context.set_default_timeout(READY_MS)
        yield context
        context.close()

    def wants(self, name: str) -> bool:
        """Whether `--only` names this picture."""
        return _wants(self._arguments, name)

    def take(self, page: Page, look: Look, name: str) -> None:
        """One picture, and what axe finds in it."""
        width, height = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        if width > look.size[0]:
            print(f"wide {name}.{look}: {width} px", flush=True)
        is_long = name.startswith("console-")
        clip = {"x": 0, "y": 0, "width": look.size[0], "height": min(height, TALLEST)}
        page.screenshot(
            path=self._arguments.folder / f"{name}.{look}.png",
            full_page=is_long,
            clip=clip if is_long else None,  # type: ignore[arg-type]
        )
        if self._arguments.axe:
            # The last frame may be the next task, which is not shown yet.
            for view in [page, *page.query_selector_all("iframe:not(.is-loading, .is-ahead)")]:
                frame = page.main_frame if isinstance(view, Page) else view.content_frame()
                frame.evaluate(AXE.read_text())
                for problem in frame.evaluate(RUN_AXE, TAGS):
                    print(f"axe {name}.{look}: {problem}", flush=True)


def _wants(arguments: argparse.Namespace, name: str) -> bool:
    return any(part in name for part in arguments.only.split(","))


def _may_want_tasks(arguments: argparse.Namespace) -> bool:
    """Whether a part of `--only` can be in the name of a task. These are known when their jobs are there."""
    return any(not part.startswith(("console", "page")) for part in arguments.only.split(","))


RUN_AXE = """async tags => {
  const rules = { "document-title": { enabled: window === top } };
  const { violations } = await axe.run(document, { runOnly: tags, rules, iframes: false });
  return violations.map(({ id, impact, nodes }) =>
    `${impact} ${id}: ${nodes.map(node => node.target.flat().join(" ")).slice(0, 4).join(", ")}`);
}"""


def main() -> int:
    arguments = _arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sizes = [tuple(map(int, size.split("x"))) for size in arguments.sizes.split(",")]
    looks = [
        Look(*each)
        for each in itertools.product(sizes, arguments.themes.split(","), arguments.languages.split(","))
    ]
    os.environ.update(TRIGPOINT_SMTP_URL="smtp://127.0.0.1:9", TRIGPOINT_MAIL_FROM="labels@example.com")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        stages = {page.stage for page in (*PAGES, *CONSOLE_PAGES) if _wants(arguments, page.name)}
        if stages & {"before", ""} or _may_want_tasks(arguments):
            with tempfile.TemporaryDirectory() as temporary, serving(Path(temporary)) as server:
                _with_passwords(Camera(browser, server, arguments), looks, arguments.templates)
        if "organization" in stages:
            with tempfile.TemporaryDirectory() as temporary, serving(Path(temporary)) as server:
                use_provider(server)
                _pages(Camera(browser, server, arguments), looks, PAGES, "organization")
        if stages & {"running", "console"}:
            with tempfile.TemporaryDirectory() as temporary:
                folder = arguments.data or Path(temporary)
                _of_console(browser, arguments, looks, folder, "running" in stages)
        browser.close()
    return 0


def _with_passwords(camera: Camera, looks: list[Look], templates: Path | None) -> None:
    """The pictures of a server with accounts of its own."""
    with camera.context(Look((1440, 900), "light", "en")) as context:
        team_arn = sign_in(camera.server, context)
        enter_console(camera.server, context)
        camera.cookies = context.storage_state()
    _pages(camera, looks, [*PAGES, *CONSOLE_PAGES], "before")
    are_listed = any(page.stage == "" and camera.wants(page.name) for page in PAGES)
    jobs = create_jobs(camera.server, team_arn, templates, lambda name: are_listed or camera.wants(name))
    _pages(camera, looks, PAGES, "")
    for look, job in itertools.product(looks, filter(camera.wants, jobs)):
        _task(camera, look, job)


def _of_console(
    browser: Browser, arguments: argparse.Namespace, looks: list[Look], folder: Path, runs: bool
) -> None:
    """The pictures of the console, on a server whose data are in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    run_demo(folder)
    with serving(folder) as server:
        camera = Camera(browser, server, arguments)
        with camera.context(Look((1440, 900), "light", "en")) as context:
            enter_console(server, context)
            camera.cookies = context.storage_state()
        fill_console(server)
        if runs:
            start_running(server)
            _pages(camera, looks, CONSOLE_PAGES, "running")
            stop_running(server)
        _pages(camera, looks, CONSOLE_PAGES, "console")


def _pages(camera: Camera, looks: list[Look], pages: Sequence[PicturePage], stage: str) -> None:
    wanted = [each for each in pages if each.stage == stage and camera.wants(each.name)]
    for look, signed_in in itertools.product(looks, (True, False)):
        if not any(each.signed_in == signed_in for each in wanted):
            continue
        with camera.context(look, signed_in=signed_in) as context:
            for each in wanted:
                if each.signed_in == signed_in:
                    _picture(camera, look, each, context)


def _picture(camera: Camera, look: Look, page: PicturePage, context: BrowserContext) -> None:
    opened = context.new_page()
    opened.on("pageerror", lambda error: print(f"{page.name}.{look}: {error}", flush=True))
    try:
        page.open(opened, camera.server.url)
        camera.take(opened, look, page.name)
    except Error as error:
        print(f"no picture of {page.name}.{look}: {str(error).splitlines()[0]}", flush=True)
    opened.close()


def _task(camera: Camera, look: Look, job: str) -> None:
    """Two pictures of a task: as it begins, and filled in."""
    with camera.context(look) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: print(f"{job}.{look}: {error}", flush=True))
        try:
            page.goto(f"{camera.server.url}/portal/jobs/{job}/work")
            element = page.wait_for_selector("iframe:not(.is-loading)")
            frame = element.content_frame() if element is not None else None
            assert frame is not None, "an iframe has a frame"
            page.wait_for_timeout(500)
            camera.take(page, look, job)
            fill(page, frame)
            page.wait_for_timeout(200)
            camera.take(page, look, f"{job}-filled")
        except Error as error:
            print(f"no picture of {job}.{look}: {str(error).splitlines()[0]}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take pictures of the portal and of every element.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--sizes", default="1440x900,1024x768,820x1180,390x844")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--languages", default="en,ko")
    parser.add_argument(
        "--only", default="", help="only pictures with one of these texts in their names: a,b"
    )
    parser.add_argument("--ratio", type=float, default=1, help="device pixels per CSS pixel")
    parser.add_argument("--forced-colors", action="store_true")
    parser.add_argument("--axe", action="store_true", help="list what axe finds, too")
    parser.add_argument(
        "--data", type=Path, help="a folder that keeps what the console shows for the next run"
    )
    parser.add_argument("--templates", type=Path, help="a folder with further task templates")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    sys.exit(main())
