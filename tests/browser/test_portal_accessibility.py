"""The pages of the portal meet all rules of WCAG 2.2, levels A and AA, that axe checks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.chromium import open_page
from helpers.elements import assert_accessible
from helpers.portal import BUCKET, TEMPLATE
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser


def test_the_sign_in_page_the_empty_job_list_and_the_password_page_are_accessible(
    server: PortalServer, browser_page: Page
) -> None:
    browser_page.goto(f"{server.url}/portal/sign-in")
    assert_accessible(browser_page)
    browser_page.goto(server.entry_url())
    expect(browser_page.get_by_role("heading", name="No jobs for you yet")).to_be_visible()
    assert_accessible(browser_page)
    browser_page.goto(f"{server.url}/portal/password")
    assert_accessible(browser_page)


def test_the_job_list_the_task_page_and_its_dialogs_are_accessible(
    server: PortalServer, browser_page: Page
) -> None:
    server.portal.open_job(images=1)
    browser_page.goto(server.entry_url())
    assert_accessible(browser_page)
    browser_page.get_by_role("link", name="Start working").click()
    browser_page.wait_for_selector("iframe:not(.is-loading)")
    assert_accessible(browser_page)
    browser_page.get_by_role("button", name="Release task").click()
    expect(browser_page.get_by_role("dialog")).to_be_visible()
    assert_accessible(browser_page)


def test_dark_pages_are_accessible_and_a_template_with_colours_of_its_own_stays_light(
    server: PortalServer, chromium: Browser
) -> None:
    server.portal.open_job(images=1)
    with open_page(chromium, color_scheme="dark", viewport={"width": 1440, "height": 900}) as page:
        page.goto(f"{server.url}/portal/sign-in")
        assert_accessible(page)
        page.goto(server.entry_url())
        page.locator("details.menu summary").click()
        assert_accessible(page)
        page.get_by_role("link", name="Start working").click()
        handle = page.wait_for_selector("iframe:not(.is-loading)")
        frame = None if handle is None else handle.content_frame()
        assert frame is not None
        dark = frame.evaluate("getComputedStyle(document.body).backgroundColor")
        assert_accessible(page)
        page.get_by_role("button", name="Release task").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert_accessible(page)
        styled = f"<style>p {{ color: #222 }}</style>{TEMPLATE}"
        server.portal.objects.put(BUCKET, "styled.liquid", styled.encode())
        server.portal.open_job("styled", images=1, template_uri=f"s3://{BUCKET}/styled.liquid")
        page.goto(f"{server.url}/portal/jobs/styled/work")
        handle = page.wait_for_selector("iframe:not(.is-loading)")
        frame = None if handle is None else handle.content_frame()
        assert frame is not None
        assert frame.evaluate("getComputedStyle(document.body).backgroundColor") != dark
