"""NextTokens that are only valid for the query that returned them.

A store's token is the place where a page ended (see `core.paging`). Here a mark of the query is added to it. A token
of another operation, or of the same operation with other filters or another order, is refused, because its page
would belong to neither list. The page size may change from page to page.
Source: in AWS's reference a token belongs to its request; botocore's paginators repeat the whole request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.core.paging import decode_token
from trigpoint.services.context import RequestContext
from trigpoint.wire.model import Operation, members

Handler = Callable[[RequestContext, dict[str, Any]], dict[str, Any] | None]

_TOKEN = "NextToken"
_MAY_CHANGE = (_TOKEN, "MaxResults")
_MARK_LENGTH = 12


def tied_to_query(operation: Operation, handler: Handler) -> Handler:
    """The handler of a list operation with tokens tied to their query; other handlers are returned unchanged.

    Raises, from the handler: Invalid: the token is not one of ours, or was returned for another query.
    """
    if not all(
        shape is not None and _TOKEN in members(shape)
        for shape in (operation.input_shape, operation.output_shape)
    ):
        return handler

    def tied(ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any] | None:
        mark = _mark(operation.name, request)
        if request.get(_TOKEN):
            request = request | {_TOKEN: _place(request[_TOKEN], mark)}
        answer = handler(ctx, request)
        if answer and answer.get(_TOKEN):
            return answer | {_TOKEN: f"{answer[_TOKEN]}.{mark}"}
        return answer

    return tied


def place_in(token: str) -> str:
    """The place in a token, without the mark of its query."""
    return token.rpartition(".")[0]


def token_at(place: str, operation: str, request: Mapping[str, Any]) -> str:
    """The token of this place for an operation with this request: for lists that go back, which is another query."""
    return f"{place}.{_mark(operation, request)}"


def _place(token: str, mark: str) -> str:
    text, _, found = token.rpartition(".")
    if found != mark:
        decode_token(text or token)  # raises when it is not a token at all
        raise Invalid(
            "NextToken belongs to another list, or to this list with another order or other filters; pass the "
            "NextToken of this list's last response, with the same request"
        )
    return text


def _mark(operation: str, request: Mapping[str, Any]) -> str:
    query = {name: value for name, value in request.items() if name not in _MAY_CHANGE}
    text = json.dumps([operation, query], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_MARK_LENGTH]
