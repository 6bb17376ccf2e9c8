"""Classifying and verifying in the portal, with the templates that jobs get when they name none."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Frame, Page, expect

from helpers.portal import BUCKET
from helpers.portal_server import PortalServer, serve_portal
from trigpoint.db import Database
from trigpoint.settings import Settings

pytestmark = pytest.mark.browser

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
TEXT = "<b>not bold</b> & “quoted”\n\nשלום 🙂 " + "word " * 3990


@pytest.fixture
def server(sqlite_database: Database, settings: Settings) -> Iterator[PortalServer]:
    settings.data_dir.mkdir()
    with serve_portal(sqlite_database, settings) as server:
        server.portal.objects.create_bucket(BUCKET)
        yield server


def begin(page: Page, server: PortalServer, task_type: str, line: dict[str, Any]) -> Frame:
    """The frame of the only task of a new job with the labels good and bad."""
    objects = server.portal.objects
    labels = {"labels": [{"label": "good"}, {"label": "bad"}]}
    objects.put(BUCKET, "categories.json", json.dumps(labels).encode())
    objects.put(BUCKET, "line.manifest", json.dumps(line).encode())
    server.portal.open_job(
        "choices",
        label_attribute="found",
        manifest_uri=f"s3://{BUCKET}/line.manifest",
        label_categories_uri=f"s3://{BUCKET}/categories.json",
        template_uri=None,
        pre_function_arn=f"{FUNCTION}:PRE-{task_type}",
        consolidation_function_arn=f"{FUNCTION}:ACS-{task_type}",
    )
    page.goto(server.entry_url("/portal/jobs/choices/work"))
    handle = page.wait_for_selector("iframe:not(.is-loading)")
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


def label(page: Page, server: PortalServer) -> dict[str, Any]:
    """The output line of the job, after its task was submitted."""
    expect(page.get_by_role("heading", name="All done for now")).to_be_visible()
    while server.portal.reconciler.run_due():
        pass
    content = server.portal.objects.get(BUCKET, "choices/out/choices/manifests/output/output.manifest")
    found: dict[str, Any] = json.loads(content)
    return found


def test_a_long_text_is_read_and_classified(browser_page: Page, server: PortalServer) -> None:
    frame = begin(browser_page, server, "TextMultiClassMultiLabel", {"source": TEXT})
    target = frame.locator("classification-target")
    assert target.evaluate("element => element.textContent") == TEXT
    area = frame.locator(".target")
    assert area.evaluate("element => element.scrollHeight > element.clientHeight")
    frame.get_by_role("checkbox", name="bad").click()
    frame.get_by_role("checkbox", name="good").click()
    frame.get_by_role("button", name="Submit").click()
    assert label(browser_page, server)["found"] == [0, 1]


def test_the_mask_of_an_earlier_job_is_shown_and_verified(browser_page: Page, server: PortalServer) -> None:
    objects = server.portal.objects
    mask = Image.new("P", (400, 300), 1)
    mask.putpalette([255, 255, 255, 0x2C, 0xA0, 0x2C])
    for name, image in (("a.png", Image.new("RGB", (400, 300), "#678")), ("mask.png", mask)):
        file = io.BytesIO()
        image.save(file, "PNG")
        objects.put(BUCKET, name, file.getvalue(), content_type="image/png")
    colors = {
        "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff"},
        "1": {"class-name": "it's a road", "hex-color": "#2ca02c"},
    }
    metadata = {"type": "groundtruth/semantic-segmentation", "internal-color-map": colors}
    line = {"source-ref": f"s3://{BUCKET}/a.png", "mask-ref": f"s3://{BUCKET}/mask.png"}
    line_with_mask = {**line, "mask-ref-metadata": metadata}
    frame = begin(browser_page, server, "VerificationSemanticSegmentation", line_with_mask)
    canvas = frame.locator("canvas")
    expect(canvas).to_be_visible()
    pixel = canvas.evaluate("canvas => [...canvas.getContext('2d').getImageData(200, 150, 1, 1).data]")
    assert pixel[3] > 0 and pixel[1] > max(pixel[0], pixel[2]), "green, and not transparent"
    expect(frame.locator(".legend li")).to_have_text("it's a road")
    frame.get_by_role("button", name="Add a comment").click()
    frame.get_by_role("textbox", name="Add a comment").fill("the edge is wrong")
    frame.get_by_role("radio", name="bad").click()
    frame.get_by_role("button", name="Submit").click()
    found = label(browser_page, server)
    assert found["found"] == 1 and found["mask-ref"] == line["mask-ref"]
    assert found["found-metadata"]["worker-feedback"] == [{"comment": "the edge is wrong"}]
