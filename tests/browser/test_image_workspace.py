"""The panes around the image: lists, numbers, keys of one's own, and the comparison with reviewed labels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.test_crowd_bounding_box import IMAGE, template
from helpers.crowd_pages import Task, open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

LABELS = "['Car', 'Van', 'Person'," + ",".join(f"'Label {number}'" for number in range(4, 20)) + "]"
REVIEWED = (
    'initial-value="['
    + ",".join(
        f"{{label: '{['Car', 'Van'][number % 2]}', left: {50 + 90 * number}, top: 100, width: 60, height: 50}}"
        for number in range(6)
    )
    + ']"'
)


@pytest.fixture
def task(browser_page: Page) -> Iterator[Task]:
    with open_task(browser_page, template(REVIEWED, labels=LABELS), IMAGE) as opened:
        opened.wait_for_image()
        yield opened


def test_several_boxes_are_selected_moved_locked_and_compared_with_the_reviewed_ones(task: Task) -> None:
    before = task.boxes()
    task.click_at(60, 110)
    task.page.keyboard.down("Shift")
    task.click_at(150, 110)
    task.page.keyboard.up("Shift")
    expect(task.frame.locator(".shape[data-selected]")).to_have_count(2)
    task.drag((60, 110), (60, 160))
    moved = [(label, left, top + 50, width, height) for label, left, top, width, height in before[:2]]
    assert task.boxes() == moved + before[2:]
    expect(task.frame.locator(".comparison")).to_contain_text("2 changed")

    task.page.keyboard.down("q")
    expect(task.frame.locator(".tag")).to_have_text(["○ Car", "○ Van", "● Car", "● Van"])
    task.page.keyboard.up("q")
    expect(task.frame.locator("svg.shapes [data-box]")).to_have_count(6)

    task.press("l", "Delete")
    expect(task.frame.get_by_role("status").filter(has_text="The selection is locked")).to_be_visible()
    assert len(task.boxes()) == 6
    task.press("l", "Delete")
    assert task.boxes() == before[2:]
    task.press("z", "z")
    assert task.boxes() == before
    task.press("Shift+S")
    expect(task.frame.locator("svg.shapes [data-box]")).to_have_count(0)
    assert task.boxes() == before, "hiding changes nothing"
    task.press("Shift+S", "t")
    expect(task.frame.locator("svg.shapes [data-box]")).to_have_count(6)
    expect(task.frame.locator(".tag")).to_have_count(0)


def test_boxes_are_found_in_the_list_and_their_numbers_typed(task: Task) -> None:
    task.frame.get_by_role("searchbox", name="Find boxes by label").fill("van")
    expect(task.frame.locator(".shape")).to_have_count(3)
    task.frame.locator(".shape .pick").first.click()
    left = task.frame.get_by_role("spinbutton", name="Left")
    expect(left).to_have_value("140")
    assert_accessible(task.frame)
    left.fill("9000")
    left.press("Enter")
    expect(left).to_have_value("740")
    assert task.boxes()[1] == ("Van", 740, 100, 60, 50)
    assert task.received("submit") == [], "Enter in a field only takes the number"

    task.press("f")
    task.page.keyboard.type("label 1")
    task.press("ArrowDown", "Enter")
    assert task.boxes()[1][0] == "Label 11"
    expect(task.frame.get_by_role("radio", name="Label 11")).to_be_checked()


def test_a_worker_chooses_keys_that_are_sent_to_the_page_and_hold_in_the_next_task(task: Task) -> None:
    task.press("?")
    task.frame.get_by_role("button", name="Change keys").click()
    task.frame.get_by_role("button", name="Change the key of: Select all boxes").click()
    task.press("Tab", "Shift+Tab")
    change = task.frame.get_by_role("button", name="Change the key of: Select all boxes")
    change.click()
    task.press("d")
    expect(task.frame.get_by_text("Also the key of: Draw boxes")).to_be_visible()
    assert_accessible(task.frame)
    change.click()
    task.press("e")
    expect(task.frame.get_by_text("Also the key of")).to_have_count(0)
    assert task.last("preferences")["preferences"] == {"keys": {"select-all": ["E"]}}
    task.frame.get_by_role("button", name="Done").click()
    task.press("Escape", "e")
    expect(task.frame.locator(".shape[data-selected]")).to_have_count(6)

    task.press("Escape")
    task.say(
        type="preferences", preferences={"*": {"keys": {"select-all": ["J"], "select": ["X"], "undo": 7}}}
    )
    select = task.frame.get_by_role("button", name="Select and move boxes")
    expect(select).to_have_attribute("aria-keyshortcuts", "X")
    task.press("e")
    expect(task.frame.locator(".shape[data-selected]")).to_have_count(0)
    task.press("j")
    expect(task.frame.locator(".shape[data-selected]")).to_have_count(6)


def test_boxes_of_the_previous_image_are_added_with_one_key(task: Task) -> None:
    task.press("Enter")
    task.wait_for("submit")  # messages arrive in order
    sent = [message for message in task.received("preferences") if message["field"] == "boundingBox:previous"]
    before = task.boxes()
    with open_task(task.page, template(labels=LABELS), IMAGE) as following:
        following.wait_for_image()
        kept = {"boundingBox": {"label": "Van"}, "boundingBox:previous": sent[-1]["preferences"]}
        following.say(type="preferences", preferences=kept)
        expect(following.frame.get_by_role("radio", name="Van")).to_be_checked()
        following.press("Control+Shift+V")
        assert following.boxes() == before
        following.press("z")
        assert following.boxes() == []
