"""The work on a task template that is done in another process: its results can be pickled.

`liquid_rendering` is imported with the first template, because its library takes a fifth of the server's start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from trigpoint.labeling.template_errors import TemplateError


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
    found = _Elements()
    found.feed(template)
    found.close()
    return frozenset(found.names)


def render(
    template: str, task_input: Mapping[str, Any], sign: Callable[[str], str], assets_url: str
) -> str | Problem:
    """See TaskTemplates.render."""
    from trigpoint.labeling import liquid_rendering

    try:
        return liquid_rendering.render(template, task_input, sign, assets_url)
    except TemplateError as problem:
        return Problem(problem.cause, problem.line)


class _Elements(HTMLParser):
    """Collects the names of start tags. The parser takes what is in scripts and comments for text."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
