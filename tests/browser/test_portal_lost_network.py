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
