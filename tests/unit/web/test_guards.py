"""Every route of a web app has exactly one guard."""

from __future__ import annotations
