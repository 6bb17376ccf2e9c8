"""Reads the task template in the package of a task type."""

from __future__ import annotations

from importlib.resources import files

TEMPLATE = "template.html"


def read_template(package: str) -> str:
    """The template of the package's task type. It must exist: `package` is a package of this distribution."""
    return (files(package) / TEMPLATE).read_text("utf-8")
