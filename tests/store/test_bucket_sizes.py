"""The sizes of buckets, which pages show without waiting for a count."""

from __future__ import annotations

import threading

import pytest

from helpers.processes import wait_for
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore, bucket_sizes
from trigpoint.objects.bucket_sizes import BucketSize, SizeCounter
from trigpoint.settings import Settings


def test_objects_and_bytes_are_counted_per_bucket_and_again_after_a_change(
    database: Database, settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_sizes, "LEAST_S", 0.0)
    store = ObjectStore(database, settings.objects_dir, clock)
    for name in ("empty", "photos", "texts"):
        store.create_bucket(name)
    for number in range(3):
        store.put("photos", f"{number}.jpg", b"12345")
    store.put("texts", "a.txt", b"1")
    counter = SizeCounter(database, clock)
    wait_for(lambda: counter.sizes() is not None, "the first count")
    sizes = counter.sizes()
    assert sizes is not None
    assert (sizes.of("photos"), sizes.of("empty")) == (BucketSize(3, 15), BucketSize(0, 0))
    assert sizes.in_all == BucketSize(4, 16)
    store.delete("photos", "0.jpg")
    wait_for(lambda: counter.sizes().of("photos") == BucketSize(2, 10), "another count")


def test_a_page_does_not_wait_for_a_count_and_counts_do_not_pile_up(
    sqlite_database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def slow(connection: object) -> dict[str, tuple[int, int]]:
        begun.release()
        may_end.wait(30)
        return {"photos": (1, 2)}

    monkeypatch.setattr(bucket_sizes.bucket_rows, "sizes", slow)
    counter = SizeCounter(sqlite_database, clock)
    assert [counter.sizes() for _ in range(5)] == [None] * 5
    may_end.set()
    wait_for(lambda: counter.sizes() is not None, "the count")
    assert counter.sizes() is not None and begun.acquire(blocking=False) and not begun.acquire(blocking=False)
