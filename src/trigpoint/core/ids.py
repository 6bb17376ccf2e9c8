"""Generated identifiers and random tokens."""

from __future__ import annotations

import os
import secrets
import time
import uuid


def new_id() -> str:
    """26 hexadecimal digits that sort by creation time (12 of milliseconds, 14 random)."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(7).hex()}"


def random_token(n_bytes: int = 32) -> str:
    """An unguessable URL-safe token of `n_bytes` of randomness."""
    return secrets.token_urlsafe(n_bytes)


def request_id() -> str:
    """A request id in AWS's form."""
    return str(uuid.uuid4())
