"""Reads the task templates in the package of a task type."""

from __future__ import annotations

from importlib.resources import files

TEMPLATE = "template.html"
DOCUMENTED_TEMPLATE = "documented.html"


def read_template(package: str, name: str = TEMPLATE) -> str:
    """A template of the package's task type. It must exist: `package` is a package of this distribution."""
    return (files(package) / name).read_text("utf-8")
