"""The client of a request that came through a reverse proxy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.networks import Address, parsed_address

_WITH_PORT = re.compile(r"\[(?P<v6>[^\[\]]{1,100})\](:\d{1,5})?|(?P<v4>[\d.]{1,15}):\d{1,5}")
_MAX_HOPS = 32


class TrustedProxies:
    """The reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.

    Args:   networks: IP addresses or networks; see `Settings.trusted_proxies`.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(text, strict=False) for text in networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, text: str) -> bool:
        return self._trusts(_address(text))

    def client(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """The address of the client: the last one in the chain that is not a trusted proxy.

        A proxy appends the address that it was called from, so only what is right of the first untrusted
        address is true. An entry that is no IP address ends the chain.

        Args:   forwarded_for: the values of the `X-Forwarded-For` headers, in order.
        """
        client = peer
        hops = [hop.strip() for value in forwarded_for for hop in value.split(",")][-_MAX_HOPS:]
        while client in self and hops:
            before = _address(hops.pop())
            if before is None:
                break
            client = str(before)
        return client

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def behind_proxies(app: ASGIApp, proxies: TrustedProxies) -> ASGIApp:
    """The application, which sees the real client and scheme of requests that trusted proxies forward."""
    if not proxies:
        return app

    async def forwarded(scope: Scope, receive: Receive, send: Send) -> None:
        peer, port = scope.get("client") or ("", 0)
        if scope["type"] == "http" and peer in proxies:
            client = proxies.client(peer, _values(scope, b"x-forwarded-for"))
            scope["client"] = (client, port if client == peer else 0)
            scheme = ",".join(_values(scope, b"x-forwarded-proto")).rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                scope["scheme"] = scheme
        await app(scope, receive, send)

    return forwarded


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _address(text: str) -> Address | None:
    """An IP address, with or without a port; IPv4 addresses inside IPv6 as IPv4."""
    match = _WITH_PORT.fullmatch(text)
    return parsed_address(match["v6"] or match["v4"] if match else text)
