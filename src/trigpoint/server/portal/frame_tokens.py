"""Tokens in the URLs of frames on a host of their own, to which browsers send no session cookie."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.language import translatable

VALID = timedelta(minutes=10)  # the page loads the frame at once
MAX_TOKEN_CHARACTERS = 2000
_PURPOSE = "task frame"  # a text that was encrypted for another purpose is not a token


@dataclass(frozen=True, slots=True)
class FrameVisit:
    """What a token allows: to show one assignment to its worker, in their language, in a page of one origin."""

    worker_id: str
    assignment_id: str
    page_origin: str
    language: str


class FrameTokens:
    """Issues and reads the tokens, without a table of them. Every server with the key file accepts them."""

    def __init__(self, box: SecretBox, clock: Clock) -> None:
        self._box = box
        self._clock = clock

    def issue(self, visit: FrameVisit) -> str:
        """A token that is valid for ten minutes."""
        ends_at = (self._clock.now() + VALID).timestamp()
        return self._box.seal(json.dumps({"purpose": _PURPOSE, "ends_at": ends_at, **asdict(visit)}))

    def read(self, token: str) -> FrameVisit:
        """Raises: NotFound: the token is not ours, or its time is over."""
        content = self._content(token)
        if self._clock.now().timestamp() >= content["ends_at"]:
            raise NotFound(translatable("this address is no longer valid; reload the page of the task"))
        visit = (content[name] for name in ("worker_id", "assignment_id", "page_origin", "language"))
        return FrameVisit(*visit)

    def _content(self, token: str) -> dict[str, Any]:
        try:
            if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
                raise ValueError("not a token")
            content = json.loads(self._box.open(token))
        except (Invalid, ValueError):
            raise NotFound(translatable("there is no task at this address")) from None
        if not isinstance(content, dict) or content.get("purpose") != _PURPOSE:
            raise NotFound(translatable("there is no task at this address"))
        return content
