"""Records from a channel's pipe.

For an augmented manifest the platform writes one RecordIO record for each attribute: image, label, image, label, ...
Files that are RecordIO already are sent unchanged, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.records.recordio import NotRecordIO, read_records

EMPTY_STREAM = (
    "Got empty batch from pipe. Please check if the manifest file contains valid batches and the value of "
    "training job parameter AttributeNames matches attributes names in the augmented manifest."
)
NOT_RECORDIO = "Unable to parse record. Please make sure input data is in correct recordio format. "


def record_pairs(container: Container, channel: str, epoch: int) -> Iterator[tuple[bytes, bytes]]:
    """(image, label) of each line of the manifest, one pass.

    Raises: CustomerError: the stream is not RecordIO, or the last image has no label.
    """
    records = _records(container, channel, epoch, "plain")
    for image in records:
        label = next(records, None)
        if label is None:
            raise CustomerError(EMPTY_STREAM)
        yield image, label


def piped_records(container: Container, channel: str, epoch: int) -> Iterator[bytes]:
    """The payloads of native .rec files that the platform sends one after the other, one pass.

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
    """The likely cause when the first record of native files cannot be read."""
    if rejoin == "plain" or count:
        return ""
    return (
        "; with RecordWrapperType None the objects of the channel must be .rec files. An augmented manifest "
        "needs RecordWrapperType RecordIO"
    )
