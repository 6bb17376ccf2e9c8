"""Rendering a task template for one data object.

`liquid_rendering` is imported with the first template, because its library takes a fifth of the server's start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def check(template: str) -> None:
    """Parses the template.

    Raises: TemplateError: it is not Liquid, or has an unknown tag or filter.
    """
    from trigpoint.labeling import liquid_rendering

    liquid_rendering.check(template)


def render(
    template: str, task_input: Mapping[str, Any], sign: Callable[[str], str], *, assets_url: str = ""
) -> str:
    """The template's HTML with `task.input` bound to `task_input`.

    AWS's crowd-html-elements script is replaced by our own, which is served under `assets_url` + /static. Its style
    sheet is removed, because our script brings its styles.

    Args:   sign: makes a URL that a browser can read of an s3:// URI, for `grant_read_access`.
    Raises: TemplateError: the template cannot be parsed or rendered.
    """
    from trigpoint.labeling import liquid_rendering

    return liquid_rendering.render(template, task_input, sign, assets_url)
