"""What do all pages and calls of the portal share: the domain objects, the templates, the built assets."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from trigpoint.labeling.tasks import Tasks
from trigpoint.server.portal.times import duration, since, until
from trigpoint.services.presign import SignUrl
from trigpoint.settings import Settings
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = Path(__file__).parents[1] / "static"
IMAGE_URL_S = 12 * 3600


class Desk:
    """The portal's furniture; thread-safe and unchanging."""

    def __init__(
        self, workers: Workers, teams: Teams, tasks: Tasks, sign: SignUrl, settings: Settings
    ) -> None:
        self.workers = workers
        self.teams = teams
        self.tasks = tasks
        self.settings = settings
        self._sign = sign

    @cached_property
    def _templates(self) -> Environment:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # no start of the server waits for it

        templates = Environment(
            loader=PackageLoader("trigpoint.server.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.filters |= {"since": since, "until": until, "duration": duration}
        templates.globals |= {"asset": _asset_url}
        return templates

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The rendered template. Pages are about one person and one moment, so nobody keeps them."""
        values = {"worker": None, "form_token": "", "now": datetime.now(UTC), **values}
        html = self._templates.get_template(template).render(**values)
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})

    def base_url(self, request: Request) -> str:
        """Where the visitor reaches us: as configured, or else as his own request says."""
        if self.settings.public_url:
            return self.settings.base_url
        host = request.headers.get("host")
        return f"{request.url.scheme}://{host}" if host else self.settings.base_url

    def sign(self, request: Request, uri: str) -> str:
        """A URL under which the visitor's browser can read the object."""
        return self._sign(uri, base_url=self.base_url(request), expires_s=IMAGE_URL_S)


_asset_versions: dict[str, tuple[int, str]] = {}


def _asset_url(name: str) -> str:
    """The URL of a built asset, which changes with its content so that browsers may keep it."""
    try:
        changed_at = (STATIC / name).stat().st_mtime_ns
    except OSError:
        return f"/static/{name}"  # not built: the pages work without, only plainer
    known = _asset_versions.get(name)
    if known is None or known[0] != changed_at:
        digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
        known = _asset_versions[name] = (changed_at, digest)
    return f"/static/{name}?v={known[1]}"
