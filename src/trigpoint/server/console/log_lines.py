"""Lines of a log as a page shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


def log_lines(events: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, str, str]]:
    """Time, name and message of each event, in the order of the log. Events of other programs have no name."""
    return [(_time(event["timestamp"]), *_parts(event["message"])) for event in events]


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _parts(message: str) -> tuple[str, str]:
    try:
        found = json.loads(message)
        return str(found["event-name"]), str(found["event-log-message"])
    except (ValueError, KeyError, TypeError):
        return "", message
