"""A page that tools/pictures.py shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

Open = Callable[[Page, str], None]
"""What to do with a browser's page, and the address of the server, to see a page."""


@dataclass(frozen=True)
class PicturePage:
    """A page, and what to do to see it.

    `stage` is "before" there are jobs, "" when there are, "organization" once an identity provider is in use, "console" on
    the server of a finished demo, and "running" there while a training runs.
    """

    name: str
    open: Open
    signed_in: bool = True
    stage: str = ""
