"""What does a worker see: rendering a task template for one data object.

The renderer is loaded when the first template is looked at: its library takes a fifth of the server's start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trigpoint.core.errors import Invalid

Sign = Callable[[str], str]
"""Makes a URL that a browser can read of the URI of an object."""


class TemplateError(Invalid):
    """The template cannot be read or rendered. `line` counts from 1; None when the fault has no single
    place."""

    def __init__(self, cause: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {cause}" if line else cause)
        self.line = line
        self.cause = cause


def check(template: str) -> None:
    """Raises: TemplateError: the template is not Liquid, or names a tag we do not know."""
    from trigpoint.labeling import liquid_rendering

    liquid_rendering.check(template)


def render(template: str, task_input: Mapping[str, Any], sign: Sign, *, assets_url: str = "") -> str:
    """The template's HTML with `task.input` bound to `task_input`. AWS's crowd-html-elements script is
    replaced by our own, which lies under `assets_url` + /static; its style sheet is left out, because
    ours brings its styles along.

       Args:   sign makes a readable URL of an s3:// URI, for `grant_read_access`.
       Raises: TemplateError: the template cannot be parsed or rendered.
    """
    from trigpoint.labeling import liquid_rendering

    return liquid_rendering.render(template, task_input, sign, assets_url)
