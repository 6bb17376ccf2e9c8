"""What makes one web app differ from another: its path, its templates, its assets and its wording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trigpoint.workforce.people import Role

MAX_FORM_BYTES = 64 * 1024  # of a page's form, unless the site allows more


@dataclass(frozen=True, slots=True)
class Site:
    """One web app, such as the portal.

    `templates` is the package whose folder `templates` is searched before that of `server/web`; a template there
    replaces the shared one of the same name. `headlines` replaces headlines of error pages, by error code.
    The home page receives `?notice=password-changed` after somebody has changed their password.
    Only people with one of the `roles` can sign in.
    """

    prefix: str
    templates: str
    stylesheet: str
    script: str
    sign_in_title: str
    home_title: str
    headlines: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[Role] = frozenset(Role)
    max_form_bytes: int = MAX_FORM_BYTES
    max_upload_bytes: int = 0
    """Of a form with files, which is sent to a path that ends with `/upload`; 0 if the site has none."""
    lower_upload_bytes: Mapping[str, int] = field(default_factory=dict)
    """The same for paths that begin so, below the prefix."""

    @property
    def name(self) -> str:
        """The prefix without slashes, for logs."""
        return self.prefix.strip("/")

    @property
    def home(self) -> str:
        """The path of the first page."""
        return f"{self.prefix}/"

    def is_api(self, path: str) -> bool:
        """Whether the path belongs to the JSON API, which answers errors in JSON."""
        return path.startswith(f"{self.prefix}/api/")

    def most_upload_bytes(self, path: str) -> int:
        """Of a form with files that is sent to the path."""
        below = path.removeprefix(self.prefix)
        lower = (most for begin, most in self.lower_upload_bytes.items() if below.startswith(begin))
        return min(lower, default=self.max_upload_bytes)

    def is_upload(self, path: str) -> bool:
        """Whether a form with files is sent to the path."""
        return self.max_upload_bytes > 0 and path.startswith(self.home) and path.endswith("/upload")
