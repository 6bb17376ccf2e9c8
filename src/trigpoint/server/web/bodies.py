"""Reading the JSON bodies of API calls."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

MAX_BODY_BYTES = 32 * 1024 * 1024


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

    Raises: MalformedRequest: the body is too large or not a JSON object.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise MalformedRequest(f"the request is larger than {MAX_BODY_BYTES // 2**20} MiB", 413)
    try:
        parsed = json.loads(bytes(body) or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise MalformedRequest(f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise MalformedRequest("the body is nested too deeply") from None
    except ValueError:  # of int, see sys.set_int_max_str_digits
        raise MalformedRequest("a number in the body has too many digits") from None
    if not isinstance(parsed, dict):
        raise MalformedRequest("the body must be a JSON object")
    return parsed
