"""What can go wrong because of what a person asked for: the errors domain code raises.

Each carries one sentence that names the value, the rule and the way out. `services` maps them to AWS's modelled
codes; everything else that is raised is our own fault and becomes an internal failure.
"""

from __future__ import annotations


class TrigpointError(Exception):
    """Base of the errors that are an answer, not an accident."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(TrigpointError):
    """The request, file or field breaks a rule."""


class NotFound(TrigpointError):
    """The named resource does not exist."""


class Conflict(TrigpointError):
    """The resource exists already, or is in a state that forbids this."""


class LimitExceeded(TrigpointError):
    """A quota would be exceeded."""


class Denied(TrigpointError):
    """The caller may not do this."""
