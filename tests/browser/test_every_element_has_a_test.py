"""Every custom element registered by the bundle has its own test file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from helpers.elements import open_elements

pytestmark = pytest.mark.browser

RECORD_TAGS = """
  window.registered = [];
  const define = customElements.define;
  customElements.define = function (tag, ...rest) {
    registered.push(tag);
    return define.call(this, tag, ...rest);
  };
"""


def test_every_registered_element_has_a_test_file(browser_page: Page) -> None:
    browser_page.add_init_script(RECORD_TAGS)
    with open_elements(browser_page, ""):
        tags: list[str] = browser_page.evaluate("registered")
    assert "crowd-form" in tags
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert [tag for tag in tags if f"test_{tag.replace('-', '_')}.py" not in files] == []
