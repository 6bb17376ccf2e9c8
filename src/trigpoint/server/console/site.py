"""The site of the console, and the sections of its navigation."""

from __future__ import annotations

from dataclasses import dataclass

from trigpoint.language import translatable
from trigpoint.server.web.site import Site
from trigpoint.workforce.people import CONSOLE_ROLES, Role

CONSOLE = Site(
    prefix="/console",
    templates="trigpoint.server.console",
    stylesheet="console.css",
    script="console.js",
    sign_in_title=translatable("Sign in to the console"),
    home_title=translatable("To the overview"),
    roles=frozenset(CONSOLE_ROLES),
    max_form_bytes=1 << 20,  # instructions for workers have pictures and formatting
    max_upload_bytes=2 << 30,  # files of a form; those that a script sends come in parts
    lower_upload_bytes={
        "/endpoints/": 8 << 20,  # one file, for a request that takes 6 MiB
        "/training-jobs/": 513 << 20,  # one file with code, of 512 MiB
    },
)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation. `path` is below the prefix, "/" for the first page.

    `icon` is the path of an SVG of 20 x 20.
    """

    path: str
    title: str
    icon: str
    roles: tuple[Role, ...] = CONSOLE_ROLES
