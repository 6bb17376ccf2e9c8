"""What do the operations on models, endpoint configurations and endpoints have in common on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, TypeVar

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.paging import Page, decode_position
from trigpoint.hosting.listing import ListQuery
from trigpoint.services.sagemaker.tags import checked_tags
from trigpoint.wire.errors import AwsError

Item = TypeVar("Item")

_SORT_COLUMNS: dict[str, Literal["name", "created_at", "status"]] = {
    "Name": "name",
    "CreationTime": "created_at",
    "Status": "status",
}


@contextmanager
def validation_errors() -> Iterator[None]:
    """Makes "exists already" and "does not exist" the ValidationException that the SDKs' waiters look for.

    Source: training.md 0 and 8.1, 8.2.
    """
    try:
        yield
    except (NotFound, Conflict) as error:
        raise AwsError("ValidationException", error.message) from error


def tags_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a create request as a mapping.

    Raises: Invalid: a key is there twice, or is one of AWS's own.
    """
    return checked_tags(request.get("Tags") or ())


def without_tags(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a description repeats of a create request: no tags, nor empty structures, which SDK v3 refuses."""
    return {key: value for key, value in request.items() if key != "Tags" and value not in ({}, [])}


def list_query(request: Mapping[str, Any]) -> ListQuery:
    """The filters and order of a List operation; newest first unless asked otherwise (botocore's model)."""
    token = request.get("NextToken")
    sort_by = _SORT_COLUMNS[request.get("SortBy") or "CreationTime"]
    return ListQuery(
        limit=request.get("MaxResults") or 10,
        sort_by=sort_by,
        descending=(request.get("SortOrder") or "Descending") == "Descending",
        name_contains=request.get("NameContains"),
        created_after=request.get("CreationTimeAfter"),
        created_before=request.get("CreationTimeBefore"),
        updated_after=request.get("LastModifiedTimeAfter"),
        updated_before=request.get("LastModifiedTimeBefore"),
        status=request.get("StatusEquals"),
        after=_place(token, sort_by) if token else None,
    )


def _place(token: str, sort_by: str) -> dict[str, Any]:
    kinds = {"value": datetime if sort_by == "created_at" else str, "name": str}
    return dict(zip(kinds, decode_position(token, kinds), strict=True))


def listed(
    request: Mapping[str, Any],
    list_page: Callable[[ListQuery], Page[Item]],
    member: str,
    summary: Callable[[Item], dict[str, Any]],
) -> dict[str, Any]:
    """A List operation's answer: a page's summaries as `member`; NextToken only when there is more."""
    page = list_page(list_query(request))
    more = {"NextToken": page.next_token} if page.next_token else {}
    return {member: [summary(item) for item in page.items], **more}
