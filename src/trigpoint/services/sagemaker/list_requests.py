"""Fields of a List request as a `ListFilter`: the same for every list that reads a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.list_filter import ListFilter, SortBy

DEFAULT_PAGE = 10
_SORT_COLUMNS: dict[str, SortBy] = {
    "Name": "name",
    "CreationTime": "created_at",
    "Status": "status",
}


def list_filter(request: Mapping[str, Any], sort_order: str = "Ascending") -> ListFilter:
    """The filters, order and page of a List operation; `sort_order` is the operation's default."""
    return ListFilter(
        name_contains=request.get("NameContains"),
        status=request.get("StatusEquals"),
        created_after=request.get("CreationTimeAfter"),
        created_before=request.get("CreationTimeBefore"),
        updated_after=request.get("LastModifiedTimeAfter"),
        updated_before=request.get("LastModifiedTimeBefore"),
        sort_by=_SORT_COLUMNS[request.get("SortBy") or "CreationTime"],
        descending=(request.get("SortOrder") or sort_order) == "Descending",
        limit=request.get("MaxResults") or DEFAULT_PAGE,
        next_token=request.get("NextToken"),
    )
