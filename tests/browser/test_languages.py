"""A worker signs in, sees their jobs and labels an image in Korean."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.cast import PASSWORD
from helpers.desk import Desk
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser


def test_the_portal_and_its_tasks_are_in_the_language_of_the_browser_until_the_worker_chooses(
    desk: Desk, server: PortalServer, browser_page: Page
) -> None:
    page, workers = browser_page, server.portal.cast.people.workers
    server.portal.open_job(images=2)
    page.set_extra_http_headers({"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})
    page.goto(f"{server.url}/portal/")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.get_by_label("사용자 이름").fill("bob@example.com")
    page.get_by_label("비밀번호", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_role("heading", name="내 프로젝트")).to_be_visible()
    page.get_by_role("link", name="작업 시작").click()

    desk.wait_for_image()
    expect(page.get_by_role("button", name="작업 거절")).to_be_visible()
    assert desk.frame.evaluate("document.documentElement.lang") == "ko"
    desk.draw((60, 180), (200, 270))
    expect(page.frame_locator("iframe:not(.is-loading)").get_by_label("라벨링할 대상 없음")).to_be_visible()
    first = desk.task_id()
    page.frame_locator("iframe:not(.is-loading)").get_by_role("button", name="제출").click()
    desk.wait_for_another_task(first)

    page.goto(f"{server.url}/portal/")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Your jobs")).to_be_visible()
    assert workers.named("bob@example.com").language == "en"
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to label")).to_be_visible()
