"""Task templates: checking one, and rendering it for one data object.

Templates come from users. `liquid_rendering` works on them in processes of its own, so that a template can use up
nothing but its own time and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from trigpoint.compute.bounded_calls import BoundedCalls, CallFailed
from trigpoint.labeling import template_work
from trigpoint.labeling.template_errors import TemplateError

MAX_TEMPLATE_BYTES = 1024 * 1024
MAX_RENDER_S = 5.0
"""Seconds of processor time for checking or rendering a template."""
PATIENCE_S = 10.0
"""Seconds to wait while other templates are worked on."""

Sign = Callable[[str], str]
"""Makes a URL that a browser can read of an s3:// URI. It can be pickled."""

T = TypeVar("T")


class TaskTemplates:
    """Checks and renders templates. Thread-safe.

    All methods raise CallsBusy while other templates take long, and CallsStopped while the server shuts down.
    """

    def __init__(self, calls: BoundedCalls) -> None:
        self._calls = calls

    def elements(self, template: str) -> frozenset[str]:
        """The names of the HTML elements in the template, in lower case. Comments and scripts do not count.

        Raises: TemplateError: it is not Liquid, or has an unknown tag or filter.
        """
        return self._done(template_work.elements, template)

    def shown_names(self, template: str) -> frozenset[str]:
        """The names in the line of the manifest that the template shows.

        None for a template that reads `task.input.reviewed`, which is always the label that is reviewed.
        Raises: TemplateError: as elements.
        """
        return self._done(template_work.shown_names, template)

    def render(
        self,
        template: str,
        task_input: Mapping[str, Any],
        sign: Sign,
        *,
        assets_url: str = "",
        language: str | None = None,
    ) -> str:
        """The template's HTML with `task.input` bound to `task_input`.

        AWS's crowd-html-elements script is replaced by our own, which is served under `assets_url` + /static. Its
        style sheet is removed, because our script brings its styles. The elements speak `language`, else English.

        Raises: TemplateError: the template cannot be parsed or rendered.
        """
        return self._done(template_work.render, template, task_input, sign, assets_url, language)

    def _done(self, work: Callable[..., T | template_work.Problem], *arguments: Any) -> T:
        try:
            done = self._calls.call(work, *arguments, limit_s=MAX_RENDER_S, patience_s=PATIENCE_S)
        except CallFailed as failed:
            raise TemplateError(f"working on the template was stopped, because {failed}") from None
        if isinstance(done, template_work.Problem):
            raise TemplateError(done.cause, done.line)
        return done
