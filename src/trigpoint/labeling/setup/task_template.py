"""The task template of a new job: that of its task type, with the texts, labels' colours and examples of a person."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.labeling import liquid_rendering
from trigpoint.labeling.setup.instructions import liquid_html, safe_html
from trigpoint.labeling.task_types.contract import TaskType

COLOURED_ELEMENTS: Final = ("crowd-bounding-box",)
"""Elements of built-in templates that take colours of labels."""

_EMPTY_INPUT: Final = {
    "labels": [],
    "taskObject": "s3://bucket/key",
    "source": "",
    "reviewed": {"src": "s3://bucket/key"},
    "instructions": {"shortInstruction": "", "fullInstruction": ""},
}
_HEADER: Final = re.compile(r'header="([^"]*)"')
_LABELS: Final = re.compile(r'^( +)labels="', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """An image that shows workers what is right or wrong. uri: s3://, https:// or data:."""

    uri: str
    caption: str


@dataclass(frozen=True, slots=True)
class TaskTexts:
    """What a person wrote for the workers. Empty texts keep those of the task type. Instructions are HTML.

    colours: of the labels in their order, `#rrggbb`, or None for the palette's.
    """

    header: str = ""
    short: str = ""
    full: str = ""
    colours: Sequence[str | None] = ()
    examples: Sequence[Example] = ()


def takes_colours(task_type: TaskType[Any]) -> bool:
    """Whether its labels can have colours of their own."""
    return task_type.element in COLOURED_ELEMENTS and 'labels="' in task_type.template


def standard_texts(task_type: TaskType[Any]) -> TaskTexts:
    """The texts in the template of the task type, to begin with."""
    page = liquid_rendering.render(task_type.template, _EMPTY_INPUT, lambda uri: uri, "")
    header = _HEADER.search(page)
    return TaskTexts(
        html.unescape(header[1]) if header else "",
        safe_html(_inner(page, "short-instructions")),
        safe_html(_inner(page, "full-instructions")),
    )


def build_template(task_type: TaskType[Any], texts: TaskTexts) -> str:
    """The template of the task type with the texts in it.

    Raises: Invalid: an image has an address that cannot be part of a template.
    """
    template = task_type.template
    standard = standard_texts(task_type)
    if texts.header and texts.header != standard.header:
        written = f'header="{_attribute(texts.header)}"'
        template = _HEADER.sub(lambda _: written, template, count=1)
    short = texts.short or standard.short
    if short != standard.short or texts.examples:
        template = _with_inner(template, "short-instructions", short + _figures(texts.examples))
    if texts.full and texts.full != standard.full:
        template = _with_inner(template, "full-instructions", texts.full)
    if any(texts.colours) and takes_colours(task_type):
        colours = _attribute(json.dumps([each or "" for each in texts.colours]))
        template = _LABELS.sub(
            lambda found: f'{found[1]}label-colors="{colours}"\n{found[0]}', template, count=1
        )
    return template


def _figures(examples: Sequence[Example]) -> str:
    return "".join(
        f"<h4>{html.escape(each.caption)}</h4>"
        f'<p><img src="{html.escape(each.uri)}" alt="{html.escape(each.caption)}"></p>'
        for each in examples
    )


def _attribute(text: str) -> str:
    """A text as the value of an attribute in a Liquid template."""
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _element(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<{name}\b[^>]*>)(.*?)([ \t]*</{name}>)", re.DOTALL)


def _inner(page: str, name: str) -> str:
    found = _element(name).search(page)
    return found[2].strip() if found else ""


def _with_inner(template: str, name: str, content: str) -> str:
    written = liquid_html(content)
    return _element(name).sub(lambda found: f"{found[1]}\n{written}\n{found[3]}", template, count=1)
