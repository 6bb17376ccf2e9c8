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
ODD = """<script>
  const send = (type, more) => parent.postMessage({source: "trigpoint", type, ...more}, "*");
  const ring = {}; ring.itself = ring;
  let deep = []; for (let i = 0; i < 2000; i++) deep = [deep];
  setTimeout(() => {
    for (const odd of [ring, 10n, new Map([[1, ring]]), deep, "text", undefined])
      for (const type of ["change", "state", "submit", "propose", "preferences", "page", "__proto__"])
        send(type, {state: odd, answer: odd, pointing: odd, field: {toString: 1}, preferences: odd});
    send("preferences", {field: "*", preferences: {keys: {submit: ["U"]}, boundingBox: {label: "cat"}}});
    for (const odd of [null, undefined, 1n, ring, [ring], "trigpoint", new ArrayBuffer(8)]) parent.postMessage(odd, "*");
    const many = document.createDocumentFragment();
    for (let i = 0; i < 100_000; i++) many.append(document.createElement("i"));
    document.body.append(many);
  }, 500);
</script>"""
HOSTILE = {
    "odd": ODD,
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
