"""Rendering the pages of a site."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from trigpoint.core.clock import Clock
from trigpoint.language import LANGUAGES, current, lookup, lookup_plural, translated
from trigpoint.server.web.site import Site
from trigpoint.server.web.static import asset_url
from trigpoint.server.web.times import duration, since, size, until
from trigpoint.server.web.visits import Visit
from trigpoint.server.web.wording import sentence

if TYPE_CHECKING:
    from jinja2 import Environment


class Templates:
    """The templates of one site, and those that it shares with others.

    Every template can use `site`, `asset(name)`, `sends_mail` and the filters `since`, `until`, `duration`,
    `size`, `sentence` and `translated`. Texts are in the language of the request: `_("Sign in")`.
    Pages of a visit also get `worker` and `form_token`, which is the value of the hidden field `form_token` in every
    form.
    """

    def __init__(self, site: Site, clock: Clock, static_dir: Path, *, sends_mail: bool = False) -> None:
        self._site = site
        self._sends_mail = sends_mail
        self._clock = clock
        self._static_dir = static_dir
        self._filters: dict[str, Callable[..., Any]] = {}

    def add_filters(self, **filters: Callable[..., Any]) -> None:
        """Filters of this site. Call it before the first page."""
        self._filters |= filters

    @cached_property
    def _environment(self) -> Environment:
        # Imported at the first page, so that the start of the server does not wait for it.
        from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=ChoiceLoader([PackageLoader(self._site.templates), PackageLoader("trigpoint.server.web")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # The type of the environment does not know the methods of its extensions.
        environment.install_gettext_callables(lookup, lookup_plural, newstyle=True)  # type: ignore[attr-defined]
        environment.filters |= {
            "since": since,
            "until": until,
            "duration": duration,
            "size": size,
            "sentence": sentence,
            "translated": translated,
            **self._filters,
        }
        environment.globals |= {
            "languages_by_code": LANGUAGES,
            "language_in_use": current,
            "asset": partial(asset_url, self._static_dir),
            "site": self._site,
            "sends_mail": self._sends_mail,
        }
        return environment

    def page(
        self, template: str, *, visit: Visit | None = None, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """The rendered template. It is never cached, because it shows one person's data at one moment."""
        shared = {
            "worker": None if visit is None else visit.worker,
            "form_token": "" if visit is None else visit.form_token,
            "now": self._clock.now(),
            "language": current(),
        }
        html = self._environment.get_template(template).render(**shared, **values)
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})
