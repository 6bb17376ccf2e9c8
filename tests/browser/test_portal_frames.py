"""What a template may do in the frame of a task, in the sandbox and on a host of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page, expect

from helpers.portal import BUCKET
from helpers.portal_server import PortalServer, serve_portal
from trigpoint.db import Database
from trigpoint.settings import Settings

pytestmark = pytest.mark.browser

TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <a href="/static/portal.css" target="_blank">Open the site</a>
  <a href="data:text/plain,x" download="notes.txt">Download</a>
  <button type="button" onclick="document.title = String(confirm('Sure?'))">Ask</button>
  <crowd-bounding-box name="boundingBox" src="{{ task.input.taskObject | grant_read_access }}" header="Boxes"
    labels="['car']"><short-instructions>-</short-instructions><full-instructions header="-">-</full-instructions>
  </crowd-bounding-box>
  <iframe id="document" src="{{ 's3://portal-pictures/doc.pdf' | grant_read_access }}"></iframe>
</crowd-form>"""
PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


@pytest.fixture(params=["sandbox", "own host"])
def frame(
    request: pytest.FixtureRequest, sqlite_database: Database, settings: Settings, browser_page: Page
) -> Iterator[Frame]:
    settings.data_dir.mkdir()
    with serve_portal(sqlite_database, settings, own_frame_host=request.param == "own host") as server:
        yield open_frame(browser_page, server)


def open_frame(page: Page, server: PortalServer) -> Frame:
    portal = server.portal
    portal.objects.create_bucket(BUCKET)
    portal.objects.put(BUCKET, "doc.pdf", PDF, content_type="application/pdf")
    portal.objects.put(BUCKET, "links.liquid", TEMPLATE.encode())
    portal.open_job(images=1, template_uri=f"s3://{BUCKET}/links.liquid")
    page.goto(server.entry_url("/portal/jobs/boxes-1/work"))
    handle = page.wait_for_selector("iframe:not(.is-loading)")
    assert handle is not None
    found = handle.content_frame()
    assert found is not None
    return found


def test_links_open_tabs_dialogs_ask_and_files_are_downloaded(frame: Frame) -> None:
    page = frame.page
    with page.context.expect_page() as opened:
        frame.get_by_text("Open the site").click()
    assert opened.value.evaluate("typeof localStorage") == "object", "the tab is not sandboxed"
    opened.value.close()
    page.bring_to_front()  # a page in the background shows no dialog
    page.once("dialog", lambda dialog: dialog.accept())
    frame.get_by_role("button", name="Ask").click()
    frame.wait_for_function("document.title === 'true'")
    with page.expect_download() as download:
        frame.get_by_text("Download").click()
    assert download.value.suggested_filename == "notes.txt"


def test_a_frame_cannot_reach_the_portal_and_the_task_can_be_submitted(frame: Frame) -> None:
    reached = frame.evaluate(
        """async () => {
          try { return parent.document.title; } catch (problem) { return problem.name; }
        }"""
    )
    assert reached == "SecurityError"
    is_own = frame.url.startswith("http://localhost:")
    cookies = frame.evaluate("(() => { try { return document.cookie; } catch { return 'none'; } })()")
    assert cookies == ("" if is_own else "none")
    frame.wait_for_function(
        """() => document.querySelector('crowd-bounding-box')?.shadowRoot
             .querySelector('tp-image-stage')?.phase === 'ready'"""
    )
    frame.evaluate(
        """() => document.querySelector("crowd-form").restoreState({version: 1, fields: [{name: "boundingBox",
             state: {boxes: [{label: "car", left: 1, top: 2, width: 30, height: 40}], nothingToLabel: false}}]})"""
    )
    frame.evaluate("document.querySelector('crowd-form').submit()")
    expect(frame.page.get_by_role("heading", name="All done for now")).to_be_visible()


def test_only_on_its_own_host_a_frame_has_an_origin_and_shows_pdf_documents(frame: Frame) -> None:
    is_own = frame.url.startswith("http://localhost:")
    assert (frame.evaluate("self.origin") != "null") is is_own
    handle = frame.wait_for_selector("#document")
    assert handle is not None
    document = handle.content_frame()
    assert document is not None
    document.wait_for_load_state()
    assert ("doc.pdf" in document.url) is is_own
