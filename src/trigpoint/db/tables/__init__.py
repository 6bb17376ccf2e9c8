"""The schema: one module per domain, all in one metadata."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import MetaData

from trigpoint.db.tables.metadata import metadata


def load_all() -> MetaData:
    """The metadata with every table of every module of this package in it."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return metadata
