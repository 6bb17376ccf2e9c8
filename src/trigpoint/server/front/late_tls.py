"""TLS on a connection whose first bytes have been read already.

The only place that depends on what asyncio does inside `start_tls`: it puts a buffered protocol of its own in place of
ours, and that protocol takes the bytes which were read before. It can go when `start_tls` accepts such bytes.
"""

from __future__ import annotations

import asyncio
import ssl

from trigpoint.server.front import limits


async def start_tls(
    transport: asyncio.Transport, protocol: asyncio.Protocol, context: ssl.SSLContext, hello: bytes
) -> asyncio.Transport:
    """The transport inside TLS, after the handshake; `protocol` gets what arrives there.

    Args:   hello: the bytes that were read from the transport, which no longer reads.
    Raises: OSError: the handshake failed, or the peer left.
    """
    begun = asyncio.ensure_future(
        asyncio.get_running_loop().start_tls(
            transport,
            protocol,
            context,
            server_side=True,
            ssl_handshake_timeout=limits.HANDSHAKE_LIMIT_S,
            ssl_shutdown_timeout=limits.TLS_CLOSE_LIMIT_S,
        )
    )
    try:
        await asyncio.sleep(0)  # start_tls has put its protocol in our place ...
        await asyncio.sleep(0)  # ... and has connected it
        tls = transport.get_protocol()
        assert isinstance(tls, asyncio.BufferedProtocol), "start_tls did not install its protocol"
        _feed(tls, hello)
        secure = await begun
    except BaseException:
        begun.cancel()
        raise
    if secure is None:
        raise ConnectionResetError("the peer left during the handshake")
    return secure


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        taken = min(len(buffer), len(data))
        buffer[:taken] = data[:taken]
        protocol.buffer_updated(taken)
        data = data[taken:]
