"""Advances long-lived resources: a loop that calls each kind's handler for the items that are due.

A package registers one handler for its kind of resource, and puts a resource on the list (`enqueue`) in the
transaction in which it changes it. The handler looks at the resource, takes it one step further and returns when it
wants to look again. It must be idempotent: it may be called at any time, also when nothing changed, and again after a
crash in its middle.

What the loop promises:
1. An `enqueue` that was committed is followed by a call that began after it: no wake-up is lost.
2. No two handlers run for one item at the same time, in all processes on the database, while the process that runs
   one can renew its lease.
3. A handler that raises is called again, with growing pauses; a slow one delays no other item.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from trigpoint.core.clock import Clock
from trigpoint.core.process import machine_id, start_time
from trigpoint.db import Connection, Database
from trigpoint.reconcile import store
from trigpoint.reconcile.store import DueItem

Handler = Callable[[str], float | None]
"""Takes the id and returns the seconds until the next look; None when none is needed."""

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
STOP_LIMIT_S = 10.0

log = logging.getLogger(__name__)


class Queue(Protocol):
    """The part of the loop that the packages with handlers use."""

    def enqueue(self, conn: Connection, kind: str, id: str, due_at: datetime | None = None) -> None:
        """Makes the item due, now or at `due_at`, when the caller's transaction is committed."""

    def poke(self) -> None:
        """Looks at the list now. Call it after the commit."""


class Reconciler:
    """The loop of this process. Several processes may run one on the same database.

    `threads` handlers run at the same time. A lease lasts `lease_s` and is renewed three times in this time. Items
    that other processes put on the list are seen after `poll_s` at the latest.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        threads: int = 8,
        lease_s: float = 30.0,
        poll_s: float = 1.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._threads = threads
        self._lease = timedelta(seconds=lease_s)
        self._poll_s = poll_s
        self._handlers: dict[str, Handler] = {}
        self._claim_numbers = itertools.count(1)
        self._running: set[str] = set()
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._background: list[threading.Thread] = []

    def register(self, kind: str, handler: Handler) -> None:
        """Calls `handler` for items of `kind`."""
        if kind in self._handlers:
            raise ValueError(f"{kind!r} already has a handler")
        self._handlers[kind] = handler

    def enqueue(self, conn: Connection, kind: str, id: str, due_at: datetime | None = None) -> None:
        """Has the item looked at, at once or at `due_at`, when the caller's transaction is committed.

        The earlier of two times wins. If the item's handler is running, it is called again afterwards.
        """
        store.put(conn, kind, id, due_at or self._clock.now())

    def poke(self) -> None:
        """Looks at the list now. Call it after the commit."""
        self._wake.set()

    def start(self) -> None:
        """Begins to call handlers, in background threads."""
        self._release_dead_claims()
        self._stopping.clear()
        self._stopped.clear()
        self._background = [
            threading.Thread(target=self._loop, name="reconcile-loop", daemon=True),
            threading.Thread(target=self._renew_leases, name="reconcile-leases", daemon=True),
        ]
        for thread in self._background:
            thread.start()

    def stop(self, limit_s: float = STOP_LIMIT_S) -> bool:
        """Calls no more handlers and waits for those that run. Does nothing if it was not started.

        Returns False if handlers still run after `limit_s`. Their threads end with the process, as in a crash; the next
        server takes their items over.
        """
        if not self._background:
            return True
        until_s = time.monotonic() + limit_s
        self._stopping.set()
        self._wake.set()
        self._background[0].join(limit_s)
        with self._changed:
            in_time = self._changed.wait_for(lambda: not self._running, max(0.0, until_s - time.monotonic()))
            left = len(self._running)
        if not in_time:
            log.error("handlers did not end in time count=%d", left)
        self._stopped.set()
        self._background[1].join(max(0.0, until_s - time.monotonic()))
        self._background = []
        return in_time

    def run_due(self) -> int:
        """Calls the handlers of all items that are due, one after the other; returns how many. For tests."""
        items = self._claimable(limit=10_000)
        owners = [(item, owner) for item in items if (owner := self._claim(item))]
        for item, owner in owners:
            self._run(item, owner)
        return len(owners)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            wait_s = self._poll_s
            try:
                for item in self._claimable(limit=self._free_threads()):
                    if owner := self._claim(item):
                        self._start(item, owner)
                wait_s = self._wait_s()
            except Exception:  # the database may be unreachable for a while; the loop must outlive that
                log.exception("looking for due items failed")
            self._wake.wait(wait_s)

    def _wait_s(self) -> float:
        if not self._free_threads():
            return self._poll_s  # a handler that ends wakes us
        with self._database.read() as connection:
            due_at = store.next_due_at(connection, list(self._handlers))
        if due_at is None:
            return self._poll_s
        return min(self._poll_s, max(0.01, (due_at - self._clock.now()).total_seconds()))

    def _free_threads(self) -> int:
        with self._changed:
            return self._threads - len(self._running)

    def _claimable(self, limit: int) -> list[DueItem]:
        if not limit or not self._handlers:
            return []
        with self._database.read() as connection:
            return store.claimable(connection, list(self._handlers), self._clock.now(), limit)

    def _claim(self, item: DueItem) -> str | None:
        owner = _new_owner(next(self._claim_numbers), id(self))
        now = self._clock.now()
        with self._database.write() as connection:
            if not store.claim(connection, item, owner, now, now + self._lease):
                return None
        with self._changed:
            self._running.add(owner)
        return owner

    def _start(self, item: DueItem, owner: str) -> None:
        # a daemon: a handler that does not return must not keep the process from ending
        threading.Thread(target=self._run, args=(item, owner), name="reconcile", daemon=True).start()

    def _run(self, item: DueItem, owner: str) -> None:
        try:
            self._call(item, owner)
        except Exception:
            # the result could not be written; the lease runs out, and then the item can be claimed again
            log.exception("letting go of %s %s failed", item.kind, item.id)
        finally:
            with self._changed:
                self._running.discard(owner)
                self._changed.notify_all()
            self._wake.set()

    def _call(self, item: DueItem, owner: str) -> None:
        try:
            again_s = self._handlers[item.kind](item.id)
        except Exception as error:
            delay_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(item.attempts, 30))
            log.exception("%s %s failed, tried again in %g s", item.kind, item.id, delay_s)
            with self._database.write() as connection:
                store.fail(connection, item, owner, self._after(delay_s), f"{type(error).__name__}: {error}")
            return
        with self._database.write() as connection:
            if again_s is None:
                store.finish(connection, item, owner)
            else:
                store.reschedule(connection, item, owner, self._after(again_s))

    def _after(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)

    def _renew_leases(self) -> None:
        while not self._stopped.wait(self._lease.total_seconds() / 3):
            with self._changed:
                owners = list(self._running)
            try:
                if owners:
                    with self._database.write() as connection:
                        store.renew(connection, owners, self._clock.now() + self._lease)
            except (
                Exception
            ):  # the next try is in a third of the lease; if it is lost, handlers are idempotent
                log.exception("renewing leases failed")

    def _release_dead_claims(self) -> None:
        """Frees the items of processes of this machine that died, before their leases end."""
        with self._database.write() as connection:
            dead = [owner for owner in store.leases(connection) if _is_dead(owner)]
            if dead:
                store.release(connection, dead, self._clock.now())


def _new_owner(number: int, reconciler: int) -> str:
    pid = os.getpid()
    return f"{machine_id()}/{pid}/{start_time(pid)}/{reconciler:x}-{number}"


def _is_dead(owner: str) -> bool:
    machine, pid, started, _ = owner.split("/")
    return machine == machine_id() and start_time(int(pid)) != started
