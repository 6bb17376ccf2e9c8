"""The list of due items and the reconcile loop, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from trigpoint.core.clock import FakeClock, SystemClock
from trigpoint.db import Database
from trigpoint.db.tables.compute import reconcile_items
from trigpoint.reconcile import Reconciler


def enqueue(reconciler: Reconciler, database: Database, kind: str, id: str, **arguments: object) -> None:
    with database.write() as connection:
        reconciler.enqueue(connection, kind, id, **arguments)  # type: ignore[arg-type]
    reconciler.poke()


def rows(database: Database) -> list[tuple[str, int]]:
    with database.read() as connection:
        found = connection.execute(select(reconcile_items.c.id, reconcile_items.c.attempts))
        return [(row.id, row.attempts) for row in found]


def wait_until(condition: Callable[[], bool], limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.005)


def test_an_item_whose_handler_returns_none_is_handled_once(database: Database, clock: FakeClock) -> None:
    seen: list[str] = []
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: seen.append(id))
    enqueue(reconciler, database, "job", "a")
    enqueue(reconciler, database, "job", "a")
    assert reconciler.run_due() == 1
    assert reconciler.run_due() == 0
    assert seen == ["a"]
    assert rows(database) == []


def test_a_handler_that_returns_seconds_is_called_again_after_that_time(
    database: Database, clock: FakeClock
) -> None:
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: 5.0)
    enqueue(reconciler, database, "job", "a")
    assert reconciler.run_due() == 1
    clock.advance(4.9)
    assert reconciler.run_due() == 0
    clock.advance(0.1)
    assert reconciler.run_due() == 1


def test_the_earlier_of_two_due_times_wins(database: Database, clock: FakeClock) -> None:
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: None)
    enqueue(reconciler, database, "job", "a", due_at=clock.now() + timedelta(seconds=10))
    enqueue(reconciler, database, "job", "a", due_at=clock.now() + timedelta(seconds=60))
    assert reconciler.run_due() == 0
    clock.advance(10)
    assert reconciler.run_due() == 1


def test_an_enqueue_that_is_rolled_back_has_no_effect(database: Database, clock: FakeClock) -> None:
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: None)
    with pytest.raises(RuntimeError), database.write() as connection:
        reconciler.enqueue(connection, "job", "a")
        raise RuntimeError
    assert reconciler.run_due() == 0


@pytest.mark.parametrize("result", [None, 1000.0])
def test_an_item_enqueued_while_its_handler_runs_is_handled_again(
    database: Database, clock: FakeClock, result: float | None
) -> None:
    calls: list[str] = []

    def handler(id: str) -> float | None:
        calls.append(id)
        if len(calls) == 1:
            enqueue(reconciler, database, "job", id)
        return result

    reconciler = Reconciler(database, clock)
    reconciler.register("job", handler)
    enqueue(reconciler, database, "job", "a")
    assert [reconciler.run_due(), reconciler.run_due(), reconciler.run_due()] == [1, 1, 0]


def test_a_failing_handler_is_retried_with_delays_that_grow_to_a_minute(
    database: Database, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(id: str) -> float | None:
        raise OSError("the disk is full")

    reconciler = Reconciler(database, clock)
    reconciler.register("job", handler)
    enqueue(reconciler, database, "job", "a")
    delays: list[int] = []
    for _ in range(9):
        assert reconciler.run_due() == 1
        delay = 0
        while reconciler_is_quiet(database, clock):
            clock.advance(1)
            delay += 1
        delays.append(delay)
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert rows(database) == [("a", 9)]
    assert "the disk is full" in caplog.text
    assert "Traceback" in caplog.text


def reconciler_is_quiet(database: Database, clock: FakeClock) -> bool:
    with database.read() as connection:
        due_at = connection.execute(select(reconcile_items.c.due_at)).scalar_one()
    return due_at > clock.now()


def test_a_success_resets_the_failure_count(database: Database, clock: FakeClock) -> None:
    failing = True

    def handler(id: str) -> float | None:
        if failing:
            raise OSError
        return 1.0

    reconciler = Reconciler(database, clock)
    reconciler.register("job", handler)
    enqueue(reconciler, database, "job", "a")
    reconciler.run_due()
    assert rows(database) == [("a", 1)]
    failing = False
    clock.advance(1)
    reconciler.run_due()
    assert rows(database) == [("a", 0)]


def test_an_item_without_a_handler_stays_in_the_list(database: Database, clock: FakeClock) -> None:
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: None)
    enqueue(reconciler, database, "other", "a")
    assert reconciler.run_due() == 0
    assert rows(database) == [("a", 0)]


def test_an_item_with_an_expired_lease_can_be_claimed(database: Database, clock: FakeClock) -> None:
    with database.write() as connection:
        connection.execute(
            insert(reconcile_items).values(
                kind="job",
                id="a",
                lease_owner="elsewhere/1/1/1",
                lease_until=clock.now() + timedelta(seconds=30),
                attempts=0,
            )
        )
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: None)
    assert reconciler.run_due() == 0
    clock.advance(30)
    assert reconciler.run_due() == 1
    assert rows(database) == []


def test_claims_of_dead_processes_on_this_machine_are_released_at_start(database: Database) -> None:
    from trigpoint.core.process import machine_id

    clock = SystemClock()
    with database.write() as connection:
        for id, owner in (
            ("dead", f"{machine_id()}/999999999/7/1-1"),
            ("elsewhere", "other-machine/1/1/1-1"),
        ):
            connection.execute(
                insert(reconcile_items).values(
                    kind="job",
                    id=id,
                    lease_owner=owner,
                    lease_until=clock.now() + timedelta(hours=1),
                    attempts=0,
                )
            )
    seen: list[str] = []
    reconciler = Reconciler(database, clock)
    reconciler.register("job", lambda id: seen.append(id))
    reconciler.start()
    try:
        wait_until(lambda: "dead" in seen)
    finally:
        reconciler.stop()
    assert seen == ["dead"]


def test_a_slow_handler_delays_no_other_item_and_stop_waits_for_it(database: Database) -> None:
    release, fast, slow_done = threading.Event(), threading.Event(), threading.Event()

    def handler(id: str) -> float | None:
        if id == "fast":
            fast.set()
        else:
            release.wait(10)
            slow_done.set()
        return None

    reconciler = Reconciler(database, SystemClock(), lease_s=0.3)
    reconciler.register("job", handler)
    reconciler.start()
    try:
        enqueue(reconciler, database, "job", "slow")
        enqueue(reconciler, database, "job", "fast")
        assert fast.wait(10)
        threading.Timer(0.5, release.set).start()  # longer than the lease, which must be renewed
    finally:
        reconciler.stop()
    assert slow_done.is_set()
    assert rows(database) == []


def test_stop_does_not_wait_for_a_handler_without_a_limit(database: Database) -> None:
    release, begun = threading.Event(), threading.Event()

    def handler(id: str) -> float | None:
        begun.set()
        release.wait(60)
        return None

    reconciler = Reconciler(database, SystemClock())
    reconciler.register("job", handler)
    reconciler.start()
    enqueue(reconciler, database, "job", "stuck")
    assert begun.wait(10)
    assert reconciler.stop(limit_s=0.1) is False
    assert not release.is_set()
    release.set()
    wait_until(lambda: not reconciler._running)  # before the database of the test is closed


def test_a_lease_is_renewed_before_another_process_can_claim_the_item(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only pauses between renewals advance the clock. The other process runs due items after each pause."""
    first, other = Reconciler(database, clock, lease_s=30), Reconciler(database, clock, lease_s=30)
    taken_over: list[str] = []
    pauses: list[float] = []

    class PausesUntilStopped(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            if len(pauses) == 6:
                return True
            clock.advance(timeout)
            pauses.append(timeout)
            other.run_due()
            return False

    monkeypatch.setattr(first, "_stopped", PausesUntilStopped())
    first.register("job", lambda id: first._renew_leases())  # type: ignore[func-returns-value]
    other.register("job", lambda id: taken_over.append(id))
    enqueue(first, database, "job", "a")
    assert first.run_due() == 1
    assert taken_over == []
    assert pauses == [10.0] * 6
    assert rows(database) == []


def test_an_enqueue_wakes_the_loop_at_once(database: Database) -> None:
    seen = threading.Event()
    reconciler = Reconciler(database, SystemClock(), poll_s=60)
    reconciler.register("job", lambda id: seen.set())
    reconciler.start()
    try:
        time.sleep(0.05)
        enqueue(reconciler, database, "job", "a")
        assert seen.wait(5)
    finally:
        reconciler.stop()


def test_two_reconcilers_never_handle_an_item_at_the_same_time(database: Database) -> None:
    """Each handler enqueues its own item again. No enqueue may be lost."""
    lock = threading.Lock()
    running: set[str] = set()
    overlaps: list[str] = []
    counted = dict.fromkeys("abcdef", 0)
    wanted = 15

    def handler(id: str) -> float | None:
        with lock:
            if id in running:
                overlaps.append(id)
            running.add(id)
        time.sleep(0.002)
        with lock:
            running.discard(id)
            counted[id] += 1
            more = counted[id] < wanted
        if more:  # while this handler still runs, so the wake-up could be lost
            enqueue(pair[counted[id] % 2], database, "job", id)
        return None

    other = Database(database.url)
    pair = [
        Reconciler(database, SystemClock(), threads=3, poll_s=0.05),
        Reconciler(other, SystemClock(), threads=3, poll_s=0.05),
    ]
    for reconciler in pair:
        reconciler.register("job", handler)
        reconciler.start()
    try:
        for id in counted:
            enqueue(pair[0], database, "job", id)
        wait_until(lambda: all(count >= wanted for count in counted.values()), 30)
    finally:
        for reconciler in pair:
            reconciler.stop()
        other.close()
    assert overlaps == []
    assert counted == dict.fromkeys("abcdef", wanted)
    assert rows(database) == []
