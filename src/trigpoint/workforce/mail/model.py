"""Records of e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailKind(StrEnum):
    """Why a mail is sent."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password reset"
    NEW_JOB = "new job"
    EXPIRING_JOB = "expiring job"


class MailStatus(StrEnum):
    """WAITING until the mail server has accepted or refused it."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    """The mail server will never accept it."""
    GIVEN_UP = "given up"
    """The mail server could not be used for two days."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one worker. Of several with the same `once_key`, only the first is sent."""

    kind: MailKind
    worker_id: str
    recipient: str
    subject: str
    body: str
    once_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail in the outbox. `sealed_body` is encrypted, because it may have a password; None when the mail has ended."""

    id: str
    kind: MailKind
    worker_id: str
    recipient: str
    subject: str
    sealed_body: str | None
    status: MailStatus
    attempts: int
    reason: str | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
