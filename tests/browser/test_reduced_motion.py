"""Who asks the system for less motion gets none: no transitions, and slow signs of work under way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from helpers.chromium import open_page
from helpers.portal import BUCKET, TEMPLATE
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser

MOVING = """() => {
  const found = new Set();
  const seconds = text => text.split(",").map(part => part.trim().endsWith("ms") ? parseFloat(part) / 1000 : parseFloat(part));
  const look = (element, part) => {
    const style = getComputedStyle(element, part);
    const name = `${element.localName}.${element.className}${part ?? ""}`;
    if (seconds(style.transitionDuration).some(each => each > 0)) found.add(`${name}: transition ${style.transitionDuration}`);
    const times = seconds(style.animationDuration);
    if (style.animationName !== "none" && times.some(each => each > 0 && each < 2)) found.add(`${name}: animation ${style.animationName}`);
    if (style.scrollBehavior === "smooth") found.add(`${name}: scrolls smoothly`);
  };
  const visit = root => {
    for (const element of root.querySelectorAll("*")) {
      for (const part of [null, "::before", "::after"]) look(element, part);
      if (element.shadowRoot !== null) visit(element.shadowRoot);
    }
  };
  visit(document);
  return [...found];
}"""
MORE = """<crowd-button loading>Wait</crowd-button><crowd-toggle-button name="t"></crowd-toggle-button>
  <crowd-slider name="s"></crowd-slider><crowd-tabs><crowd-tab header="A">a</crowd-tab></crowd-tabs></crowd-form>"""


def test_nothing_moves_on_the_pages_and_in_a_task(server: PortalServer, chromium: Browser) -> None:
    server.portal.open_job(images=1)
    template = TEMPLATE.replace("</crowd-form>", MORE)
    server.portal.objects.put(BUCKET, "more.liquid", template.encode())
    server.portal.open_job("more", images=1, template_uri=f"s3://{BUCKET}/more.liquid")
    with open_page(chromium, reduced_motion="reduce") as page:
        page.goto(f"{server.url}/portal/sign-in")
        assert page.evaluate(MOVING) == []
        page.goto(server.entry_url())
        assert page.evaluate(MOVING) == []
        page.goto(f"{server.url}/portal/jobs/more/work")
        handle = page.wait_for_selector("iframe:not(.is-loading)")
        frame = None if handle is None else handle.content_frame()
        assert frame is not None
        assert frame.locator("crowd-button .spinner").count() == 1, "a sign of work is still there"
        assert page.evaluate(MOVING) + frame.evaluate(MOVING) == []
