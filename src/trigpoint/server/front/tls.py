"""Certificates for TLS clients: one for the name that a client calls, made when the name is first called."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cachetools import TTLCache

from trigpoint.core.clock import Clock
from trigpoint.server.front.hello import NameReader

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
    many buckets there are; the least recently used are dropped. They are made in a thread, one at a time, so that
    clients that invent names delay only each other.

    Args:   open_authority: opens the CA; called when a certificate is made.
            own_names: the names of this server, for a client that names none.
    Attributes: names: reads the name that a client calls. Only for the event loop.
    """

    def __init__(
        self, open_authority: Callable[[], CertificateSource], own_names: tuple[str, ...], clock: Clock
    ) -> None:
        self._open_authority = open_authority
        self._own_names = own_names
        self._clock = clock
        self._authority: CertificateSource | None = None
        self.names = NameReader()
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, "certificates")
        self._contexts: TTLCache[tuple[str, ...], ssl.SSLContext] = TTLCache(
            KEPT_CONTEXTS, RENEWED_AFTER.total_seconds(), timer=lambda: clock.now().timestamp()
        )

    async def for_client(self, name: str | None) -> ssl.SSLContext:
        """The context for a handshake with a client that calls this name. It refuses names that are not ours.

        Raises: Invalid: the CA cannot be used.
        """
        authority = self._authority
        if authority is None:
            own = await self._context(self._own_names)
            return own if name is None else await self.for_client(name)
        host = _host(name)
        if host is None or host in self._own_names or not _is_ours(host, authority):
            return await self._context(self._own_names)
        return await self._context(self._names_with(host, authority))

    def _check(self, _connection: object, name: str | None, _context: ssl.SSLContext) -> int | None:
        """Ends the handshake with a client that calls another host."""
        host, authority = _host(name), self._authority
        if host is None:
            return None  # the client called an address
        if authority is None or not _is_ours(host, authority):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None

    def _names_with(self, host: str, authority: CertificateSource) -> tuple[str, ...]:
        """The names of the certificate for a host: the wildcard that covers it and its siblings, and their parent.

        A wildcard must not cover a whole domain; there the certificate has only the host.
        """
        parent = host.partition(".")[2]
        if parent.removesuffix(".cn").count(".") < 2 or not authority.covers(parent):
            return (host,)
        return (f"*.{parent}", parent)

    async def _context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        kept = self._kept(names)
        if kept is not None:
            return kept
        return await asyncio.get_running_loop().run_in_executor(self._maker, self._make, names)

    def _kept(self, names: tuple[str, ...]) -> ssl.SSLContext | None:
        with self._lock:
            return self._contexts.get(names)

    def _make(self, names: tuple[str, ...]) -> ssl.SSLContext:
        kept = self._kept(names)
        if kept is not None:
            return kept  # made for a client that came a moment before
        authority = self._open_authority()  # each time: the CA may have been renewed since
        context = self._new_context(authority.server_pem(names, self._clock.now()))
        with self._lock:
            self._authority, self._contexts[names] = authority, context
        return context

    def _new_context(self, pem: bytes) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = self._check
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


def _host(name: str | None) -> str | None:
    return None if name is None else name.lower().rstrip(".")


def _is_ours(host: str, authority: CertificateSource) -> bool:
    return _HOST_NAME.fullmatch(host) is not None and authority.covers(host)
