"""The work on a task template that is done in another process: its results can be pickled.

`liquid_rendering` is imported with the first template, because its library takes a fifth of the server's start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.labeling.template_errors import TemplateError

_OPENING = re.compile(r"<!--|<([a-z][a-z0-9-]{0,100})")
_TEXT_ELEMENTS = ("script", "style", "textarea", "title")
"""Elements in which a browser takes tags for text."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a TemplateError says."""

    cause: str
    line: int | None


def elements(template: str) -> frozenset[str] | Problem:
    """See TaskTemplates.elements."""
    from trigpoint.labeling import liquid_rendering

    try:
        liquid_rendering.check(template)
    except TemplateError as problem:
        return Problem(problem.cause, problem.line)
    return element_names(template)


def shown_names(template: str) -> frozenset[str] | Problem:
    """See TaskTemplates.shown_names."""
    from trigpoint.labeling import liquid_rendering

    try:
        if "reviewed" in liquid_rendering.input_keys(template):
            return frozenset()
        return liquid_rendering.manifest_names(template)
    except TemplateError as problem:
        return Problem(problem.cause, problem.line)


def render(
    template: str,
    task_input: Mapping[str, Any],
    sign: Callable[[str], str],
    assets_url: str,
    language: str | None,
) -> str | Problem:
    """See TaskTemplates.render."""
    from trigpoint.labeling import liquid_rendering

    try:
        return liquid_rendering.render(template, task_input, sign, assets_url, language)
    except TemplateError as problem:
        return Problem(problem.cause, problem.line)


def element_names(html: str) -> frozenset[str]:
    """The names of the start tags. Each character is looked at once, which Python's HTML parser does not promise."""
    names, place, text = set[str](), 0, html.lower()
    while found := _OPENING.search(text, place):
        name, place = found[1], found.end()
        names.add(name or "")
        if name in _TEXT_ELEMENTS or name is None:
            place = text.find("-->" if name is None else f"</{name}", place)
            if place < 0:
                break
    return frozenset(names - {""})
