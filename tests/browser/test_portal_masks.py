"""Masks painted and corrected in the portal, with the templates that jobs get when they name none."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Frame, Page, expect

from helpers.mask_model import documented_model, model_at
from helpers.mask_tasks import scene
from helpers.portal import BUCKET
from helpers.portal_server import PortalServer, serve_portal
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.records.labels.masks import read_mask
from trigpoint.settings import Settings

pytestmark = pytest.mark.browser

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
LABELS = ["it's a road", "car"]


def test_a_mask_painted_in_the_portal_is_the_jobs_label_and_is_corrected_in_the_next_job(
    browser_page: Page, server: PortalServer
) -> None:
    put_scene(server)
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


def test_the_operators_model_proposes_a_mask_and_the_colours_do_when_it_is_away(
    browser_page: Page, sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    asked: list[bytes] = []
    settings.data_dir.mkdir()
    with documented_model(tmp_path) as url:
        model = model_at(url)

        def predict(body: bytes) -> bytes:
            asked.append(body)
            if len(asked) > 1:
                raise Invalid("the model is away")
            return model(body)

        with serve_portal(sqlite_database, settings, predict=predict) as server:
            put_scene(server)
            line = {"source-ref": f"s3://{BUCKET}/a.png"}
            frame = begin(browser_page, server, "proposing", "SemanticSegmentation", line)
            browser_page.keyboard.press("a")
            expect(frame.get_by_role("checkbox", name="Model")).to_be_checked()
            drag(browser_page, frame, (240, 140), (470, 420))
            frame.get_by_role("button", name="Paint it").click()
            value = frame.evaluate("document.querySelector('crowd-semantic-segmentation').value")
            painted = Image.open(io.BytesIO(base64.b64decode(value["labeledImage"]["pngImageData"])))
            disc = sum(
                count
                for count, colour in painted.convert("RGB").getcolors() or []
                if colour != (255, 255, 255)
            )
            assert len(asked) == 1
            assert abs(disc - 30_159) < 1500, "the red disc without the dark ring in it"

            drag(browser_page, frame, (230, 130), (470, 370))
            expect(frame.locator("tp-image-stage").get_by_text("The model gave no proposal.")).to_be_visible()
            expect(frame.get_by_role("button", name="Paint it")).to_be_visible()
            assert len(asked) == 2


def put_scene(server: PortalServer) -> None:
    """The picture and the labels of all jobs."""
    objects = server.portal.objects
    objects.create_bucket(BUCKET)
    picture = io.BytesIO()
    scene().save(picture, "PNG")
    objects.put(BUCKET, "a.png", picture.getvalue(), content_type="image/png")
    objects.put(BUCKET, "labels.json", json.dumps({"labels": [{"label": name} for name in LABELS]}).encode())


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
