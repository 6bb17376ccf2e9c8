"""Rendering of templates for tests, and URLs to look for in place of signed ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from helpers.calls import shared_calls
from trigpoint.labeling.templates import TaskTemplates


def shared_templates() -> TaskTemplates:
    """Renders in the processes that all tests share."""
    return TaskTemplates(shared_calls())


def readable_url(base_url: str, expires_s: int, uri: str) -> str:
    """What the tests' signers make of an s3:// URI."""
    return f"{base_url}/signed/{uri.removeprefix('s3://')}?expires={expires_s}"


def signers(*, base_url: str, expires_s: int, source_ip: str | None = None) -> Callable[[str], str]:
    """Makes readable URLs instead of signed ones."""
    return partial(readable_url, base_url, expires_s)
