"""Working in the portal, in a browser with real bounding boxes: submit, decline, release, stop and resume."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from helpers.cast import PASSWORD
from helpers.desk import Desk
from helpers.portal_server import PortalServer
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_assignments

pytestmark = pytest.mark.browser


@pytest.fixture
def answers(sqlite_database: Database) -> Callable[[], list[dict[str, Any]]]:
    """Returns the submitted answers in order."""

    def read() -> list[dict[str, Any]]:
        with sqlite_database.read() as connection:
            rows = connection.execute(
                labeling_assignments.select().order_by(labeling_assignments.c.ended_at)
            ).all()
        return [json.loads(row.answer) for row in rows if row.answer is not None]

    return read


def test_a_box_is_submitted_and_the_next_task_is_shown_on_the_same_page(
    desk: Desk, server: PortalServer, answers: Callable[[], list[dict[str, Any]]]
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    expect(desk.page.get_by_text("0 done by you · 1 more to do")).to_be_visible()
    first = desk.task_id()
    desk.draw((60, 180), (201, 271))
    desk.submit()
    desk.wait_for_another_task(first)
    expect(desk.page.get_by_text("1 done by you · this is the last one for now")).to_be_visible()
    assert desk.boxes() == []
    [answer] = answers()
    [box] = answer["boundingBox"]["boundingBoxes"]
    assert answer["boundingBox"]["inputImageProperties"] == {"height": 360, "width": 480}
    assert box["label"] == "car"
    for side, expected in {"left": 60, "top": 180, "width": 141, "height": 91}.items():
        assert abs(box[side] - expected) <= 1, (side, box)


def test_the_chosen_label_and_the_closed_instructions_are_kept_for_the_next_task_and_after_a_reload(
    desk: Desk, server: PortalServer
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    first = desk.task_id()
    desk.frame.get_by_role("button", name="Instructions", exact=True).click()
    desk.frame.get_by_role("radio", name="van").click()
    desk.draw((60, 180), (201, 271))
    desk.submit()
    desk.wait_for_another_task(first)
    for reload in (False, True):
        if reload:
            desk.page.reload()
            desk.wait_for_image()
        expect(desk.frame.get_by_role("radio", name="van")).to_be_checked()
        expect(desk.frame.get_by_text("Draw tight boxes.")).to_be_hidden()


def test_the_browser_history_has_one_entry_for_all_tasks(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=3)
    desk.begin()
    length = desk.page.evaluate("history.length")
    for _ in range(2):
        former = desk.task_id()
        desk.draw((60, 180), (200, 270))
        desk.submit()
        desk.wait_for_another_task(former)
    assert desk.page.evaluate("history.length") == length


def test_the_page_reports_when_all_tasks_are_done(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1, workers_per_object=2)
    desk.page.clock.install()
    desk.begin()
    desk.draw((60, 180), (200, 270))
    desk.submit()
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()
    expect(desk.page.get_by_text("You finished 1 task in this session.")).to_be_visible()
    expect(desk.page.get_by_role("link", name="Back to my jobs")).to_be_focused()
    expect(desk.page.get_by_role("button", name="Decline task")).not_to_be_visible()
    desk.page.clock.run_for(7000)
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()


def test_a_released_task_is_offered_to_a_waiting_worker(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=2)
    tasks, carol = server.portal.tasks, server.portal.cast.carol
    hers = tasks.next(carol, "boxes-1")
    assert hers is not None
    desk.page.clock.install()
    desk.begin()
    desk.draw((60, 180), (200, 270))
    desk.submit()
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()
    tasks.release(carol, hers.id)
    desk.page.clock.run_for(7000)
    expect(desk.page.get_by_role("heading", name="There is more to do")).to_be_visible()
    desk.page.get_by_role("button", name="Continue").click()
    desk.wait_for_image()
    expect(desk.page.get_by_role("button", name="Decline task")).to_be_enabled()


def test_declining_asks_for_confirmation_and_shows_another_task(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    first = desk.task_id()
    desk.page.get_by_role("button", name="Decline task").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep working")).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert desk.task_id() == first
    desk.page.get_by_role("button", name="Decline task").click()
    dialog.get_by_role("button", name="Decline task").click()
    desk.wait_for_another_task(first)


def test_releasing_explains_what_happens_and_the_work_comes_back_with_the_task(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.page.get_by_role("button", name="Release task").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_text("comes back if you get the task again")).to_be_visible()
    desk.page.get_by_role("dialog").get_by_role("button", name="Release task").click()
    expect(desk.page.get_by_text("The task is available to other workers again.")).to_be_visible()
    desk.forget_kept_work()
    desk.page.get_by_role("link", name="Start working").click()
    desk.wait_until_restored(drawn)


def test_stopping_saves_the_boxes_and_resuming_restores_them(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    assert len(drawn) == 1
    desk.stop()
    expect(desk.page.get_by_text("Your work is saved.")).to_be_visible()
    desk.forget_kept_work()
    desk.page.get_by_role("link", name="Resume").click()
    desk.wait_until_restored(drawn)


def test_a_reload_restores_the_boxes(desk: Desk) -> None:
    drawn = desk.begin_with_a_box()
    desk.wait_until_kept()
    desk.page.reload()
    desk.wait_until_restored(drawn)


def test_work_is_saved_on_the_server_soon_after_a_change(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.begin()
    with desk.page.expect_response("**/save") as saved:
        desk.draw((60, 180), (200, 270))
    assert saved.value.status == 200
    expect(desk.page.get_by_text("Saved at")).to_be_visible()
    kept = server.portal.tasks.get(server.portal.cast.bob, desk.task_id())
    assert kept.state is not None
    assert kept.time_spent_s > 0


def test_an_answer_that_cannot_be_sent_is_kept_and_sent_again(
    desk: Desk, server: PortalServer, answers: Callable[[], list[dict[str, Any]]]
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    first = desk.task_id()
    desk.draw((60, 180), (200, 270))
    desk.page.context.set_offline(True)
    desk.submit()
    expect(desk.page.get_by_text("Your answer is kept in this browser")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Send again now")).to_be_visible()
    assert answers() == []
    desk.page.context.set_offline(False)
    desk.wait_for_another_task(first)
    assert len(answers()) == 1
    expect(desk.page.get_by_text("Your answer is kept in this browser")).not_to_be_visible()


def test_an_answer_sent_again_after_a_lost_response_is_stored_once(
    desk: Desk, server: PortalServer, answers: Callable[[], list[dict[str, Any]]]
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    first = desk.task_id()
    lost: list[int] = []

    def lose_first_receipt(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    desk.page.route("**/submit", lose_first_receipt)
    desk.draw((60, 180), (200, 270))
    desk.submit()
    desk.page.get_by_role("button", name="Send again now").click()
    desk.wait_for_another_task(first)
    assert lost == [200]
    assert len(answers()) == 1


def test_an_answer_given_after_the_session_ended_is_sent_by_signing_in(
    desk: Desk, answers: Callable[[], list[dict[str, Any]]]
) -> None:
    desk.begin_with_a_box()
    desk.page.context.clear_cookies()
    desk.submit()
    expect(desk.page.get_by_role("heading", name="Please sign in again")).to_be_visible()
    assert answers() == []
    desk.page.get_by_role("button", name="Sign in").click()
    desk.page.get_by_label("User name").fill("bob@example.com")
    desk.page.get_by_label("Password", exact=True).fill(PASSWORD)
    desk.page.get_by_role("button", name="Sign in").click()
    expect(desk.page.get_by_role("heading", name="All done for now")).to_be_visible()
    [answer] = answers()
    assert len(answer["boundingBox"]["boundingBoxes"]) == 1


def test_the_clock_warns_before_the_time_limit_and_ends_the_task(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.page.clock.install()
    desk.begin()
    clock, announced = desk.page.locator("[data-clock]"), desk.page.locator("[data-announce]")
    expect(clock).to_have_attribute("data-urgency", "calm")
    desk.page.clock.run_for(451_000)
    expect(clock).to_have_attribute("data-urgency", "soon")
    expect(announced).to_have_text("Five minutes left for this task.")
    desk.page.clock.run_for(95_000)
    expect(clock).to_have_attribute("data-urgency", "urgent")
    expect(announced).to_have_text("One minute left for this task.")
    desk.page.clock.run_for(60_000)
    expect(desk.page.get_by_role("heading", name="Time is up")).to_be_visible()


def test_a_task_that_is_no_longer_open_is_reported_and_the_next_one_is_offered(
    desk: Desk, server: PortalServer
) -> None:
    server.portal.open_job(images=2)
    desk.begin()
    task = desk.task_id()
    server.portal.tasks.release(server.portal.cast.bob, task)
    desk.draw((60, 180), (200, 270))
    desk.submit()
    expect(desk.page.get_by_role("heading", name="This task is no longer open")).to_be_visible()
    desk.page.get_by_role("button", name="Next task").click()
    desk.wait_for_another_task(task)


def test_time_away_from_the_page_is_not_counted(desk: Desk, server: PortalServer) -> None:
    server.portal.open_job(images=1)
    desk.page.clock.install()
    desk.begin()
    desk.draw((60, 180), (200, 270))
    desk.page.clock.run_for(10_000)
    desk.page.evaluate("document.hasFocus = () => false")
    desk.page.clock.run_for(100_000)
    with desk.page.expect_request("**/submit") as sent:
        desk.submit()
    spent = json.loads(str(sent.value.post_data))["timeSpentSeconds"]
    assert 9.5 <= spent <= 30  # the clock starts a few milliseconds after the page is loaded
