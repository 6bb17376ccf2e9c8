"""Classifying and verifying in the portal, with the templates that jobs get when they name none."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from helpers.first_task import begin, label
from helpers.portal import BUCKET
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser

TEXT = "<b>not bold</b> & “quoted”\n\nשלום 🙂 " + "word " * 3990


def test_a_long_text_is_read_and_classified(browser_page: Page, server: PortalServer) -> None:
    frame = begin(browser_page, server, "TextMultiClassMultiLabel", {"source": TEXT})
    target = frame.locator("classification-target")
    assert target.evaluate("element => element.textContent") == TEXT
    area = frame.locator(".target")
    assert area.evaluate("element => element.scrollHeight > element.clientHeight")
    browser_page.keyboard.press("2")  # the keyboard alone suffices
    browser_page.keyboard.press("?")
    expect(frame.get_by_role("dialog", name="Keyboard and mouse")).to_be_visible()
    browser_page.keyboard.press("Escape")
    browser_page.keyboard.press("1")
    browser_page.keyboard.press("Enter")
    assert label(browser_page, server)["found"] == [0, 1]


def test_the_mask_of_an_earlier_job_is_shown_and_verified(browser_page: Page, server: PortalServer) -> None:
    objects = server.portal.objects
    objects.create_bucket(BUCKET)
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
    frame.get_by_role("button", name="Add a comment").press("Enter")
    expect(frame.get_by_role("textbox", name="Add a comment")).to_be_focused()
    browser_page.keyboard.type("the edge is wrong")
    frame.get_by_role("radio", name="good").press("ArrowDown")
    browser_page.keyboard.press("Space")
    browser_page.keyboard.press("Control+Enter")
    found = label(browser_page, server)
    assert found["found"] == 1 and found["mask-ref"] == line["mask-ref"]
    assert found["found-metadata"]["worker-feedback"] == [{"comment": "the edge is wrong"}]
