"""Sends the mails of the outbox through the mail server."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import SMTPUTF8 as SMTPUTF8_POLICY
from email.utils import format_datetime

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.core.smtp_url import SmtpServer
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.workforce.mail.model import MailStatus, StoredMail
from trigpoint.workforce.store import mail_rows
from trigpoint.workforce.workforces import Sealer

TIMEOUT_S = 20.0
"""For each answer of the mail server."""
TURN_S = 60.0
MAILS_PER_CONNECTION = 50
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3600.0
GIVE_UP_AFTER = timedelta(days=2)
KEPT_FOR = timedelta(days=30)
MAX_REASON_CHARACTERS = 300

log = logging.getLogger(__name__)


class MailDelivery:
    """Works off the outbox, one mail after the other.

    A mail is sent once, except that a server killed between sending a mail and recording it sends it again. Both
    have the same Message-ID, by which mail programs recognize the copy.
    """

    def __init__(self, db: Database, settings: Settings, sealer: Sealer, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._sealer = sealer
        self._clock = clock

    def reconcile(self, _: str) -> float | None:
        """Sends what is due. Returns the seconds until the next mail is due, None when none waits."""
        server = self._settings.smtp_server
        if server is None:
            return None  # the mails wait until a server starts that has one
        until_s = time.monotonic() + TURN_S
        self._tidy()
        while time.monotonic() < until_s:
            now = self._clock.now()
            with self._db.read() as connection:
                due = mail_rows.due(connection, now, MAILS_PER_CONNECTION)
                next_at = mail_rows.next_due_at(connection)
            if not due:
                return None if next_at is None else max(0.0, (next_at - now).total_seconds())
            self._send_all(server, due)
        return 0.0

    def _tidy(self) -> None:
        with self._db.write() as connection:
            mail_rows.remove_ended_before(connection, self._clock.now() - KEPT_FOR)

    def _send_all(self, server: SmtpServer, due: Sequence[StoredMail]) -> None:
        waiting = list(due)
        try:
            with _connected(server) as smtp:
                while waiting:
                    self._send(smtp, waiting[0])
                    waiting.pop(0)
        except (OSError, smtplib.SMTPException) as problem:
            reason = _reason(problem)
            log.warning(
                "mail_server_unusable host=%s waiting=%d reason=%s", server.host, len(waiting), reason
            )
            for mail in waiting:
                self._postpone(mail, reason)

    def _send(self, smtp: smtplib.SMTP, mail: StoredMail) -> None:
        """Sends one mail and records its result.

        Raises: OSError, SMTPException: the connection or the server fails, which says nothing about this mail.
        """
        try:
            message = self._message(mail)
        except (Invalid, ValueError) as problem:  # the key file was replaced, or the address cannot be sent
            self._end(mail, MailStatus.REFUSED, str(problem))
            return
        try:
            smtp.send_message(message, self._settings.mail_from, [mail.recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = refused.recipients[mail.recipient]
            self._refused(mail, code, _text(text))
        except smtplib.SMTPDataError as refused:
            self._refused(mail, refused.smtp_code, _text(refused.smtp_error))
        except smtplib.SMTPNotSupportedError:
            self._end(mail, MailStatus.REFUSED, "the mail server accepts only ASCII in addresses")
        else:
            self._end(mail, MailStatus.SENT, None)

    def _refused(self, mail: StoredMail, code: int, text: str) -> None:
        """A code of 500 and more is final; a smaller one asks for another try."""
        reason = f"{code} {text}"
        if code == 421:  # the server ends the connection
            raise smtplib.SMTPServerDisconnected(reason)
        if code >= 500:
            self._end(mail, MailStatus.REFUSED, reason)
        else:
            self._postpone(mail, reason)

    def _end(self, mail: StoredMail, status: MailStatus, reason: str | None) -> None:
        reason = reason and reason[:MAX_REASON_CHARACTERS]
        if status is not MailStatus.SENT:
            log.warning("mail_%s kind=%s worker=%s reason=%s", status, mail.kind, mail.worker_id, reason)
        with self._db.write() as connection:
            mail_rows.end(connection, mail.id, status, reason, self._clock.now())

    def _postpone(self, mail: StoredMail, reason: str) -> None:
        now = self._clock.now()
        if now >= mail.created_at + GIVE_UP_AFTER:
            self._end(mail, MailStatus.GIVEN_UP, reason)
            return
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(mail.attempts, 10))
        with self._db.write() as connection:
            mail_rows.postpone(
                connection, mail.id, reason[:MAX_REASON_CHARACTERS], now + timedelta(seconds=pause_s)
            )

    def _message(self, mail: StoredMail) -> EmailMessage:
        """Raises: Invalid: the body cannot be decrypted. ValueError: a header cannot have this value."""
        assert mail.sealed_body is not None
        sender = self._settings.mail_from
        is_ascii = mail.recipient.isascii() and sender.isascii()
        message = EmailMessage(policy=SMTP_POLICY if is_ascii else SMTPUTF8_POLICY)
        message["From"] = _address(sender, self._settings.organization or "Trigpoint")
        message["To"] = _address(mail.recipient)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.created_at)
        message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # vacation programs do not answer
        message.set_content(self._sealer.open(mail.sealed_body) + "\n")
        return message


@contextmanager
def _connected(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, signed in if the settings have a user.

    Raises: OSError, SMTPException: it cannot be used.
    """
    context = ssl.create_default_context()
    name = socket.gethostname()  # by default smtplib asks the DNS, which can take long
    if server.encryption == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=name, timeout=TIMEOUT_S, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=TIMEOUT_S)
    try:
        if server.encryption == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
        with suppress(OSError, smtplib.SMTPException):  # everything was accepted already
            smtp.quit()
    finally:
        smtp.close()


def _address(text: str, name: str = "") -> Address:
    local, _, domain = text.rpartition("@")  # as one text, it could not have letters beyond ASCII
    return Address(name, local, domain)


def _reason(problem: OSError | smtplib.SMTPException) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {_text(problem.smtp_error)}"
    return " ".join(f"{type(problem).__name__}: {problem}".split())


def _text(answer: bytes | str) -> str:
    return " ".join((answer.decode(errors="replace") if isinstance(answer, bytes) else answer).split())
