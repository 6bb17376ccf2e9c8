"""The errors that domain code raises because of what a person asked for.

Each carries one sentence that names the value, the rule and the way out. `services` maps them to AWS's
modelled codes. Any other exception is a bug of Trigpoint's and becomes an internal failure.
"""

from __future__ import annotations


class TrigpointError(Exception):
    """Base of the errors that the caller gets as a reply."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(TrigpointError):
    """The request, file or field breaks a rule."""


class NotFound(TrigpointError):
    """The named resource does not exist."""


class Conflict(TrigpointError):
    """The resource already exists, or its state forbids this."""


class Outdated(Conflict):
    """The change was made from an older version than the stored one."""


class LimitExceeded(TrigpointError):
    """A quota would be exceeded."""


class Denied(TrigpointError):
    """The caller is not allowed to do this."""


class Unavailable(Exception):
    """The server cannot do this until its operator removes a cause, such as a database that is down.

    No error of a person's request, so that no job fails because of it: the work is tried again later. The message names
    the cause for any caller. It has no path and no secret; the log has the details.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class OutOfSpace(Unavailable):
    """A disk of the server is full."""
