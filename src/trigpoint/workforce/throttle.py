"""How often may somebody try to sign in: a wait that grows with failures and never becomes a lock-out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from trigpoint.core.clock import Clock
from trigpoint.core.errors import LimitExceeded
from trigpoint.db import Database
from trigpoint.workforce import store

FORGET_AFTER_S = 15 * 60.0
MAX_WAIT_S = 60.0
MAX_SHARED_WAIT_S = 5.0


class SignInThrottled(LimitExceeded):
    """Too many failures lately; `retry_after_s` says when the next try will be looked at."""

    def __init__(self, retry_after_s: float) -> None:
        seconds = max(1, round(retry_after_s))
        super().__init__(f"too many failed sign-ins: try again in {seconds} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class _Counter:
    """A way of counting failures: how many are free before each costs a doubling wait up to the longest."""

    key: str
    free: int
    max_wait_s: float

    def wait_s(self, failures: int) -> float:
        """Seconds from a failure, the `failures`-th, to the next try that is looked at."""
        return 0.0 if failures < self.free else min(self.max_wait_s, 2.0 ** min(failures - self.free, 10))


class SignInThrottle:
    """Counts failures of a user name from an address, of the name from anywhere, of the address for any name.

    Decision: only the name together with the address waits up to a minute. Failures of strangers under the
    name, and of others in the same office, cost a person five seconds at most. 15 quiet minutes forget all.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def begin(self, user_name: str, address: str) -> None:
        """Counts a try as failed until `succeeded` says otherwise, so that tries at the same time count too.

        Raises: SignInThrottled: it is too early for another try; this one is not counted.
        """
        now = self._clock.now()
        with self._db.write() as connection:
            store.lock(connection)
            store.delete_attempts_before(connection, now, FORGET_AFTER_S)
            for counter in _counters(user_name, address):
                found = store.attempts(connection, counter.key)
                if found is not None and found[2] + timedelta(seconds=found[1]) > now:
                    raise SignInThrottled((found[2] + timedelta(seconds=found[1]) - now).total_seconds())
            for counter in _counters(user_name, address):
                found = store.attempts(connection, counter.key)
                failures = 1 if found is None else found[0] + 1
                store.put_attempts(connection, counter.key, failures, counter.wait_s(failures), now)

    def succeeded(self, user_name: str, address: str) -> None:
        """Forgets the failures of the name and takes back the try counted for the address."""
        pair, name, anywhere = _counters(user_name, address)
        with self._db.write() as connection:
            store.lock(connection)
            store.delete_attempts(connection, [pair.key, name.key])
            found = store.attempts(connection, anywhere.key)
            if found is not None:
                failures = max(0, found[0] - 1)
                store.put_attempts(connection, anywhere.key, failures, anywhere.wait_s(failures), found[2])


def _counters(user_name: str, address: str) -> tuple[_Counter, _Counter, _Counter]:
    name = user_name.casefold()
    return (
        _Counter(_key("name and address", name, address), 5, MAX_WAIT_S),
        _Counter(_key("name", name), 30, MAX_SHARED_WAIT_S),
        _Counter(_key("address", address), 30, MAX_SHARED_WAIT_S),
    )


def _key(*parts: str) -> str:
    """Hashed: what people type into the name field is sometimes their password."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
