"""Reading the JSON bodies of API calls."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

MAX_BODY_BYTES = 32 * 1024 * 1024  # of an API call; see `body_limits`
MAX_FORM_BYTES = 64 * 1024  # of a page's form
MAX_DEPTH = 100
_QUICK_BYTES = 64 * 1024
_TOO_DEEP = f"the body is nested too deeply; at most {MAX_DEPTH} levels are allowed"
_TOO_LARGE = "a number in the body is too large"


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
    try:
        text = body.decode() or "{}"
        parsed = json.loads(text, parse_constant=_refuse_constant)
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()  # a lone surrogate cannot be stored anywhere
    except (json.JSONDecodeError, UnicodeError) as error:
        raise MalformedRequest(f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise MalformedRequest(_TOO_DEEP) from None
    except ValueError:  # of int, see sys.set_int_max_str_digits
        raise MalformedRequest(_TOO_LARGE) from None
    if not isinstance(parsed, dict):
        raise MalformedRequest("the body must be a JSON object")
    _check_values(parsed)
    return parsed


def _check_values(document: dict[str, Any]) -> None:
    """Refuses what others could not read: deep nesting, and numbers beyond 64 bits or the range of a double."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            elif isinstance(value, int | float) and not _is_readable(value):
                raise MalformedRequest(_TOO_LARGE)
        if not inner:
            return
        level = inner
    raise MalformedRequest(_TOO_DEEP)


def _is_readable(number: float) -> bool:
    return -(2**63) <= number < 2**64 if isinstance(number, int) else math.isfinite(number)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedRequest(f"the body is not valid JSON: {name} is no JSON number")
