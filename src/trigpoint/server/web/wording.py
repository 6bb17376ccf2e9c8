"""Error messages as sentences for people."""

from __future__ import annotations

from trigpoint.language import translated


def sentence(message: str) -> str:
    """`the name is taken` as `The name is taken.`, in the language of the reader."""
    shown = translated(message)
    return f"{shown[:1].upper()}{shown[1:].rstrip('.')}."
