"""Error messages as sentences for people."""

from __future__ import annotations


def sentence(message: str) -> str:
    """`the name is taken` as `The name is taken.`"""
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."
