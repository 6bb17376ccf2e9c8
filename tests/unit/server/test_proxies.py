"""Whose X-Forwarded headers are believed."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from starlette.types import Receive, Scope, Send

from trigpoint.core.errors import Invalid
from trigpoint.server.front.proxies import TrustedProxies, behind_proxies
from trigpoint.settings import Settings

PROXIES = TrustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),  # a stranger says so
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),  # the client forged the first
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("127.0.0.1", ["[2001:db9::1]:4711"], "2001:db9::1"),
        ("127.0.0.1", ["2001:db9::1, 2001:db8::7"], "2001:db9::1"),
        ("::ffff:127.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9, unknown, 10.0.0.1"], "10.0.0.1"),
        ("127.0.0.1", ["'; DROP TABLE x"], "127.0.0.1"),
        ("127.0.0.1", ["," * 1000], "127.0.0.1"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_client_is_the_last_address_that_is_no_trusted_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert PROXIES.client(peer, forwarded) == client


def seen(proxies: TrustedProxies, peer: str, *headers: tuple[bytes, bytes]) -> tuple[str, str]:
    """The client and the scheme that an application sees."""
    found: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.extend([scope["client"][0], scope["scheme"]])

    scope = {"type": "http", "client": (peer, 5), "scheme": "http", "headers": list(headers)}
    anyio.run(behind_proxies(app, proxies), scope, None, None)
    return found[0], found[1]


FORWARDED = ((b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-proto", b"https"))


def test_nobody_is_believed_by_default() -> None:
    proxies = TrustedProxies(Settings.load({"TRIGPOINT_DATA": "/x"}).trusted_proxies)
    assert seen(proxies, "127.0.0.1", *FORWARDED) == ("127.0.0.1", "http")


def test_a_trusted_proxy_names_client_and_scheme() -> None:
    assert seen(PROXIES, "127.0.0.1", *FORWARDED) == ("203.0.113.9", "https")


def test_an_unknown_scheme_is_ignored() -> None:
    assert seen(PROXIES, "127.0.0.1", (b"x-forwarded-proto", b"javascript"))[1] == "http"


def test_the_setting_takes_addresses_and_networks() -> None:
    settings = Settings.load(
        {"TRIGPOINT_DATA": "/x", "TRIGPOINT_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8 ::1"}
    )
    assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRIGPOINT_TRUSTED_PROXIES", "*"),
        ("TRIGPOINT_TRUSTED_PROXIES", "10.0.0.1,proxy.example.org"),
        ("TRIGPOINT_MAX_CONNECTIONS", "0"),
        ("TRIGPOINT_MAX_CONNECTIONS", "many"),
        ("TRIGPOINT_MAX_CONNECTIONS_PER_ADDRESS", "-1"),
    ],
)
def test_a_malformed_setting_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(Invalid, match=variable):
        Settings.load({"TRIGPOINT_DATA": "/x", variable: value})
