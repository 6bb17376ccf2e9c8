"""Unfinished work in the portal: it survives reloads, time-up and other tabs, and the page says what happened."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from helpers.desk import Desk
from helpers.portal import BUCKET
from helpers.portal_server import PortalServer
from helpers.processes import wait_for
from trigpoint.labeling.drafts import DraftVersion

pytestmark = pytest.mark.browser

RESTORED = "Your unfinished work from"
NEWER = "A newer draft of this task was saved"


def saved_boxes(server: PortalServer, task: str) -> int:
    state = server.portal.tasks.get(server.portal.cast.bob, task).state
    return 0 if state is None else json.dumps(state).count('"left"')


def test_a_box_drawn_just_before_a_reload_is_restored_and_reported(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.page.reload()
    desk.wait_until_restored(drawn)
    expect(desk.page.get_by_text(RESTORED)).to_be_visible()
    desk.page.get_by_role("button", name="OK").click()
    expect(desk.page.get_by_text(RESTORED)).to_be_hidden()


def test_a_box_drawn_just_before_the_tab_is_closed_is_there_on_another_machine(
    desk: Desk, server: PortalServer
) -> None:
    desk.begin_with_a_box()
    task, url = desk.task_id(), desk.page.url
    desk.wait_until_kept()
    desk.page.goto("about:blank")
    wait_for(lambda: saved_boxes(server, task) == 1, "the draft")
    desk.page.goto(f"{server.url}/portal/")
    desk.forget_kept_work()
    desk.page.goto(url)
    desk.wait_for_image()
    desk.wait_for_boxes(1)


def test_work_too_large_to_send_for_sure_while_leaving_arrives_with_the_next_page_at_the_latest(
    desk: Desk, server: PortalServer
) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    task = desk.task_id()
    desk.page.context.set_offline(True)
    state = {"version": 1, "fields": [{"name": "x", "state": "ä" * 70_000}]}
    desk.frame.evaluate(
        "state => parent.postMessage({source: 'trigpoint', type: 'change', state}, '*')", state
    )
    desk.wait_until_kept()
    desk.page.goto("about:blank")
    desk.page.context.set_offline(False)
    desk.page.goto(f"{server.url}/portal/")
    wait_for(lambda: server.portal.tasks.get(server.portal.cast.bob, task).state == state, "the work")
    desk.wait_until_nothing_is_kept()


def test_time_up_keeps_the_draft_and_the_next_accept_restores_it(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.page.clock.install()
    desk.begin()
    task = desk.task_id()
    with desk.page.expect_response("**/save"):
        desk.draw((60, 180), (200, 270))
    drawn = desk.boxes()
    desk.page.clock.run_for(601_000)
    expect(desk.page.get_by_role("heading", name="Time is up")).to_be_visible()
    expect(desk.page.get_by_text("Your unfinished work is kept")).to_be_visible()
    server.portal.tasks.release(server.portal.cast.bob, task)  # the server's own clock did not move
    desk.forget_kept_work()
    desk.page.get_by_role("button", name="Next task").click()
    desk.wait_for_another_task(task)
    desk.wait_for_boxes(1)
    assert desk.boxes() == drawn
    expect(desk.page.get_by_text(RESTORED)).to_be_visible()


def test_a_second_tab_begins_with_the_newest_draft(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.wait_until_kept()
    desk.other_tab().wait_until_restored(drawn)


def test_a_tab_with_an_older_draft_stops_saving_and_offers_the_newer_one(
    desk: Desk, server: PortalServer
) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    other = desk.other_tab()
    desk.draw((60, 180), (200, 270))
    expect(other.page.get_by_text(NEWER)).to_be_visible()
    other.draw((250, 180), (330, 270))
    other.submit()
    expect(other.frame.get_by_text("Choose a version at the top of the page")).to_be_visible()
    other.page.get_by_role("button", name="Load the newer draft").click()
    other.page.wait_for_selector("iframe:not(.is-loading)")
    other.wait_for_image()
    other.wait_for_boxes(1)
    assert other.boxes() == desk.boxes()
    expect(other.page.get_by_text("Another version of your work on this task")).to_be_visible()
    other.page.get_by_role("button", name="Show that version").click()
    other.frame.wait_for_function(
        "document.querySelector('crowd-bounding-box').value.boundingBoxes[0]?.left > 200"
    )
    expect(desk.page.get_by_text(NEWER)).to_be_visible()


def test_a_newer_draft_of_another_machine_is_never_overwritten_unnoticed(
    desk: Desk, server: PortalServer
) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    task, bob = desk.task_id(), server.portal.cast.bob
    server.portal.tasks.save(bob, task, {"of": "elsewhere"}, 1, DraftVersion("elsewhere", (None,)))
    with desk.page.expect_response(lambda response: response.status == 409):
        desk.draw((60, 180), (200, 270))
    expect(desk.page.get_by_text(NEWER)).to_be_visible()
    assert server.portal.tasks.get(bob, task).draft_version == "elsewhere"
    with desk.page.expect_response(
        lambda response: response.url.endswith("/save") and response.status == 200
    ):
        desk.page.get_by_role("button", name="Keep this one").click()
    assert saved_boxes(server, task) == 1
    expect(desk.page.get_by_text(NEWER)).to_be_hidden()
    desk.submit()
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()


def test_the_draft_that_was_not_chosen_is_offered_after_a_reload(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    boxes = [{"label": "car", "left": left, "top": 2, "width": 30, "height": 40} for left in (1, 99)]
    field = {"name": "boundingBox", "state": {"boxes": boxes, "nothingToLabel": False}}
    elsewhere = DraftVersion("elsewhere", (None,))
    server.portal.tasks.save(
        server.portal.cast.bob, desk.task_id(), {"version": 1, "fields": [field]}, 1, elsewhere
    )
    desk.draw((60, 180), (200, 270))
    drawn = desk.boxes()
    with desk.page.expect_response(
        lambda response: response.url.endswith("/save") and response.status == 200
    ):
        desk.page.get_by_role("button", name="Keep this one").click()
    desk.page.reload()
    desk.wait_until_restored(drawn)
    desk.page.get_by_role("button", name="Show that version").click()
    desk.wait_for_boxes(2)


def test_two_tabs_that_draw_at_the_same_moment_keep_both_works(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    other = desk.other_tab()
    for tab in (desk, other):  # a lost notice between the tabs is as if both were changed at once
        tab.page.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    with desk.page.expect_response("**/save"):
        desk.draw((60, 180), (200, 270))
    with other.page.expect_response(lambda response: response.status == 409):
        other.draw((250, 180), (330, 270))
    expect(other.page.get_by_text(NEWER)).to_be_visible()
    other.page.reload()
    other.wait_for_image()
    other.wait_for_boxes(1)
    assert other.boxes() == desk.boxes()
    other.page.get_by_role("button", name="Show that version").click()
    other.frame.wait_for_function(
        "document.querySelector('crowd-bounding-box').value.boundingBoxes[0]?.left > 200"
    )


def test_stopping_just_after_a_change_leaves_no_older_version(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.stop()
    desk.page.get_by_role("link", name="Resume").click()
    desk.wait_until_restored(drawn)
    expect(desk.page.get_by_text(RESTORED)).to_be_visible()
    desk.page.get_by_role("button", name="Decline task").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Decline task").click()
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()
    assert kept_work(desk.page) == []


def test_a_text_typed_just_before_a_reload_is_restored(desk: Desk, server: PortalServer) -> None:
    body = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form>
      <crowd-text-area name="note" label="Note"></crowd-text-area><input name="plain" aria-label="Plain">
      <div hidden><crowd-bounding-box name="boundingBox" src="{{ task.input.taskObject | grant_read_access }}"
        header="-" labels="['car']"><short-instructions>-</short-instructions>
        <full-instructions header="-">-</full-instructions></crowd-bounding-box></div></crowd-form>"""
    server.portal.objects.create_bucket(BUCKET)
    server.portal.objects.put(BUCKET, "text.liquid", body.encode())
    server.portal.open_job(images=1, template_uri=f"s3://{BUCKET}/text.liquid")
    desk.begin(wait=False)
    desk.frame.get_by_label("Note").fill("some words")
    desk.frame.get_by_label("Plain").fill("more")
    desk.page.reload()
    expect(desk.frame.get_by_label("Note")).to_have_value("some words")
    expect(desk.frame.get_by_label("Plain")).to_have_value("more")


def test_submitting_in_one_tab_ends_the_task_in_the_other(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    other = desk.other_tab()
    desk.draw((60, 180), (200, 270))
    desk.submit()
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()
    expect(other.page.get_by_text("You submitted this task in another tab.")).to_be_visible()


def test_signing_out_sends_the_last_work_and_leaves_none_in_the_browser(
    desk: Desk, server: PortalServer
) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    task = desk.task_id()
    desk.page.route("**/save", lambda route: route.abort())
    desk.draw((60, 180), (200, 270))
    desk.wait_until_kept()
    desk.page.goto(f"{server.url}/portal/")
    desk.page.unroute("**/save")
    desk.page.locator("details.menu summary").click()
    desk.page.get_by_role("button", name="Sign out").click()
    expect(desk.page.get_by_label("User name")).to_be_visible()
    assert saved_boxes(server, task) == 1
    assert kept_work(desk.page) == []


def kept_work(page: Page) -> list[str]:
    names: list[str] = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    return [name for name in names if "preferences" not in name]
