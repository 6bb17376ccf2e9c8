"""Which connections are admitted, and which make room for others."""

from __future__ import annotations

import logging

import pytest

from trigpoint.server.front.admission import Admission, Place


class Peers:
    """Connections of one admission; `closed` names those that made room."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.closed: list[str] = []

    def admit(self, name: str, address: str = "192.0.2.1") -> Place | None:
        return self.admission.admit(address, lambda: self.closed.append(name))

    def admitted(self, name: str, address: str = "192.0.2.1") -> Place:
        place = self.admit(name, address)
        assert place is not None, name
        return place


def test_a_new_connection_takes_the_place_of_the_one_that_waited_longest() -> None:
    peers = Peers(Admission(3))
    for name in "abc":
        peers.admitted(name)
    peers.admitted("d")
    peers.admitted("e")
    assert peers.closed == ["a", "b"]


def test_a_connection_with_a_request_keeps_its_place() -> None:
    peers = Peers(Admission(2))
    first, second = peers.admitted("a"), peers.admitted("b")
    first.works()
    peers.admitted("c")
    assert peers.closed == ["b"]
    second.leave()  # its socket is closed a moment later
    first.waits()
    peers.admitted("d")
    assert peers.closed == ["b", "c"], "a began to wait after c"


def test_a_connection_is_refused_when_every_other_one_has_a_request() -> None:
    peers = Peers(Admission(2))
    places = [peers.admitted("a"), peers.admitted("b")]
    for place in places:
        place.works()
    assert peers.admit("c") is None
    places[0].leave()
    peers.admitted("c")
    assert peers.closed == []


def test_a_connection_that_has_left_twice_frees_one_place() -> None:
    peers = Peers(Admission(1))
    first = peers.admitted("a")
    first.leave()
    first.leave()
    first.waits()
    peers.admitted("b").works()
    assert peers.admit("c") is None


def test_one_address_has_its_own_limit() -> None:
    peers = Peers(Admission(100, 2))
    for name in "ab":
        peers.admitted(name).works()
    assert peers.admit("c") is None
    peers.admitted("d", "192.0.2.2")


def test_an_address_at_its_limit_closes_only_its_own_idle_connections() -> None:
    peers = Peers(Admission(100, 2))
    peers.admitted("other", "192.0.2.2")
    for name in "abc":
        peers.admitted(name)
    assert peers.closed == ["a"]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "10.0.0.7"])
def test_loopback_and_trusted_proxies_have_only_the_limit_on_all(address: str) -> None:
    peers = Peers(Admission(50, 2, {"10.0.0.7"}.__contains__))
    for number in range(50):
        peers.admitted(str(number), address).works()
    assert peers.admit("one more", address) is None


def test_an_ipv6_network_of_one_customer_counts_as_one_address() -> None:
    peers = Peers(Admission(100, 2))
    for name in "ab":
        peers.admitted(name, f"2001:db8:1:1::{name}").works()
    assert peers.admit("c", "2001:db8:1:1:ffff::c") is None
    peers.admitted("d", "2001:db8:1:2::a")


def test_an_ipv4_address_counts_the_same_inside_ipv6() -> None:
    peers = Peers(Admission(100, 1))
    peers.admitted("a", "192.0.2.1").works()
    assert peers.admit("b", "::ffff:192.0.2.1") is None


def test_a_full_server_writes_one_line(caplog: pytest.LogCaptureFixture) -> None:
    peers = Peers(Admission(1))
    peers.admitted("a").works()
    with caplog.at_level(logging.WARNING):
        for _ in range(1000):
            assert peers.admit("b") is None
    assert [record.getMessage() for record in caplog.records] == ["front.full connections=1 refused=1"]
