"""Training and hosting in the console in a browser, on a real server: from the form of a job to boxes on a dropped image."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.cast import PASSWORD
from helpers.chromium import open_page
from helpers.elements import assert_accessible
from helpers.labeling_world import jpeg_with_box
from helpers.server_process import ServerProcess, run_command
from helpers.training_world import BUCKET, IMAGES, put_dataset

pytestmark = pytest.mark.browser

RUN_MS = 120_000
"""A training and the start of an endpoint, on a busy machine."""
DROP = """image => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(image), each => each.charCodeAt(0))], "street.jpg", { type: "image/jpeg" }));
  return data;
}"""


def test_a_job_runs_before_the_eyes_and_its_model_finds_boxes_on_a_dropped_image(
    tmp_path: Path, chromium: Browser
) -> None:
    with (
        ServerProcess(tmp_path / "data").start() as server,
        open_page(chromium, viewport={"width": 1440, "height": 900}) as page,
    ):
        put_dataset(server)
        _enter(page, server)
        _create_training(page, server)
        _watch(page, "Completed")
        expect(page.locator("[data-part=curves] figure").first).to_be_visible()
        assert_accessible(page)

        page.get_by_role("button", name="Deploy").click()
        page.get_by_role("dialog").get_by_role("button", name="Deploy").click()
        expect(page.get_by_text("The endpoint street starts.")).to_be_visible()
        _watch(page, "In service")
        expect(page.get_by_text("Drop an image here")).to_be_visible()
        image = base64.b64encode(jpeg_with_box((20, 15, 70, 50))).decode()
        page.dispatch_event(".drop", "drop", {"dataTransfer": page.evaluate_handle(DROP, image)})
        expect(page.get_by_alt_text("street.jpg")).to_be_visible()
        expect(page.locator(".try-picture .box")).not_to_have_count(0)
        page.get_by_label("Show from score").fill("0")
        expect(page.locator(".try-picture .box.is-below")).to_have_count(0)
        assert_accessible(page)

        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete endpoint").click()
        expect(page.get_by_role("heading", name="Endpoints")).to_be_visible()
        expect(page.get_by_text("No endpoints yet")).to_be_visible(timeout=RUN_MS)


def _enter(page: Page, server: ServerProcess) -> None:
    """Chooses the password of the first administrator, and signs in."""
    printed = run_command("person", "reset", "admin", "--data", str(server.data_dir)).stdout
    link = re.search(r"Link: +(\S+)", printed)
    assert link is not None, printed
    page.goto(link[1])
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Save password").click()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible()


def _create_training(page: Page, server: ServerProcess) -> None:
    """Fills in the long form; the manifest and its attributes are in the address, as a page about it links here."""
    query = f"algorithm=object-detection&input=s3://{BUCKET}/train.manifest&attribute=boxes"
    page.goto(f"{server.url}/console/training-jobs/create?{query}")
    texts = {
        "name": "street",
        "output": f"s3://{BUCKET}/models",
        "hp_num_classes": "1",
        "hp_num_training_samples": str(IMAGES),
        "hp_epochs": "2",
        "hp_mini_batch_size": "2",
    }
    for name, text in texts.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_label("base_network").select_option("resnet-10")
    page.get_by_label("use_pretrained_model").select_option(label="No")
    assert_accessible(page)
    page.get_by_role("button", name="Create training job").click()
    expect(page.get_by_text("The training job street starts.")).to_be_visible()


def _watch(page: Page, status: str) -> None:
    """Waits until the open page shows the status, without being loaded again."""
    page.evaluate("globalThis.isTheSamePage = true")
    expect(page.locator("h1 + span").get_by_text(status)).to_be_visible(timeout=RUN_MS)
    assert page.evaluate("globalThis.isTheSamePage")
