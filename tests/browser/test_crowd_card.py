"""crowd-card: a box around any content."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser


def test_heading_image_and_content_are_shown_and_a_script_may_add_a_card(browser_page: Page) -> None:
    body = """<crowd-form><crowd-card heading="A card" image="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
        <div class="card-content">In the card</div></crowd-card><crowd-input name="a" value="1" label="A"></crowd-input>
      </crowd-form><script>
        const card = document.createElement("crowd-card");
        card.style.padding = "1.5rem";
        card.innerHTML = "Added <crowd-checkbox name='b'>B</crowd-checkbox>";
        document.querySelector("crowd-form").append(card);
      </script>"""
    with open_task(browser_page, body) as task:
        expect(task.frame.get_by_role("heading", name="A card")).to_be_visible()
        expect(task.frame.locator("crowd-card img")).to_have_count(1)
        expect(task.frame.get_by_text("In the card")).to_be_visible()
        added = task.frame.locator("crowd-card").last
        expect(added).to_have_css("padding-left", "24px")
        expect(added).to_have_css("display", "block")
        assert_accessible(task.frame)
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {"a": "1", "b": {"on": False}}
