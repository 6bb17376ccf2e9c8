"""`trigpoint template preview` shows a template with a data object, and the answer that Submit would send."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, bundle, serve
from helpers.photos import photo

TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <img alt="" src="{{ task.input.source-ref | grant_read_access }}">
  <crowd-inputt></crowd-inputt>
  <crowd-input name="caption" value="{{ task.input.captoin }}{{ task.input.caption }}"></crowd-input>
</crowd-form>"""


def test_a_template_is_previewed_with_the_answer_it_would_send(browser_page: Page, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo(1))
    (tmp_path / "caption.html").write_text(TEMPLATE)
    line = {"source-ref": "photo.jpg", "caption": "A <street>"}
    (tmp_path / "input.manifest").write_text(
        json.dumps({"source-ref": "other.jpg"}) + "\n" + json.dumps(line)
    )
    command = [sys.executable, "-m", "trigpoint", "template", "preview", "caption.html", "--no-browser"]
    running = subprocess.Popen(
        [*command, "--input", "input.manifest:2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
    )
    try:
        assert running.stdout is not None
        browser_page.goto(running.stdout.readline().strip())
        expect(browser_page.locator("li")).to_have_text(
            [
                "line 4: there is no element <crowd-inputt>; did you mean <crowd-input>?",
                "line 5: task.input has no 'captoin', so it is empty; did you mean 'caption'?",
            ]
        )
        frame = browser_page.frame_locator("iframe")
        expect(frame.locator("img")).to_have_js_property("naturalWidth", 60)
        (tmp_path / "caption.html").write_text(TEMPLATE.replace("<crowd-inputt></crowd-inputt>", ""))
        browser_page.get_by_role("button", name="Render again").click()
        expect(browser_page.locator("li")).to_have_count(1)
        frame.get_by_role("button", name="Submit").click()
        expect(browser_page.locator("#answer")).to_have_text('{\n  "caption": "A <street>"\n}')
    finally:
        running.terminate()
        running.communicate(timeout=30)


def test_a_rendered_page_shows_its_answer_also_in_a_frame_of_another_page(
    browser_page: Page, tmp_path: Path
) -> None:
    (tmp_path / "caption.html").write_text(TEMPLATE.replace("<crowd-inputt></crowd-inputt>", ""))
    with serve({f"/static{path}": each for path, each in bundle().items()}) as server:
        command = ["template", "preview", "caption.html", "--input", '{"caption": "A street"}', "--output"]
        subprocess.run(
            [sys.executable, "-m", "trigpoint", *command, "page.html", "--server", server],
            cwd=tmp_path,
            check=True,
        )
        html = Response((tmp_path / "page.html").read_bytes(), "text/html")
        around = Response(b"<!doctype html><iframe src=/page width=900 height=700></iframe>", "text/html")
        with serve({"/page": html, "/": around}) as elsewhere:
            for place in ("/page", "/"):
                browser_page.goto(elsewhere + place)
                frame = browser_page.frames[-1]
                frame.get_by_role("button", name="Submit").click()
                expect(frame.locator("tp-dialog.preview pre")).to_have_text('{\n  "caption": "A street"\n}')
                frame.get_by_role("button", name="Close").click()
                expect(frame.get_by_role("button", name="Submit")).to_be_enabled()
