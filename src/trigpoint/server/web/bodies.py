"""Reading the JSON bodies of API calls."""

from __future__ import annotations

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from trigpoint.core.json_size import MAX_VALUES, has_too_many_values
from trigpoint.server.web.json_values import MAX_DEPTH, UnreadableValue, check_values

MAX_BODY_BYTES = 32 * 1024 * 1024  # of an API call; see `body_limits`
_QUICK_BYTES = 64 * 1024


class MalformedRequest(Exception):
    """The body is not what the call accepts."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def check_json(request: Request) -> None:
    """Raises: MalformedRequest: the Content-Type is not application/json."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise MalformedRequest("the request must have the Content-Type application/json", 415)


async def json_object(request: Request) -> dict[str, Any]:
    """The body, a JSON object; an empty body is an empty object.

    Raises: MalformedRequest: the body is too large or not a JSON object that can be stored.
    """
    body = await request.body()
    if len(body) <= _QUICK_BYTES:
        return _parsed(body)
    return await run_in_threadpool(_parsed, body)


def _parsed(body: bytes) -> dict[str, Any]:
    if has_too_many_values(body):
        raise MalformedRequest(f"the body has too many values; at most {MAX_VALUES} are allowed", 413)
    try:
        parsed = _loaded(body.decode() or "{}")
        if not isinstance(parsed, dict):
            raise MalformedRequest("the body must be a JSON object")
        check_values(parsed)
    except UnreadableValue as problem:
        raise MalformedRequest(str(problem)) from None
    except (json.JSONDecodeError, UnicodeError) as error:
        raise MalformedRequest(f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise MalformedRequest(
            f"the body is nested too deeply; at most {MAX_DEPTH} levels are allowed"
        ) from None
    return parsed


def _loaded(text: str) -> Any:
    """The JSON value. NaN, and numbers that are too large, are infinite or NaN; `check_values` names them."""
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # of int, see sys.set_int_max_str_digits
        parsed = json.loads(text, parse_int=float)
    if "\\u" in text:
        json.dumps(parsed, ensure_ascii=False).encode()  # a lone surrogate cannot be stored anywhere
    return parsed
