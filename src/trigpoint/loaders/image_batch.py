"""One batch of images: decoded, resized and stacked by threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from trigpoint.core.errors import Invalid
from trigpoint.loaders.pixels import Resize, Size, decode_into
from trigpoint.loaders.records import Records, StreamError
from trigpoint.records.images.head import read_head
from trigpoint.records.images.opening import EmptyImage, ForeignData, LargeImage, UnreadableImage
from trigpoint.records.labels.frames import frame_of_label
from trigpoint.records.labels.image_size import ImageSize, read_image_size

CHUNK = 8
"""How many images a thread decodes at a time: enough to make the cost of passing them negligible."""

OnError = Literal["raise", "skip"]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    image: str
    size: Size
    batch_size: int
    boxes: tuple[str, ...]
    drop_last: bool
    on_error: OnError
    reduced_decode: bool
    threads: int
    ahead: int


class ImageBatch:
    """One batch while it is being decoded."""

    def __init__(
        self,
        numbered: list[tuple[int, dict[str, Any]]],
        records: Records,
        options: BatchOptions,
        resize: Resize,
        pool: ThreadPoolExecutor,
    ) -> None:
        import numpy as np

        self._numbered, self._records, self._options = numbered, records, options
        self.state = records.state_dict()
        self._pixels = np.empty((len(numbered), *options.size, 3), np.uint8)
        self._sizes = np.empty((len(numbered), 2), np.int32)
        self._resize = resize
        self.faults: dict[int, StreamError] = {}
        """The errors of images that are left out, by place in the batch; complete when the batch is finished."""
        self._futures: list[Future[None]] = [
            pool.submit(self._decode, range(start, min(start + CHUNK, len(numbered))))
            for start in range(0, len(numbered), CHUNK)
        ]

    def _decode(self, places: range) -> None:
        for place in places:
            try:
                self._decode_one(place, *self._numbered[place])
            except _Unusable as unusable:
                fault = self._records.failed(self._numbered[place][0], unusable.name, unusable.why)
                if self._options.on_error == "raise":
                    raise fault from None
                self.faults[place] = fault

    def _decode_one(self, place: int, number: int, record: dict[str, Any]) -> None:
        options = self._options
        data = record.pop(options.image)
        if not isinstance(data, bytes):
            raise self._records.failed(
                number, options.image, "it is not an object; choose a -ref attribute with image="
            )
        try:
            whole = decode_into(data, self._pixels[place], options.reduced_decode, self._resize)
        except UnreadableImage as error:
            raise _Unusable(options.image, f"not a readable image: {_why_unreadable(data, error)}") from None
        self._sizes[place] = whole
        for name in options.boxes:
            record[name] = self._scaled(name, record[name], data, whole)

    def finish(self) -> dict[str, Any] | None:
        """The batch without the images that have faults; None when no image is left."""
        for future in self._futures:
            future.result()
        kept = [place for place in range(len(self._numbered)) if place not in self.faults]
        if not kept:
            return None
        batch: dict[str, Any] = {"images": self._pixels, "sizes": self._sizes}
        if self.faults:
            batch = {name: values[kept] for name, values in batch.items()}
        records = [self._numbered[place][1] for place in kept]
        for name in records[0]:
            batch[name] = [record[name] for record in records]
        return {**batch, "state": self.state}

    def _scaled(self, name: str, value: Any, data: bytes, whole: Size) -> dict[str, Any]:
        height, width = self._options.size
        stored = ImageSize(whole[1], whole[0])
        try:
            return scaled_boxes(value, stored, lambda: read_head(data).orientation, ImageSize(width, height))
        except Invalid as error:
            raise _Unusable(name, error.message) from None
        except (KeyError, TypeError, AttributeError):
            why = "no bounding boxes; it needs `annotations` with left, top, width and height"
            raise _Unusable(name, why) from None


class _Unusable(Exception):
    """A record that cannot be used: the attribute at fault, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why


def _why_unreadable(data: bytes, error: UnreadableImage) -> str:
    if isinstance(error, EmptyImage):
        return "the object is empty"
    if isinstance(error, ForeignData):
        return f"its {len(data):,} bytes begin with {data[:8]!r}, which is not a known image format"
    if isinstance(error, LargeImage):
        return error.detail
    return f"its {len(data):,} bytes are damaged or truncated: {error.detail}"


def scaled_boxes(
    value: Mapping[str, Any], stored: ImageSize, orientation: Callable[[], int], target: ImageSize
) -> dict[str, Any]:
    """Ground Truth's bounding boxes with `annotations` in pixels of the image, resized to the target size.

    They are on the stored pixels and clipped to the image, and those that have no area inside are dropped, as in
    training.
    Raises: Invalid: image_size is that of another image. KeyError, TypeError, AttributeError: these are no boxes.
    """
    frame = frame_of_label(read_image_size(value.get("image_size")), stored, orientation)
    factors = (target.width / frame.size.width, target.height / frame.size.height)
    boxes = []
    for box in value["annotations"]:
        left, top, width, height = frame.stored((box["left"], box["top"], box["width"], box["height"]))
        across = _within(left * factors[0], width * factors[0], target.width)
        down = _within(top * factors[1], height * factors[1], target.height)
        if across is not None and down is not None:
            boxes.append({**box, "left": across[0], "top": down[0], "width": across[1], "height": down[1]})
    return {**value, "annotations": boxes}


def _within(start: float, length: float, limit: int) -> tuple[float, float] | None:
    """Start and length of the part of a side that is between 0 and the limit; None when there is none."""
    if start >= 0 and length > 0 and start + length <= limit:
        return start, length
    low, high = max(start, 0.0), min(start + length, float(limit))
    return (low, high - low) if low < high else None
