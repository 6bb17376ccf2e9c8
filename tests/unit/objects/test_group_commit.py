"""Writes of many threads in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from trigpoint.db.group_commit import MAX_TOGETHER, GroupCommit, Waiting


class Ledger:
    """Records which writes are committed together; the first commit lasts until `go_on` is set."""

    def __init__(self, settle: Callable[[Sequence[Waiting[str]]], None] = lambda batch: None) -> None:
        self.group = GroupCommit[str](self._commit)
        self.batches: list[list[str]] = []
        self.has_begun, self.go_on = threading.Event(), threading.Event()
        self._settle = settle

    def _commit(self, batch: Sequence[Waiting[str]]) -> None:
        self.has_begun.set()
        assert self.go_on.wait(10)
        self.batches.append([waiting.write for waiting in batch])
        self._settle(batch)

    def run(self, pool: ThreadPoolExecutor, writes: Sequence[tuple[str, str]]) -> list[Future[None]]:
        """Queues the (key, write) pairs during the commit of a first write, then lets that commit finish."""
        first = pool.submit(self.group.run, "first", "first")
        assert self.has_begun.wait(10)
        others = []
        for number, (key, write) in enumerate(writes, 1):
            others.append(pool.submit(self.group.run, key, write))
            while len(self.group._queue) < number:
                threading.Event().wait(0.001)
        self.go_on.set()
        return [first, *others]


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2 * MAX_TOGETHER)


def test_writes_that_arrive_during_a_commit_share_the_next_one(pool: ThreadPoolExecutor) -> None:
    ledger = Ledger()
    for done in ledger.run(pool, [("a", "1"), ("b", "2"), ("c", "3")]):
        done.result(10)
    assert ledger.batches == [["first"], ["1", "2", "3"]]


def test_writes_of_one_key_are_committed_separately_in_order_of_arrival(
    pool: ThreadPoolExecutor,
) -> None:
    ledger = Ledger()
    for done in ledger.run(pool, [("a", "1"), ("a", "2"), ("b", "3"), ("a", "4")]):
        done.result(10)
    assert ledger.batches == [["first"], ["1", "3"], ["2"], ["4"]]


def test_no_transaction_has_more_writes_than_the_limit(pool: ThreadPoolExecutor) -> None:
    ledger = Ledger()
    for done in ledger.run(pool, [(str(number), str(number)) for number in range(MAX_TOGETHER + 1)]):
        done.result(10)
    assert [len(batch) for batch in ledger.batches] == [1, MAX_TOGETHER, 1]


def test_an_error_of_one_write_is_raised_only_in_its_thread(
    pool: ThreadPoolExecutor,
) -> None:
    def settle(batch: Sequence[Waiting[str]]) -> None:
        for waiting in batch:
            if waiting.write == "bad":
                waiting.problem = ValueError("bad")

    first, bad, good = Ledger(settle).run(pool, [("a", "bad"), ("b", "good")])
    with pytest.raises(ValueError, match="bad"):
        bad.result(10)
    first.result(10)
    good.result(10)


def test_a_failed_commit_is_raised_in_all_its_threads_and_the_next_one_succeeds(
    pool: ThreadPoolExecutor,
) -> None:
    def settle(batch: Sequence[Waiting[str]]) -> None:
        if "1" in [waiting.write for waiting in batch]:
            raise OSError("disk full")

    ledger = Ledger(settle)
    first, one, two, three = ledger.run(pool, [("a", "1"), ("b", "2"), ("a", "3")])
    for failed in (one, two):
        with pytest.raises(OSError, match="disk full"):
            failed.result(10)
    first.result(10)
    three.result(10)
    ledger.group.run("later", "later")
    assert ledger.batches[-1] == ["later"]
