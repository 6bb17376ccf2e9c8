"""What do the operations on models, endpoint configurations and endpoints have in common on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.services.sagemaker.list_requests import list_filter
from trigpoint.services.sagemaker.tags import checked_tags
from trigpoint.wire.errors import AwsError

Item = TypeVar("Item")


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


def listed(
    request: Mapping[str, Any],
    list_page: Callable[[ListFilter], Page[Item]],
    member: str,
    summary: Callable[[Item], dict[str, Any]],
) -> dict[str, Any]:
    """A List operation's answer: a page's summaries as `member`; NextToken only when there is more."""
    page = list_page(list_filter(request, "Descending"))
    more = {"NextToken": page.next_token} if page.next_token else {}
    return {member: [summary(item) for item in page.items], **more}
