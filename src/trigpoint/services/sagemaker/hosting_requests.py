"""Shared parts of the operations on models, endpoint configurations, endpoints and transform jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.services.sagemaker.list_requests import list_filter
from trigpoint.wire.errors import AwsError

Item = TypeVar("Item")


@contextmanager
def validation_errors() -> Iterator[None]:
    """Turns NotFound and Conflict into ValidationException, which the SDKs' waiters expect.

    Source: training.md 0 and 8.1, 8.2.
    """
    try:
        yield
    except (NotFound, Conflict) as error:
        raise AwsError("ValidationException", error.message) from error


def without_tags(request: Mapping[str, Any]) -> dict[str, Any]:
    """The create request as a Describe operation returns it: without tags, and without empty structures, which version 3
    of the SDK refuses.
    """
    return {key: value for key, value in request.items() if key != "Tags" and value not in ({}, [])}


def listed(
    request: Mapping[str, Any],
    list_page: Callable[[ListFilter], Page[Item]],
    member: str,
    summary: Callable[[Item], dict[str, Any]],
) -> dict[str, Any]:
    """The response of a List operation, newest first unless asked otherwise (botocore's model).

    The summaries of one page are in `member`; NextToken is there only when there is another page.
    """
    page = list_page(list_filter(request, "Descending"))
    more = {"NextToken": page.next_token} if page.next_token else {}
    return {member: [summary(item) for item in page.items], **more}
