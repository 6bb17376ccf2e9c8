"""Masks painted and corrected in the portal, with the templates that jobs get when they name none."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Frame, Page, expect

from helpers.mask_tasks import scene
from helpers.portal import BUCKET
from helpers.portal_server import PortalServer
from trigpoint.records.labels.masks import read_mask

pytestmark = pytest.mark.browser

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
LABELS = ["it's a road", "car"]


def test_a_mask_painted_in_the_portal_is_the_jobs_label_and_is_corrected_in_the_next_job(
    browser_page: Page, server: PortalServer
) -> None:
    objects = server.portal.objects
    objects.create_bucket(BUCKET)
    picture = io.BytesIO()
    scene().save(picture, "PNG")
    objects.put(BUCKET, "a.png", picture.getvalue(), content_type="image/png")
    objects.put(BUCKET, "labels.json", json.dumps({"labels": [{"label": name} for name in LABELS]}).encode())

    frame = begin(
        browser_page, server, "painting", "SemanticSegmentation", {"source-ref": f"s3://{BUCKET}/a.png"}
    )
    browser_page.keyboard.press("r")
    drag(browser_page, frame, (0, 400), (800, 600))
    browser_page.keyboard.press("2")
    drag(browser_page, frame, (250, 350), (450, 450))
    frame.get_by_role("button", name="Submit").click()
    painted = output(browser_page, server, "painting")
    expected = Image.new("L", (800, 600))
    expected.paste(1, (0, 400, 800, 600))
    expected.paste(2, (250, 350, 450, 450))
    assert pixels(server, painted["painting-ref"]) == expected.tobytes()

    # The next job shows this mask, and what is left of it after a correction is its label.
    frame = begin(browser_page, server, "correcting", "AdjustmentSemanticSegmentation", painted)
    expect(frame.locator(".shape.region")).to_have_count(2)
    browser_page.keyboard.press("r")
    browser_page.keyboard.press("1")
    drag(browser_page, frame, (250, 400), (350, 450))
    frame.get_by_role("button", name="Submit").click()
    corrected = output(browser_page, server, "correcting")
    expected.paste(1, (250, 400, 350, 450))
    assert pixels(server, corrected["correcting-ref"]) == expected.tobytes()
    assert corrected["correcting-ref-metadata"]["adjustment-status"] == "adjusted"


def begin(page: Page, server: PortalServer, name: str, task_type: str, line: dict[str, Any]) -> Frame:
    """The frame of the only task of a new job, once its image is shown."""
    server.portal.objects.put(BUCKET, f"{name}.manifest", json.dumps(line).encode())
    server.portal.open_job(
        name,
        label_attribute=f"{name}-ref",
        manifest_uri=f"s3://{BUCKET}/{name}.manifest",
        label_categories_uri=f"s3://{BUCKET}/labels.json",
        template_uri=None,
        pre_function_arn=f"{FUNCTION}:PRE-{task_type}",
        consolidation_function_arn=f"{FUNCTION}:ACS-{task_type}",
    )
    page.goto(server.entry_url(f"/portal/jobs/{name}/work"))
    handle = page.wait_for_selector("iframe:not(.is-loading)")
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_function(
        """() => document.querySelector('crowd-semantic-segmentation')?.shadowRoot
             .querySelector('tp-image-stage')?.phase === 'ready'"""
    )
    frame.locator(".mask-controls").wait_for()
    return frame


def drag(page: Page, frame: Frame, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drags from one point of the image to another."""
    element = frame.frame_element().bounding_box()
    assert element is not None
    left, top, width, height = frame.evaluate(
        """() => {
          const stage = document.querySelector("crowd-semantic-segmentation").shadowRoot.querySelector("tp-image-stage");
          const box = stage.shadowRoot.querySelector("img").getBoundingClientRect();
          return [box.left, box.top, box.width, box.height];
        }"""
    )

    def at(x: float, y: float) -> tuple[float, float]:
        return element["x"] + left + x * width / 800, element["y"] + top + y * height / 600

    page.mouse.move(*at(*start))
    page.mouse.down()
    page.mouse.move(*at(*end), steps=3)
    page.mouse.up()


def output(page: Page, server: PortalServer, name: str) -> dict[str, Any]:
    """The output line of the job, after its task was submitted."""
    expect(page.get_by_role("heading", name="All done for now")).to_be_visible()
    while server.portal.reconciler.run_due():
        pass
    content = server.portal.objects.get(BUCKET, f"{name}/out/{name}/manifests/output/output.manifest")
    line: dict[str, Any] = json.loads(content)
    return line


def pixels(server: PortalServer, uri: str) -> bytes:
    """The class number of each pixel of a mask."""
    return read_mask(server.portal.objects.get(BUCKET, uri.removeprefix(f"s3://{BUCKET}/")))[1]
