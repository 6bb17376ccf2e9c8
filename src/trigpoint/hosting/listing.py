"""Which models, configurations or endpoints does a list show, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Filters, order and place of one page; `after` is the decoded token of the page before.

    `..._after` includes the time itself, `..._before` does not (botocore's model). The name filter ignores
    case.
    """

    limit: int = 10
    sort_by: Literal["name", "created_at", "status"] = "created_at"
    descending: bool = True
    name_contains: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    status: str | None = None
    after: Mapping[str, Any] | None = None
