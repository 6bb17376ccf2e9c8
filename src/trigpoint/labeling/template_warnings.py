"""What in a task template is probably a mistake, although it can be rendered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from trigpoint.labeling.liquid_rendering import input_keys
from trigpoint.labeling.template_work import element_names

_PREFIXES = ("crowd-", "iron-", "short-instructions", "full-instructions")
"""How the names of elements begin that only our script defines."""


def template_warnings(
    template: str, html: str, task_input: Collection[str], elements: Collection[str]
) -> list[str]:
    """One sentence for each element that does not exist, and each key of `task.input` that this object does not have.

    Args:   html: the rendered template. elements: the names of the elements that exist.
    """
    unknown = sorted(name for name in element_names(html) if name.startswith(_PREFIXES))
    missing = [
        f"line {_line(template, f'<{name}')}: there is no element <{name}>{_similar(name, elements, '<{}>')}"
        for name in unknown
        if name not in elements
    ]
    undefined = [
        f"line {_line(template, key)}: task.input has no {key!r}, so it is empty{_similar(key, task_input, '{!r}')}"
        for key in sorted(input_keys(template))
        if key not in task_input
    ]
    return missing + undefined


def _line(template: str, text: str) -> int:
    place = template.lower().find(text.lower())
    return template.count("\n", 0, max(place, 0)) + 1


def _similar(name: str, known: Iterable[str], shown: str) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {shown.format(found[0])}?" if found else ""
