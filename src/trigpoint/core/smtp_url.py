"""The URL of a mail server, and which texts are e-mail addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from trigpoint.core.errors import Invalid

MAX_ADDRESS_CHARACTERS = 254
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The characters that separate or group addresses in a mail header are left out, also those that RFC 5322 allows in quotes.
_LOCAL_PART = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server that takes mail for others. `encryption` is "none", "starttls" or "tls"."""

    host: str
    port: int
    encryption: str
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """The server of `smtps://user:password@host:465`, `smtp+starttls://...` (587) or `smtp://...` (25).

        Raises: Invalid: it is no such URL, or would send a password without encryption over a network. The message
            does not show the password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        else:
            if parts.scheme not in _PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
                host = None
        if not host:
            raise Invalid(
                "TRIGPOINT_SMTP_URL must look like smtps://user:password@mail.example.com:465, with the scheme smtps, "
                "smtp+starttls or smtp, and with special characters of the password written as %40 and so on"
            )
        encryption = {"smtp": "none", "smtp+starttls": "starttls", "smtps": "tls"}[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if password and encryption == "none" and host not in _LOOPBACK:
            raise Invalid(
                f"TRIGPOINT_SMTP_URL would send the password to {host} without encryption; use smtps:// or smtp+starttls://"
            )
        return cls(host, port or _PORTS[parts.scheme], encryption, user, password)


def is_mail_address(text: str) -> bool:
    """Whether the text is one plain e-mail address: no name, no list, no quotes, at most 254 characters."""
    local, at, domain = text.rpartition("@")
    return (
        bool(at)
        and len(text) <= MAX_ADDRESS_CHARACTERS
        and text.isprintable()
        and _LOCAL_PART.fullmatch(local) is not None
        and not (local.startswith(".") or local.endswith(".") or ".." in local)
        and _DOMAIN.fullmatch(domain) is not None
    )
