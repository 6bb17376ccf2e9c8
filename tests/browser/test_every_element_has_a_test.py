"""Every custom element has its own test file."""

from __future__ import annotations

import re
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


ON_DEMAND = Path(__file__).parents[2] / "web" / "src" / "crowd" / "elements_on_demand.ts"


def test_every_element_has_a_test_file(browser_page: Page) -> None:
    named = re.findall(r'^  "([a-z-]+)": \{', ON_DEMAND.read_text(), re.MULTILINE)
    browser_page.add_init_script(RECORD_TAGS)
    with open_elements(browser_page, "".join(f"<{tag}></{tag}>" for tag in named)):
        tags: list[str] = browser_page.evaluate("registered")
    assert {"crowd-form", *named} <= set(tags)
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert [tag for tag in tags if f"test_{tag.replace('-', '_')}.py" not in files] == []
