"""Signing in to the portal, in a browser: temporary password, forced password change, empty job list, sign-out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser


def test_an_invited_worker_signs_in_chooses_a_password_and_sees_the_job_list(
    server: PortalServer, browser_page: Page
) -> None:
    invitation = server.portal.cast.people.workers.invite("erin@example.com", "street")
    page = browser_page
    page.goto(f"{server.url}/portal/")
    page.get_by_label("User name").fill("erin@example.com")
    page.get_by_label("Password", exact=True).fill(str(invitation.temporary_password))
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
    expect(page.get_by_label("Temporary password")).to_be_focused()
    page.get_by_label("Temporary password").fill(str(invitation.temporary_password))
    page.get_by_label("New password", exact=True).fill("a bicycle of my own")
    page.get_by_label("New password again").fill("a bicycle of my own")
    page.get_by_role("button", name="Save password").click()

    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    expect(page.get_by_role("heading", name="No jobs for you yet")).to_be_visible()


def test_different_new_passwords_are_reported_before_the_form_is_sent(
    server: PortalServer, browser_page: Page
) -> None:
    page = browser_page
    page.goto(server.entry_url("/portal/password"))
    page.get_by_label("Current password").fill("something")
    page.get_by_label("New password", exact=True).fill("a bicycle of my own")
    page.get_by_label("New password again").fill("a bicycle of my mum")
    page.get_by_role("button", name="Save password").click()
    problem = page.get_by_label("New password again").evaluate("input => input.validationMessage")
    assert problem == "The two new passwords differ."


def test_a_typed_password_can_be_shown(server: PortalServer, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{server.url}/portal/sign-in")
    password = page.get_by_label("Password", exact=True)
    password.fill("bicycle")
    page.get_by_role("button", name="Show what is typed").click()
    assert password.get_attribute("type") == "text"
    page.get_by_role("button", name="Show what is typed").click()
    assert password.get_attribute("type") == "password"


def test_new_work_appears_in_an_open_list_automatically(server: PortalServer, browser_page: Page) -> None:
    page = browser_page
    page.clock.install()
    with page.expect_response("**/portal/api/jobs"):
        page.goto(server.entry_url())
    expect(page.get_by_role("heading", name="No jobs for you yet")).to_be_visible()
    server.portal.open_job()
    page.clock.run_for(6000)
    expect(page.get_by_role("link", name="Start working")).to_be_visible()


def test_signing_out_clears_the_stored_work(server: PortalServer, browser_page: Page) -> None:
    page = browser_page
    page.goto(server.entry_url())
    page.evaluate("sessionStorage.setItem('trigpoint.work.x', '1')")
    page.get_by_text("bob", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    page.goto(f"{server.url}/portal/")
    expect(page.get_by_role("heading", name="Sign in to label")).to_be_visible()
