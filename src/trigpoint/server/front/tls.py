"""Certificates for TLS clients: one for the name that a client calls, made when the name is first called."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cachetools import TTLCache

from trigpoint.core.clock import Clock

RENEWED_AFTER = timedelta(days=45)  # of a certificate's 90
KEPT_CONTEXTS = 64
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)


class CertificateSource(Protocol):
    """The signer of certificates: see `access.authority.Authority`."""

    def covers(self, name: str) -> bool: ...
    def server_pem(self, names: tuple[str, ...], now: datetime) -> bytes: ...


class ServerContexts:
    """TLS contexts by the name that the client calls.

    One context serves a name and its siblings (`*.s3.us-east-1.amazonaws.com`), so that there are few, however
    many buckets there are; the least recently used are dropped.

    Args:   open_authority: opens the CA; called when a certificate is made.
            own_names: the names of this server, for a client that names none.
    Not thread-safe: only for the event loop.
    """

    def __init__(
        self, open_authority: Callable[[], CertificateSource], own_names: tuple[str, ...], clock: Clock
    ) -> None:
        self._open_authority = open_authority
        self._own_names = own_names
        self._clock = clock
        self._authority: CertificateSource | None = None
        self._contexts: TTLCache[tuple[str, ...], ssl.SSLContext] = TTLCache(
            KEPT_CONTEXTS, RENEWED_AFTER.total_seconds(), timer=lambda: clock.now().timestamp()
        )

    def entry(self) -> ssl.SSLContext:
        """The context with which a handshake begins; it changes to another when the client names a host.

        Raises: Invalid: the CA cannot be used.
        """
        return self._context(self._own_names)

    def _choose(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext
    ) -> int | None:
        if name is None:
            return None  # the client called an address; it sees the entry's certificate
        host = name.lower().rstrip(".")
        authority = self._authority
        if authority is None or not _HOST_NAME.fullmatch(host) or not authority.covers(host):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if host not in self._own_names:
            connection.context = self._context(self._names_with(host, authority))
        return None

    def _names_with(self, host: str, authority: CertificateSource) -> tuple[str, ...]:
        """The names of the certificate for a host: the wildcard that covers it and its siblings, and their parent.

        A wildcard must not cover a whole domain; there the certificate has only the host.
        """
        parent = host.partition(".")[2]
        if parent.removesuffix(".cn").count(".") < 2 or not authority.covers(parent):
            return (host,)
        return (f"*.{parent}", parent)

    def _context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        kept = self._contexts.get(names)
        if kept is not None:
            return kept
        self._authority = self._open_authority()  # each time: the CA may have been renewed since
        context = self._new_context(self._authority.server_pem(names, self._clock.now()))
        self._contexts[names] = context
        return context

    def _new_context(self, pem: bytes) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = self._choose
        descriptor, path = tempfile.mkstemp(
            prefix="trigpoint-", suffix=".pem"
        )  # mode 0600; ssl reads only files
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
            context.load_cert_chain(path)
        finally:
            Path(path).unlink()
        return context
