"""Every element has a page in docs/elements, which names each of its attributes, regions and events."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CROWD = ROOT / "web" / "src" / "crowd"
PAGES = ROOT / "docs" / "elements"


def _sources() -> dict[str, str]:
    """The source of each element that templates can name, by its tag."""
    common = (CROWD / "common_elements.ts").read_text()
    on_demand = (CROWD / "elements_on_demand.ts").read_text()
    modules = {
        name: path
        for names, path in re.findall(r'import \{ ([\w, ]+) \} from "(.+)\.js"', common)
        for name in names.split(", ")
    }
    found = {tag: modules[name] for tag, name in re.findall(r'^  "([a-z-]+)": (\w+),', common, re.MULTILINE)}
    for entry in re.split(r'^  (?=")', on_demand, flags=re.MULTILINE)[1:]:
        tag, path = re.findall(r'^"([a-z-]+)":', entry)[0], re.findall(r'import\("(.+)\.js"\)', entry)
        if path:
            found[tag] = path[0]
    return {
        tag: (CROWD / f"{path}.ts").read_text()
        for tag, path in found.items()
        if re.match("crowd-|iron-", tag)
    }


SOURCES = _sources()


@pytest.mark.parametrize("tag", SOURCES)
def test_the_page_of_an_element_names_what_its_source_documents(tag: str) -> None:
    page = (PAGES / f"{tag}.md").read_text()
    assert page.startswith(f"# {tag}\n")
    names = [
        name.strip()
        for listed in re.findall(r"@(?:attr|slot|event) ([\w, -]+?) - ", SOURCES[tag])
        for name in listed.split(",")
    ]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_list_of_elements_has_each_page() -> None:
    listed = re.findall(r"\]\(([a-z-]+)\.md\)", (PAGES / "README.md").read_text())
    assert sorted(set(listed)) == sorted(SOURCES)
    assert {file.stem for file in PAGES.glob("*.md")} == {*listed, "README"}
