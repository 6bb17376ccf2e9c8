"""A network that is lost while the parts of a task are loaded: the page says so, and no draft is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from helpers.desk import Desk

pytestmark = pytest.mark.browser

NOTICE = "A part of this task could not be loaded."
MODULE = "**/crowd/crowd-bounding-box-*.js"


def test_a_part_that_cannot_be_loaded_is_named_and_loaded_later_with_the_draft(
    desk: Desk,
) -> None:
    drawn = desk.begin_with_a_box()
    desk.wait_until_kept()
    desk.page.context.route(MODULE, lambda route: route.abort())
    desk.page.reload()
    expect(desk.frame.get_by_role("alert").filter(has_text=NOTICE)).to_be_visible()
    desk.page.context.unroute(MODULE)
    desk.frame.evaluate("dispatchEvent(new Event('online'))")
    desk.wait_until_restored(drawn)
    expect(desk.frame.get_by_text(NOTICE)).to_be_hidden()


def test_a_draft_waits_for_a_part_that_is_loaded_slowly(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.wait_until_kept()
    held: list[Route] = []
    desk.page.context.route(MODULE, lambda route: held.append(route))
    desk.page.clock.install()
    with desk.page.expect_request(MODULE):
        desk.page.reload(wait_until="load")
    desk.page.clock.run_for(5000)
    expect(desk.page.locator("iframe.is-loading")).to_have_count(1)
    for route in held:
        route.continue_()
    desk.wait_until_restored(drawn)


def test_a_task_whose_frame_or_script_cannot_be_loaded_says_so_and_is_loaded_again(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.wait_until_kept()
    context, page = desk.page.context, desk.page
    notice = page.get_by_role("heading", name="This task could not be loaded")
    context.route("**/frame", lambda route: route.abort())
    page.reload()
    expect(notice).to_be_visible()
    expect(page.locator("iframe:not(.is-loading)")).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    context.unroute("**/frame")
    context.route("**/crowd-html-elements.js*", lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(notice).to_be_visible()
    context.unroute("**/crowd-html-elements.js*")
    page.get_by_role("button", name="Try again").click()
    desk.wait_until_restored(drawn)
    expect(notice).to_be_hidden()
    desk.submit()
    expect(page.get_by_role("heading", name="All done for now")).to_be_visible()
