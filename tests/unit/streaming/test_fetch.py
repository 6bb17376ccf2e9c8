"""Fetching: in order, ahead, bounded in bytes and elements, with retries, and exactly resumable."""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO

import pytest

from helpers.streaming import assert_resumes_exactly, opener
from trigpoint.core.errors import NotFound
from trigpoint.streaming.batch_reader import FetchFailed
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.reading import OpenObject, Room
from trigpoint.streaming.select import WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup
from trigpoint.streaming.stage import Large, Row, Through
from trigpoint.streaming.wrap import pieces


def fetch(count: int, open_object: OpenObject, **options: float) -> Fetch:
    keys = Keys([f"s3://b/{k}" for k in range(count)])
    return Fetch(WholeObject(Lookup(Order(count), keys)), open_object, FetchOptions(**options))  # type: ignore[arg-type]


def objects(count: int, size_bytes: int = 10) -> dict[str, bytes]:
    return {f"s3://b/{k}": bytes([k % 256]) * size_bytes for k in range(count)}


def content(row: Row) -> tuple[int, list[bytes]]:
    return row[0], [b"".join(pieces(part)) for part in row[1]]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"threads": 1, "ahead": 1},
        {"threads": 3, "ahead": 7},
        {"budget_bytes": 1},
        {"budget_bytes": 25, "ahead": 9},
        {"large_bytes": 5},
    ],
)
def test_fetching_resumes_exactly_with_any_options(options: dict[str, float]) -> None:
    there = objects(25)
    elements = assert_resumes_exactly(lambda: fetch(25, opener(there), **options), content)
    assert elements == [(k + 1, [data]) for k, data in enumerate(there.values())]


def test_the_order_does_not_depend_on_how_long_each_object_takes() -> None:
    there, dice = opener(objects(60)), random.Random(1)
    delays = {f"s3://b/{k}": dice.random() * 0.01 for k in range(60)}

    def slow(uri: str) -> BinaryIO:
        time.sleep(delays[uri])
        return there(uri)

    assert [number for number, _ in fetch(60, slow)] == list(range(1, 61))


def test_slow_objects_are_fetched_at_the_same_time() -> None:
    there, all_at_once = opener(objects(32)), threading.Barrier(16, timeout=30)

    def slow(uri: str) -> BinaryIO:
        all_at_once.wait()
        return there(uri)

    assert len(list(fetch(32, slow, threads=16))) == 32


class Timed:
    """A reader that notes how many objects each batch has, and a clock by which each object takes the same time.

    Every thread has a clock of its own, so that no thread's reading prolongs another's.
    """

    is_local = False

    def __init__(self, takes_s: float) -> None:
        self._takes_s = takes_s
        self._clock = threading.local()
        self.batches: list[int] = []

    def now(self) -> float:
        return getattr(self._clock, "now_s", 0.0)

    def prepare(self, uris: Sequence[str]) -> None:
        self.batches.append(len(uris))

    def read(self, uri: str, large_bytes: int, room: Room) -> bytes:
        self._clock.now_s = self.now() + self._takes_s
        room.acquire(1)
        return b"x"


@pytest.mark.parametrize("ahead", [64, 256])
def test_threads_get_quick_objects_in_large_batches_and_slow_objects_one_by_one(ahead: int) -> None:
    keys, options = Keys([f"s3://b/{k}" for k in range(600)]), FetchOptions(threads=4, ahead=ahead)
    quick, slow = Timed(0.00001), Timed(0.02)
    assert len(list(Fetch(WholeObject(Lookup(Order(600), keys)), quick, options, now=quick.now))) == 600
    assert ahead // 16 <= max(quick.batches) <= ahead // 8
    assert quick.batches[:8] == [1] * 8, "before the speed of objects is known"
    assert len(quick.batches) < 300
    stage = Fetch(WholeObject(Lookup(Order(600), keys)), slow, options, now=slow.now)
    assert [next(stage)[0] for _ in range(60)] == list(range(1, 61))
    stage.close()
    assert set(slow.batches) == {1}


def test_the_first_element_does_not_wait_for_the_others() -> None:
    there, gate = opener(objects(50)), threading.Event()

    def first_only(uri: str) -> BinaryIO:
        if uri != "s3://b/0":
            gate.wait(10)
        return there(uri)

    stage = fetch(50, first_only)
    assert next(stage)[0] == 1
    gate.set()
    stage.close()


class Counted(io.BytesIO):
    """An object that reports when it is read."""

    def __init__(self, data: bytes, opened: Callable[[], None]) -> None:
        super().__init__(data)
        self._opened = opened

    def read(self, size: int | None = -1, /) -> bytes:
        self._opened()
        return super().read(size)


def test_at_most_the_budget_of_bytes_is_held() -> None:
    size, budget = 1000, 20_000
    read: list[int] = []
    there = objects(500, size)

    def open_object(uri: str) -> BinaryIO:
        return Counted(there[uri], lambda: read.append(size))

    stage = fetch(500, open_object, budget_bytes=budget, ahead=400, threads=4)
    taken = 0
    for _ in range(400):
        next(stage)
        taken += size
        time.sleep(0.0005)
        # one batch above the budget: the one that is next in order
        assert sum(read) - taken <= budget + 64 * size
    stage.close()


def test_the_number_of_elements_in_progress_is_limited() -> None:
    opened: list[str] = []
    there = opener(objects(100))

    def open_object(uri: str) -> BinaryIO:
        opened.append(uri)
        return there(uri)

    stage = fetch(100, open_object, ahead=10)
    next(stage)
    time.sleep(0.1)
    assert len(opened) <= 11
    stage.close()


def test_a_large_object_is_passed_on_open_and_unread() -> None:
    there = {"s3://b/0": bytes(100), "s3://b/1": bytes(2_000_000)}
    small, large = [row[1][0] for row in fetch(2, opener(there), large_bytes=1000)]
    assert small == bytes(100)
    assert isinstance(large, Large)
    assert (large.size_bytes, large.file.tell()) == (2_000_000, 0)


def test_a_missing_object_is_raised_at_its_position_without_a_retry() -> None:
    there = objects(10)
    del there["s3://b/6"]
    tried: list[str] = []
    known = opener(there)

    def open_object(uri: str) -> BinaryIO:
        tried.append(uri)
        return known(uri)

    stage = fetch(10, open_object)
    assert [next(stage)[0] for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(FetchFailed) as failure:
        next(stage)
    assert (failure.value.number, failure.value.place, failure.value.uri) == (7, 0, "s3://b/6")
    assert failure.value.why == "cannot read s3://b/6: no object s3://b/6"
    assert tried.count("s3://b/6") == 1
    stage.close()


def test_a_temporary_failure_is_retried() -> None:
    there, tries = opener(objects(5)), dict.fromkeys(objects(5), 0)

    def flaky(uri: str) -> BinaryIO:
        tries[uri] += 1
        if tries[uri] < 3:
            raise ConnectionResetError("reset")
        return there(uri)

    assert len(list(fetch(5, flaky, first_delay_s=0.001))) == 5
    assert set(tries.values()) == {3}


def test_a_permanent_failure_is_reported_with_the_number_of_tries() -> None:
    def broken(uri: str) -> BinaryIO:
        raise OSError(5, "Input/output error")

    with pytest.raises(FetchFailed, match=r"cannot read s3://b/0: Input/output error \(tried 3 times\)"):
        next(fetch(1, broken, tries=3, first_delay_s=0.001))


def test_an_object_that_is_shorter_than_its_size_is_an_error() -> None:
    class Short(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size)[:-1]

    with pytest.raises(FetchFailed, match="only 4 of 5 bytes could be read"):
        next(fetch(1, lambda uri: Short(b"12345"), tries=1))


def test_closing_stops_the_work_and_closes_open_files() -> None:
    files: list[io.BytesIO] = []

    def open_object(uri: str) -> BinaryIO:
        file = io.BytesIO(bytes(100))
        files.append(file)
        return file

    stage = fetch(1000, open_object, ahead=50, large_bytes=10)
    _, (first,) = next(stage)
    assert isinstance(first, Large)
    stage.close()
    assert len(files) <= 51
    assert sum(not file.closed for file in files) == 1, "the one that was passed on"


def test_closing_wakes_the_workers_that_wait_for_room() -> None:
    stage = fetch(200, opener(objects(200, 1000)), budget_bytes=1500, threads=4)
    next(stage)
    stage.close()  # returns at all: it wakes the threads that wait


def test_an_error_of_the_parent_is_raised_after_the_elements_before_it() -> None:
    keys = Keys([f"s3://b/{k}" for k in range(5)])

    class Breaks(Through[tuple[int, str], tuple[int, str]]):
        def _each(self, element: tuple[int, str]) -> tuple[int, str]:
            if element[0] == 4:
                raise NotFound("no fourth")
            return element

    stage = Fetch(WholeObject(Breaks(Lookup(Order(5), keys))), opener(objects(5)))
    assert [next(stage)[0] for _ in range(3)] == [1, 2, 3]
    with pytest.raises(NotFound, match="no fourth"):
        next(stage)
    stage.close()
