"""What are instances called."""

from __future__ import annotations

import secrets


def new_instance_id() -> str:
    """A new id that looks like EC2's, as they name log streams."""
    return f"i-{secrets.token_hex(9)[:17]}"
