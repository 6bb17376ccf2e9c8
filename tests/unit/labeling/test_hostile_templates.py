"""Templates that would stop a server if it rendered them in a thread of its own."""

from __future__ import annotations

import pytest

from helpers.calls import shared_calls
from helpers.task_templates import shared_templates
from trigpoint.labeling import template_work, templates
from trigpoint.labeling.liquid_rendering import render
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import TaskTemplates

LOOPS = "{% for a in (1..9999) %}{% for b in (1..9999) %}{% for c in (1..9999) %}{% endfor %}{% endfor %}{% endfor %}"


def rendered(template: str) -> str:
    return shared_templates().render(template, {"text": "x" * 1000}, str)


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        (LOOPS, "loop iteration limit"),
        (
            "{% assign x = 'abcdefgh' %}" + "{% assign x = x | append: x %}" * 40 + "{{ x }}",
            "would make more than",
        ),
        ("{% if true %}" * 50_000, ""),
        ("{{ '" + "{{" * 50_000 + "' | split: '{' | size }}", ""),
        ("{% assign x = 9 %}" + "{% assign x = x | times: x %}" * 100 + "{{ x }}", "too large"),
        ("{% include 'x' %}", "unexpected tag 'include'"),
        ("{% for a in (1..100000) %}{{ task.input.text }}{% endfor %}", "limit"),
    ],
    ids=["loops", "doubling", "nesting", "braces", "squaring", "include", "output"],
)
def test_a_hostile_template_gets_an_error_or_a_result(template: str, cause: str) -> None:
    if cause:
        with pytest.raises(TemplateError, match=cause):
            rendered(template)
        return
    try:
        rendered(template)
    except TemplateError as problem:
        assert problem.cause


def test_a_template_that_takes_too_long_is_stopped_and_the_next_one_is_rendered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(templates, "MAX_RENDER_S", 0.2)
    slow = "{% for a in (1..90000) %}{{ task.input.text | replace: 'x', 'xx' | size }}{% endfor %}"
    found = TaskTemplates(shared_calls())
    with pytest.raises(TemplateError, match=r"stopped, because it took longer than 0\.2 seconds"):
        found.render(slow, {"text": "x" * 20_000}, str)
    monkeypatch.undo()
    assert found.render("{{ task.input.text }}", {"text": "<"}, str) == "&lt;"


@pytest.mark.parametrize("html", ["<link " * 50_000, "<link <link >" * 20_000, "<link" + " x" * 100_000])
def test_style_sheets_are_removed_in_linear_time(html: str) -> None:
    assert render(html, {}, str, "") == html


def test_the_style_sheet_of_the_elements_is_removed_and_others_are_kept() -> None:
    ours = '<LINK rel="stylesheet" href="https://assets.crowd.aws/css/crowd-html-elements.css">'
    other = '<link rel="stylesheet" href="https://example.com/a.css">'
    assert render(f"a{ours}b{other}c<link", {}, str, "") == f"ab{other}c<link"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<crowd-form><crowd-bounding-box name='a'></crowd-bounding-box></crowd-form>", {"crowd-form", "crowd-bounding-box"}),
        ("<CROWD-Bounding-Box {% if true %}name='a'{% endif %}/>", {"crowd-bounding-box"}),
        ("<!-- <crowd-bounding-box> --><crowd-form></crowd-form>", {"crowd-form"}),
        ("<script>document.write('<crowd-bounding-box>')</script>", {"script"}),
        ("a < b {{ task.input.text }}", set()),
        ("<style>a</style ><b><!-- <c>", {"style", "b"}),
        ("<![CDATA[" * 100_000, set()),
        ("<" * 900_000, set()),
        ("<!--" * 200_000, set()),
        ("<script>" * 100_000, {"script"}),
        ("<link " * 100_000, {"link"}),
    ],
)  # fmt: skip
def test_elements_are_those_that_a_browser_would_make(template: str, expected: set[str]) -> None:
    assert template_work.elements(template) == expected
