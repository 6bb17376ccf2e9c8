"""Ids of instances."""

from __future__ import annotations

import secrets


def new_instance_id() -> str:
    """A new id in the form of EC2's; log streams are named after it."""
    return f"i-{secrets.token_hex(9)[:17]}"
