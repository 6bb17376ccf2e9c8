"""The pages of the portal meet all rules of WCAG 2.2, levels A and AA, that axe checks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.chromium import open_page
from helpers.elements import assert_accessible
from helpers.portal import BUCKET, TEMPLATE
from helpers.portal_server import PortalServer, serve_portal
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.workforce.people import OidcConfig

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


def test_pages_of_mail_of_an_identity_provider_and_of_errors_are_accessible(
    sqlite_database: Database, settings: Settings, browser_page: Page
) -> None:
    settings.data_dir.mkdir()
    with serve_portal(
        sqlite_database, replace(settings, smtp_url="smtp://127.0.0.1:9", mail_from="labels@example.com")
    ) as server:

        def check(path: str, heading: str, status: int = 200) -> None:
            response = browser_page.goto(f"{server.url}{path}")
            assert response is not None and response.status == status
            expect(browser_page.get_by_role("heading", name=heading).first).to_be_visible()
            assert_accessible(browser_page)

        check("/portal/forgot", "Forgotten password")
        check("/portal/reset?token=wrong", "Choose your password", 403)
        check("/portal/nowhere", "", 404)
        browser_page.goto(server.entry_url())
        check("/portal/notices", "Mail about jobs")
        browser_page.context.clear_cookies()
        people, provider = server.portal.cast.people, "https://127.0.0.1:9"
        for team in ("street", "harbour"):
            people.teams.delete(team)
        people.workforces.delete("default")
        paths = ("authorize", "token", "userinfo", "logout", "jwks")
        config = OidcConfig("portal", provider, *(f"{provider}/{path}" for path in paths))
        people.workforces.create("crew", oidc=config, oidc_client_secret="a secret")
        check("/portal/sign-in", "")
        expect(browser_page.get_by_role("link", name="Sign in with your organization")).to_be_visible()


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
