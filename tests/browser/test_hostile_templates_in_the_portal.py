"""Templates that work against their worker: the page around them stays usable, and the task can be declined."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from helpers.desk import Desk
from helpers.portal import BUCKET, TEMPLATE
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser

FLOOD = """<script>
  const {port1, port2} = new MessageChannel();
  port1.onmessage = () => {
    for (let i = 0; i < 200; i++) parent.postMessage("x".repeat(1000), "*");
    port2.postMessage(0);
  };
  setTimeout(() => port2.postMessage(0), 1000);
</script>"""
HOSTILE = {
    "endless-loop": "<script>setTimeout(() => { for (;;); }, 1000)</script>",
    "flood": FLOOD,
    "cover": "<div style='position: fixed; inset: 0; z-index: 2147483647; background: red'></div>",
}


def test_a_task_with_a_hostile_template_can_be_declined(desk: Desk, server: PortalServer) -> None:
    portal, page = server.portal, desk.page
    portal.objects.create_bucket(BUCKET)
    for name, added in HOSTILE.items():
        template = TEMPLATE.replace("</crowd-form>", f"</crowd-form>{added}")
        portal.objects.put(BUCKET, f"{name}.liquid", template.encode())
        portal.open_job(name, images=1, template_uri=f"s3://{BUCKET}/{name}.liquid")
        page.goto(server.entry_url(f"/portal/jobs/{name}/work"), wait_until="commit")
        expect(page.locator("iframe:not(.is-loading)")).to_be_visible()
        if name == "flood":
            expect(page.get_by_role("heading", name="This task was stopped")).to_be_visible()
        else:
            page.wait_for_timeout(1500)  # the template acts after a second
        page.get_by_role("button", name="Decline task").click()
        page.locator("dialog").get_by_role("button", name="Decline").click()
        expect(page.get_by_role("heading", name="All done for now")).to_be_visible()
