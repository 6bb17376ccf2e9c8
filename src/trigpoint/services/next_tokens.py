"""Which query does a NextToken go on with: the one that gave it, and no other.

The stores' tokens say where a page ended (see `core.paging`). Here each gets a mark of the query, so that a token
of another operation, or of the same one with other filters or another order, is refused instead of giving
a page that is neither list's. The page size may change from page to page.
Source: AWS's reference has tokens of the same request; botocore's paginators repeat it in full.
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
    """The handler of a list operation, whose tokens are taken with the query that they were given for alone;
    any other handler as it is.

    Raises, from the handler: Invalid: the token is none of ours, or of another query.
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


def _place(token: str, mark: str) -> str:
    text, _, found = token.rpartition(".")
    if found != mark:
        decode_token(text or token)  # says so when it is no token at all
        raise Invalid(
            "NextToken is of another list, or of this list in another order or with other filters; pass on the "
            "token of this list's last answer, with the same request"
        )
    return text


def _mark(operation: str, request: Mapping[str, Any]) -> str:
    query = {name: value for name, value in request.items() if name not in _MAY_CHANGE}
    text = json.dumps([operation, query], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_MARK_LENGTH]
