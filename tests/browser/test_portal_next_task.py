"""The next task is loaded ahead: it appears at once, and the answer before it arrives exactly once or comes back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from helpers.desk import Desk
from helpers.portal_server import PortalServer
from helpers.processes import wait_for
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_assignments
from trigpoint.labeling.model import AssignmentStatus

pytestmark = pytest.mark.browser

AHEAD = "iframe.is-ahead"
ANSWER = {
    "boundingBox": {"boundingBoxes": [], "inputImageProperties": {"height": 360, "width": 480}},
}


@pytest.fixture
def submitted(sqlite_database: Database) -> Callable[[], dict[int, int]]:
    """Returns how many boxes the answer to each object has."""

    def read() -> dict[int, int]:
        with sqlite_database.read() as connection:
            rows = connection.execute(labeling_assignments.select()).all()
        answered = [row for row in rows if row.status == AssignmentStatus.SUBMITTED.value]
        assert len(answered) == len({row.object_index for row in answered})
        return {row.object_index: row.answer.count('"left"') for row in answered}

    return read


def wait_until_ahead(page: Page) -> Frame:
    """Waits until the next task is loaded behind the current one, and can be shown. Returns its frame."""
    page.wait_for_selector(AHEAD, state="attached")
    handle = page.query_selector(AHEAD)
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_function(
        """() => document.querySelector('crowd-bounding-box')?.shadowRoot
             ?.querySelector('tp-image-stage')?.phase === 'ready'"""
    )
    return frame


def hold(page: Page, path: str) -> list[Route]:
    """Requests to this path wait until the test lets them go."""
    held: list[Route] = []
    page.route(path, lambda route: held.append(route))
    return held


def test_the_next_task_appears_before_the_answer_arrives_and_begins_with_it(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=3)
    desk.begin()
    first = desk.task_id()
    ahead = wait_until_ahead(desk.page)
    ahead.evaluate("document.body.tabIndex = -1, document.body.focus()")
    assert not ahead.evaluate("document.hasFocus()"), "a script out of sight took the keyboard"
    held = hold(desk.page, "**/submit")
    desk.draw((60, 180), (200, 270))
    desk.submit()
    expect(desk.page.get_by_text("1 done by you · 1 more to do")).to_be_visible()
    desk.wait_for_image()
    assert desk.boxes() == [] and desk.task_id() == first and submitted() == {}
    expect(desk.page.get_by_role("button", name="Decline task")).to_be_disabled()
    desk.page.keyboard.press("n")  # the frame has the focus
    desk.draw((250, 180), (330, 270))
    desk.draw((60, 60), (120, 120))
    held[0].continue_()
    desk.wait_for_another_task(first)
    expect(desk.page.get_by_role("button", name="Decline task")).to_be_enabled()
    assert submitted() == {0: 1}
    wait_for(lambda: server.portal.tasks.get(server.portal.cast.bob, desk.task_id()).state, "the draft")
    assert len(desk.boxes()) == 2


def test_answers_given_without_a_network_arrive_once_each(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=3)
    desk.begin()
    wait_until_ahead(desk.page)
    desk.page.context.set_offline(True)
    for count in (1, 2):
        for left in range(count):
            desk.draw((60 + 100 * left, 180), (120 + 100 * left, 270))
        desk.submit()
        expect(desk.page.get_by_text("Your answer is kept in this browser")).to_be_visible()
    desk.page.context.set_offline(False)
    wait_for(lambda: submitted() == {0: 1, 1: 2}, "both answers")
    expect(desk.page.get_by_text("2 done by you")).to_be_visible()
    expect(desk.page.get_by_text("Your answer is kept in this browser")).to_be_hidden()


def test_an_answer_of_a_tab_that_was_closed_without_a_network_is_sent_by_the_next_page(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    desk.draw((60, 180), (200, 270))
    desk.page.context.set_offline(True)
    desk.submit()
    expect(desk.page.get_by_text("Your answer is kept in this browser")).to_be_visible()
    page = desk.page.context.new_page()
    desk.page.close()
    page.context.set_offline(False)
    page.goto(f"{server.url}/portal/")
    wait_for(lambda: submitted() == {0: 1}, "the answer")
    expect(page.locator("[data-submitted]")).to_have_text("1")


def test_answers_of_a_session_that_ended_without_a_network_are_sent_after_signing_in(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=3)
    desk.begin()
    first = desk.task_id()
    wait_until_ahead(desk.page)
    desk.page.context.set_offline(True)
    desk.draw((60, 180), (200, 270))
    desk.submit()
    desk.wait_for_image()
    desk.draw((60, 60), (120, 120))
    desk.wait_for_boxes(1)
    drawn = desk.boxes()
    desk.submit()  # of a task that is not theirs yet
    desk.page.context.clear_cookies()
    desk.page.context.set_offline(False)
    desk.page.get_by_role("button", name="Sign in").click()
    desk.page.wait_for_url("**/portal/sign-in*")
    desk.page.goto(server.entry_url(f"/portal/assignments/{first}"))
    wait_for(lambda: submitted() == {0: 1}, "the first answer")
    desk.wait_until_restored(drawn)
    desk.submit()
    wait_for(lambda: submitted() == {0: 1, 1: 1}, "the second answer")


def test_a_browser_that_can_keep_nothing_labels_and_warns_before_an_answer_is_lost(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    desk.page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage", "indexedDB"])
             Object.defineProperty(window, name, {get() { throw new DOMException("", "SecurityError"); }});"""
    )
    server.portal.open_job(images=2)
    desk.begin()
    first = desk.task_id()
    desk.draw((60, 180), (200, 270))
    desk.submit()
    desk.wait_for_another_task(first)
    desk.page.context.set_offline(True)
    desk.draw((60, 180), (200, 270))
    desk.submit()
    expect(desk.page.get_by_text("This browser cannot keep your answer.")).to_be_visible()
    with desk.page.expect_event("dialog") as asked:
        desk.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    desk.page.context.set_offline(False)
    wait_for(lambda: submitted() == {0: 1, 1: 1}, "both answers")


def test_an_answer_that_is_refused_brings_its_task_back_and_the_next_one_keeps_its_work(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    first = desk.task_id()
    wait_until_ahead(desk.page)
    held = hold(desk.page, "**/submit")
    desk.draw((60, 180), (200, 270))
    desk.submit()
    desk.wait_for_image()
    desk.draw((250, 180), (330, 270))
    refusal = {"error": {"code": "Invalid", "message": "the box is upside down"}}
    held[0].fulfill(status=400, body=json.dumps(refusal), content_type="application/json")
    expect(desk.page.get_by_text("The box is upside down.")).to_be_visible()
    expect(desk.frame.get_by_text("The box is upside down.")).to_be_visible()
    desk.page.unroute("**/submit")
    desk.draw((60, 60), (120, 120))
    desk.submit()
    desk.wait_for_another_task(first)
    assert submitted() == {0: 2}
    [box] = desk.boxes()
    assert box[1] > 200


def test_a_task_that_other_workers_have_finished_meanwhile_is_replaced(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=4)
    tasks, carol, bob = server.portal.tasks, server.portal.cast.carol, server.portal.cast.bob
    desk.begin()
    first = desk.task_id()
    wait_until_ahead(desk.page)
    for _ in range(3):
        hers = tasks.next(carol, "boxes-1")
        assert hers is not None
        if hers.object_index == 2:
            kept = hers
            tasks.stop(carol, hers.id, None, 1)
        else:
            tasks.submit(carol, hers.id, ANSWER, 1)
    tasks.release(carol, kept.id)
    desk.draw((60, 180), (200, 270))
    desk.submit()
    desk.wait_for_another_task(first)
    assert tasks.get(bob, desk.task_id()).object_index == 2
    assert desk.page.locator("iframe").count() <= 2


def test_an_earlier_answer_is_looked_at_and_corrected_and_the_current_task_waits(
    desk: Desk, server: PortalServer, submitted: Callable[[], dict[int, int]]
) -> None:
    server.portal.open_job(images=3, workers_per_object=2)
    desk.begin()
    first = desk.task_id()
    desk.page.get_by_role("button", name="Earlier answers").click()
    expect(desk.page.get_by_text("There are no earlier answers of yours")).to_be_visible()
    desk.draw((60, 180), (200, 270))
    desk.submit()
    desk.wait_for_another_task(first)
    desk.draw((60, 60), (120, 120))
    current = desk.boxes()
    desk.page.get_by_role("button", name="Earlier answers").click()
    expect(desk.page.get_by_text("You can change it and submit it again.")).to_be_visible()
    desk.wait_for_image()
    desk.wait_for_boxes(1)
    assert desk.boxes() != current
    desk.draw((250, 180), (330, 270))
    desk.submit()
    expect(desk.page.get_by_text("Your correction is saved.")).to_be_visible()
    assert submitted() == {0: 2}
    assert desk.boxes() == current
    desk.page.get_by_role("button", name="Earlier answers").click()
    expect(desk.page.get_by_text("You can change it and submit it again.")).to_be_visible()
    desk.wait_for_image()
    desk.wait_for_boxes(2)
    desk.page.get_by_role("button", name="Return to the task").click()
    assert desk.boxes() == current
