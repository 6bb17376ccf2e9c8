"""Tokens of jobs for the door. Like temporary credentials, a token holds everything, encrypted; there is no table."""

from __future__ import annotations

import json
from datetime import timedelta

from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid

_PURPOSE = "door"  # a text that was encrypted for another purpose is not a token


class DoorKeys:
    """Issues and opens the tokens of jobs."""

    def __init__(self, box: SecretBox, clock: Clock) -> None:
        self._box = box
        self._clock = clock

    def issue(self, job: str, lifetime_s: int) -> str:
        """A token of the job (training-job/<id>), valid from now for `lifetime_s` seconds."""
        expires_at = self._clock.now() + timedelta(seconds=lifetime_s)
        return self._box.seal(json.dumps([_PURPOSE, job, expires_at.timestamp()]))

    def open(self, token: str) -> str | None:
        """The job of a token; None when it is no token of ours, or has expired."""
        try:
            purpose, job, expires = json.loads(self._box.open(token))
        except (Invalid, ValueError, TypeError):
            return None
        if purpose != _PURPOSE or expires < self._clock.now().timestamp():
            return None
        return str(job)
