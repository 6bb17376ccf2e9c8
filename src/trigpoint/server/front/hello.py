"""The host that a TLS client calls, read from its first message before the handshake begins."""

from __future__ import annotations

import ssl

RECORD_HEAD_BYTES = 5
MAX_RECORD_BYTES = 16 << 10  # RFC 8446, section 5.1


def is_whole(hello: bytes) -> bool:
    """Whether the first TLS record is complete, or is none, so that waiting for the rest is of no use."""
    if hello[1:2] not in (b"", b"\x03"):
        return True
    if len(hello) < RECORD_HEAD_BYTES:
        return False
    size = int.from_bytes(hello[3:RECORD_HEAD_BYTES], "big")
    return size > MAX_RECORD_BYTES or len(hello) >= RECORD_HEAD_BYTES + size


class NameReader:
    """Reads names with a handshake that ends as soon as OpenSSL knows the name. Only for one thread."""

    def __init__(self) -> None:
        self._name: str | None = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.sni_callback = self._keep

    def name_in(self, hello: bytes) -> str | None:
        """The name; None if the client names no host, or if this is no complete ClientHello."""
        self._name = None
        incoming = ssl.MemoryBIO()
        incoming.write(hello)
        try:
            self._context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()
        except ssl.SSLError:
            return self._name
        return None

    def _keep(self, _connection: object, name: str | None, _context: ssl.SSLContext) -> int:
        self._name = name
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
