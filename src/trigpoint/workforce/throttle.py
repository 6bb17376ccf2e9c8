"""The limit on sign-in attempts: a wait that grows with failures and never becomes a lock-out."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from datetime import timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.errors import LimitExceeded
from trigpoint.core.networks import network_of
from trigpoint.db import Connection, Database
from trigpoint.language import translatable
from trigpoint.workforce.store import attempt_rows
from trigpoint.workforce.store.lock import lock

FORGET_AFTER_S = 15 * 60.0
MAX_WAIT_S = 60.0
MAX_SHARED_WAIT_S = 5.0
MAX_COUNTS = 100_000
COUNTED_EVERY = 100  # attempts, each of which adds at most three counts


class SignInThrottled(LimitExceeded):
    """Too many recent failures. The next attempt is accepted after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        seconds = max(1, round(retry_after_s))
        super().__init__(
            translatable("too many failed sign-ins: try again in %(seconds)d s", seconds=seconds)
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class _Counter:
    """One count of failures: the first `free` cost nothing, each further one doubles the wait up to `max_wait_s`."""

    key: str
    free: int
    max_wait_s: float

    def wait_s(self, failures: int) -> float:
        """Seconds from failure number `failures` to the next attempt that is accepted."""
        return 0.0 if failures < self.free else min(self.max_wait_s, 2.0 ** min(failures - self.free, 10))


class SignInThrottle:
    """Counts failures per user name and address, per user name, and per address. An IPv6 /64 is one address.

    Decision: only the pair of name and address waits up to a minute. Failures of strangers who use the name,
    and of others at the same address, cost a person five seconds at most. A count is forgotten after 15
    minutes without a failure. Of more than MAX_COUNTS, those with the shortest wait are forgotten first.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._attempts = itertools.count()

    def begin(self, user_name: str, address: str) -> None:
        """Counts the attempt as failed until `succeeded` is called, so that simultaneous attempts count too.

        Raises: SignInThrottled: it is too early for another attempt. This one is not counted.
        """
        now = self._clock.now()
        with self._db.write() as connection:
            lock(connection)
            attempt_rows.remove_before(connection, now - timedelta(seconds=FORGET_AFTER_S))
            for counter in _counters(user_name, address):
                found = attempt_rows.find(connection, counter.key)
                if found is not None and found[2] + timedelta(seconds=found[1]) > now:
                    raise SignInThrottled((found[2] + timedelta(seconds=found[1]) - now).total_seconds())
            for counter in _counters(user_name, address):
                found = attempt_rows.find(connection, counter.key)
                failures = 1 if found is None else found[0] + 1
                attempt_rows.put(connection, counter.key, failures, counter.wait_s(failures), now)
            if next(self._attempts) % COUNTED_EVERY == 0:
                attempt_rows.keep_at_most(connection, MAX_COUNTS)

    def succeeded(self, user_name: str, address: str) -> None:
        """Forgets the failures of the name and uncounts this attempt for the address."""
        pair, name, anywhere = _counters(user_name, address)
        with self._db.write() as connection:
            lock(connection)
            attempt_rows.remove(connection, [pair.key, name.key])
            found = attempt_rows.find(connection, anywhere.key)
            if found is not None:
                failures = max(0, found[0] - 1)
                attempt_rows.put(connection, anywhere.key, failures, anywhere.wait_s(failures), found[2])


def forget_name(connection: Connection, user_name: str) -> None:
    """Forgets the failures of a user name at all addresses. One address still waits for up to a minute."""
    _, name, _ = _counters(user_name, "")
    attempt_rows.remove(connection, [name.key])


def _counters(user_name: str, address: str) -> tuple[_Counter, _Counter, _Counter]:
    name, network = user_name.casefold(), network_of(address)
    return (
        _Counter(_key("name and address", name, network), 5, MAX_WAIT_S),
        _Counter(_key("name", name), 30, MAX_SHARED_WAIT_S),
        _Counter(_key("address", network), 30, MAX_SHARED_WAIT_S),
    )


def _key(*parts: str) -> str:
    # Hashed, because people sometimes type their password into the name field.
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
