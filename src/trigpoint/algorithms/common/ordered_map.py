"""Work in background threads whose results come out in order, so that the network does not wait for its data."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_POLL_S = 0.2


def ordered_map(
    items: Iterator[T], work: Callable[[T], R], workers: int, ahead: int, stop: threading.Event
) -> Iterator[R]:
    """The results of `work` for each item, in order, computed by threads up to `ahead` items in advance.

    When `stop` is set, the iteration ends early and without an error; a thread that still waits for its item is
    abandoned. An exception of the items or of `work` is raised at its place in the order.
    """
    results: queue.Queue[Future[R] | None] = queue.Queue(maxsize=ahead)
    closed = threading.Event()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")

    def put(future: Future[R] | None) -> None:
        while not (closed.is_set() or stop.is_set()):
            try:
                results.put(future, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def pull() -> None:
        try:
            for item in items:
                if closed.is_set() or stop.is_set():
                    return
                put(pool.submit(work, item))
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            failed: Future[R] = Future()
            failed.set_exception(error)
            put(failed)
        put(None)

    threading.Thread(target=pull, name="pipe", daemon=True).start()
    try:
        while not stop.is_set():
            try:
                future = results.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if future is None:
                return
            yield future.result()
    finally:
        closed.set()
        pool.shutdown(wait=False, cancel_futures=True)
