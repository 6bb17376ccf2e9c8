"""A real mail server that keeps what it gets, and refuses what a test wants refused."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What the server does and has got. `refusals` has an answer for each recipient that it does not take.

    `signed_in` has the name and password of each connection that signed in.
    """

    refusals: dict[str, str] = field(default_factory=dict)
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def text(self, index: int = -1) -> str:
        """The body of a message, by default of the last."""
        body = self.messages[index].get_body()
        assert body is not None
        return str(body.get_content())

    # the names that aiosmtpd looks for
    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default_policy)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 Accepted"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        pair = (data.login.decode(), data.password.decode())
        self.signed_in.append(pair)
        return AuthResult(success=pair == ("mailer", "p@ss"))


@contextmanager
def running_mail_server(
    port: int = 0, *, tls: ssl.SSLContext | None = None, signs_in: bool = False, utf8: bool = True
) -> Iterator[MailServer]:
    """A server on 127.0.0.1. With `tls` it offers STARTTLS and accepts nothing before; `utf8` is SMTPUTF8."""
    handler = MailServer(port=port or free_port())
    options: dict[str, Any] = {"auth_required": signs_in, "enable_SMTPUTF8": utf8}
    if signs_in:
        options["authenticator"] = handler.authenticate
    if tls is not None:
        options |= {"tls_context": tls, "require_starttls": True}
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, **options)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
