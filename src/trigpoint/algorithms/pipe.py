"""How do records come out of a channel's pipe?

Of an augmented manifest the platform writes one RecordIO record for each attribute: image, annotation, image,
annotation, ... Files that are RecordIO already are sent as they are, one behind the other. Reading, decoding and varying happen in background threads, so that the network does not wait for them; the
order is kept.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, TypeVar

from trigpoint.algorithms.harness import Container, CustomerError
from trigpoint.records.recordio import NotRecordIO, read_records

T = TypeVar("T")
R = TypeVar("R")

EMPTY_STREAM = (
    "Got empty batch from pipe. Please check if the manifest file contains valid batches and the value of "
    "training job parameter AttributeNames matches attributes names in the augmented manifest."
)
NOT_RECORDIO = "Unable to parse record. Please make sure input data is in correct recordio format. "
_POLL_S = 0.2


def record_pairs(container: Container, channel: str, epoch: int) -> Iterator[tuple[bytes, bytes]]:
    """(image, annotation) of each line of the manifest, one pass.

    Raises: CustomerError: the stream is not RecordIO, or an image comes without its annotation.
    """
    records = _records(container, channel, epoch, "plain")
    for image in records:
        annotation = next(records, None)
        if annotation is None:
            raise CustomerError(EMPTY_STREAM)
        yield image, annotation


def piped_records(container: Container, channel: str, epoch: int) -> Iterator[bytes]:
    """The payloads of native .rec files that the platform sends one behind the other, one pass.

    Raises: CustomerError: the stream is not RecordIO (names the record, counted from 0).
    """
    return _records(container, channel, epoch, "magic")


def _records(
    container: Container, channel: str, epoch: int, rejoin: Literal["plain", "magic"]
) -> Iterator[bytes]:
    count = 0
    with container.open_epoch(channel, epoch) as stream:
        try:
            for record in read_records(stream, rejoin):
                yield record
                count += 1
        except NotRecordIO as error:
            raise CustomerError(
                f"{NOT_RECORDIO}(channel '{channel}', record {count} of the pipe: {error}{_hint(rejoin, count)})"
            ) from None


def _hint(rejoin: Literal["plain", "magic"], count: int) -> str:
    """What is most likely wrong when not even the first record of native files could be read."""
    if rejoin == "plain" or count:
        return ""
    return (
        "; with RecordWrapperType None the objects of the channel must be .rec files. An augmented manifest "
        "needs RecordWrapperType RecordIO"
    )


def ordered_map(
    items: Iterator[T], work: Callable[[T], R], workers: int, ahead: int, stop: threading.Event
) -> Iterator[R]:
    """The results of `work`, computed in threads at most `ahead` items before they are asked for, in order.

    Ends early, without an error, when `stop` is set; then a reader that hangs on its pipe is left behind.
    Raises whatever reading or working raised, at its place in the order.
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
        except BaseException as error:  # noqa: BLE001 - carried over to the consumer's thread
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
