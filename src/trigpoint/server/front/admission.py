"""The number of open connections: in all, and from one address. A connection without a request makes room."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from trigpoint.core.networks import network_of

log = logging.getLogger(__name__)

DEFAULT_CONNECTIONS = 2000
DEFAULT_PER_ADDRESS = 500
REPORT_EVERY_S = 60.0


class Admission:
    """Admits connections up to the limits. Only for the event loop.

    A new connection beyond a limit takes the place of the one that has waited longest without a complete request:
    idle ones, and those whose head is incomplete. If there is none, the new connection is refused.

    Args:   is_exempt: whether an address has only the limit on all connections, because many clients share it.
    """

    def __init__(
        self,
        connections: int = DEFAULT_CONNECTIONS,
        per_address: int = DEFAULT_PER_ADDRESS,
        is_exempt: Callable[[str], bool] = lambda address: False,
    ) -> None:
        self._limit = connections
        self._limit_per_address = per_address
        self._is_exempt = is_exempt
        self._open = 0
        self._by_network: Counter[str] = Counter()
        self._waiting: dict[Place, None] = {}  # in the order in which they began to wait
        self._refused = 0
        self._reported_at_s = float("-inf")

    def admit(self, address: str, close: Callable[[], None]) -> Place | None:
        """A place for a new connection, or None when it must be refused.

        Args:   close: closes the connection, when its place is needed.
        """
        network = "" if _is_loopback(address) or self._is_exempt(address) else network_of(address)
        if not self._has_room(network):
            self._report()
            return None
        place = Place(self, network, close)
        self._open += 1
        self._by_network[network] += 1
        self._waiting[place] = None
        return place

    def _has_room(self, network: str) -> bool:
        if network and self._by_network[network] >= self._limit_per_address and not self._make_room(network):
            return False
        return self._open < self._limit or self._make_room("")

    def _make_room(self, network: str) -> bool:
        """Closes the connection that has waited longest, of one network if it is given."""
        for place in self._waiting:
            if not network or place.network == network:
                place.leave()
                place.close()
                return True
        return False

    def _report(self) -> None:
        self._refused += 1
        now_s = time.monotonic()
        if now_s - self._reported_at_s >= REPORT_EVERY_S:
            log.warning("front.full connections=%d refused=%d", self._open, self._refused)
            self._reported_at_s, self._refused = now_s, 0


class Place:
    """The place of one open connection."""

    __slots__ = ("_admission", "_has_left", "close", "network")

    def __init__(self, admission: Admission, network: str, close: Callable[[], None]) -> None:
        self._admission = admission
        self._has_left = False
        self.network = network
        self.close = close

    def works(self) -> None:
        """A request is in progress; the connection keeps its place."""
        self._admission._waiting.pop(self, None)

    def waits(self) -> None:
        """No request is in progress; the connection may be closed when its place is needed."""
        if not self._has_left and self not in self._admission._waiting:
            self._admission._waiting[self] = None

    def leave(self) -> None:
        """The connection is closed. Further calls do nothing."""
        if self._has_left:
            return
        self._has_left = True
        admission = self._admission
        admission._waiting.pop(self, None)
        admission._open -= 1
        admission._by_network[self.network] -= 1
        if not admission._by_network[self.network]:
            del admission._by_network[self.network]


def _is_loopback(address: str) -> bool:
    return address.startswith(("127.", "::ffff:127.")) or address == "::1"
