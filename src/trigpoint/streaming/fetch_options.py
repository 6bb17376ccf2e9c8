"""Options of reading ahead."""

from __future__ import annotations

from dataclasses import dataclass

from trigpoint.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How much may be in progress, and how often an object is tried after a temporary failure.

    The delay before try k + 1 is `first_delay_s` * 4**(k - 1).
    """

    threads: int = 8
    ahead: int = 256
    budget_bytes: int = 128 << 20
    large_bytes: int = 16 << 20
    tries: int = 4
    first_delay_s: float = 0.1

    def __post_init__(self) -> None:
        for name in ("threads", "ahead", "budget_bytes", "large_bytes", "tries"):
            if getattr(self, name) < 1:
                raise Invalid(f"FetchOptions.{name} is {getattr(self, name)}; it must be at least 1")


DEFAULT = FetchOptions()
