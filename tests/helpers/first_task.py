"""The first task of a new job in the portal, with the template that a job gets when it names none, and its output."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Frame, Page, expect

from helpers.portal import BUCKET
from helpers.portal_server import PortalServer

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"


def begin(
    page: Page,
    server: PortalServer,
    task_type: str,
    line: dict[str, Any],
    names: tuple[str, ...] = ("good", "bad"),
) -> Frame:
    """The frame of the only task of a new job with these labels."""
    objects = server.portal.objects
    labels = {"labels": [{"label": name} for name in names]}
    if not objects.bucket_exists(BUCKET):
        objects.create_bucket(BUCKET)
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
    while server.portal.reconciler.run_due():
        pass  # until its tasks are there
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
