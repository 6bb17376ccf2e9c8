"""Custom elements on a page of their own, without a frame around them, and their accessibility checked by axe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Frame, Page

from helpers.crowd_pages import Response, bundle, serve

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@contextmanager
def open_elements(page: Page, body: str, files: Mapping[str, Response] | None = None) -> Iterator[Page]:
    """Opens a page with these elements and waits until they are rendered.

    The page counts events: `count("change")` starts, `window.counts.change` is the number so far.
    """
    document = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Elements</title>
      <script src="/crowd-html-elements.js"></script>
      <script>
        window.counts = {{}};
        function count(type) {{
          counts[type] = 0;
          document.addEventListener(type, () => counts[type] += 1);
        }}
        document.addEventListener("all-crowd-elements-ready", () => window.areReady = true);
      </script>
      <body>{body}</body></html>"""
    responses = {
        "/page": Response(document.encode(), "text/html"),
        **bundle(),
        **(files or {}),
    }
    with serve(responses) as base_url:
        page.goto(f"{base_url}/page")
        page.wait_for_function("window.areReady === true")
        yield page


def assert_accessible(view: Page | Frame) -> None:
    """Fails with axe's words when something visible breaks a rule of WCAG 2.2, levels A and AA."""
    view.evaluate(AXE.read_text())
    violations = view.evaluate(
        """async tags => {
             const { violations } = await axe.run(document, { runOnly: tags });
             return violations.map(({ id, help, nodes }) =>
               `${id}: ${help}: ${nodes.map(node => node.target.flat().join(" ")).join(", ")}`);
           }""",
        WCAG,
    )
    assert not violations, "\n".join(violations)
