"""How do the examples of an augmented manifest come out of a channel's pipe?

The platform writes one RecordIO record for each attribute: image, annotation, image, annotation, ...
Reading, decoding and varying happen in background threads, so that the network does not wait for them; the
order is kept.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from trigpoint.algorithms.harness import Channel, Container, CustomerError
from trigpoint.records.recordio import NotRecordIO, read_records

T = TypeVar("T")
R = TypeVar("R")

EMPTY_STREAM = (
    "Got empty batch from pipe. Please check if the manifest file contains valid batches and the value of "
    "training job parameter AttributeNames matches attributes names in the augmented manifest."
)
NOT_RECORDIO = "Unable to parse record. Please make sure input data is in correct recordio format. "
_POLL_S = 0.2


def check_augmented_manifest(channel: Channel) -> None:
    """Raises: CustomerError: the channel is not a pipe of wrapped records, the only input that is read so
    far.
    """
    if channel.input_mode.lower() != "pipe" or channel.record_wrapper.lower() != "recordio":
        raise CustomerError(
            f"Channel '{channel.name}' has input mode {channel.input_mode} and record wrapper "
            f"{channel.record_wrapper}; this version reads augmented manifests only: set InputMode to Pipe "
            "and RecordWrapperType to RecordIO"
        )


def record_pairs(container: Container, channel: str, epoch: int) -> Iterator[tuple[bytes, bytes]]:
    """(image, annotation) of each line of the manifest, one pass.

    Raises: CustomerError: the stream is not RecordIO, or an image comes without its annotation.
    """
    with container.open_epoch(channel, epoch) as stream:
        records = read_records(stream, rejoin="plain")
        try:
            for image in records:
                annotation = next(records, None)
                if annotation is None:
                    raise CustomerError(EMPTY_STREAM)
                yield image, annotation
        except NotRecordIO:
            raise CustomerError(NOT_RECORDIO) from None


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
