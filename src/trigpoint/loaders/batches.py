"""Records as batches of images: decoded, resized and stacked by threads, in order, ahead of the loop.

numpy and torch are only used in this module, `image_batch`, `torch_images` and `pixels`, and are imported where
they are used: batches of numpy arrays do not load torch.

    N images of a batch, H x W the size asked for; pixels uint8, RGB.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.loaders.image_batch import BatchOptions, ImageBatch, OnError
from trigpoint.loaders.pixels import (
    Resize,
    Size,
    quick_resize,
    resize_by_pillow,
)
from trigpoint.loaders.records import Records, StreamError

_OWN_KEYS = ("images", "sizes", "state")


class SkippedImage(UserWarning):
    """An image was left out of a batch; the text says which one, and why."""


class ImageBatches:
    """Iterates batches: {"images": (N, H, W, 3) uint8, "sizes": (N, 2) int32, attribute: list of N values, ...,
    "state": the argument of load_state_dict() to continue after this batch}.

    records:        where the images come from; the pass, epoch and state are those of this reader.
    size:           (height, width), or one number for both. Images are stretched to it, antialiased bilinear.
    image:          the attribute that holds the image; by default the only one whose name ends with -ref,
                    "content" of Objects.
    boxes:          attributes that hold Ground Truth's bounding boxes: their `annotations` are scaled with the
                    image; left, top, width and height become floats in pixels of the resized image. Boxes are
                    clipped to the image; those outside it are dropped.
    drop_last:      leave out a last batch that is not full.
    on_error:       "skip" leaves out images that cannot be decoded, and those whose boxes make no sense, with
                    a warning (SkippedImage) and a count in `skipped`. Their batch becomes smaller, and is not
                    delivered when it is empty. All other batches, the shards and states do not change. Broken
                    lines and missing objects are still errors.
    reduced_decode: decode JPEGs that are at least twice as large as `size` at 1/2, 1/4 or 1/8 of their size, in
                    the DCT domain, while they stay at least as large as `size`; False decodes the whole image.
    threads:        decoding threads; by default one per processor.
    ahead:          batches that are decoded while the loop works on one.

    "sizes" are the (height, width) of the stored images. EXIF orientation is ignored, as it is where the boxes
    are drawn. Raises StreamError, after the batches before it: an image cannot be decoded, or the reader failed.
    """

    def __init__(
        self,
        records: Records,
        *,
        size: int | Size = 224,
        batch_size: int = 32,
        image: str | None = None,
        boxes: Sequence[str] = (),
        drop_last: bool = False,
        on_error: OnError = "raise",
        reduced_decode: bool = True,
        threads: int | None = None,
        ahead: int = 3,
    ) -> None:
        height_width = (size, size) if isinstance(size, int) else (size[0], size[1])
        if min(*height_width, batch_size, ahead, 1 if threads is None else threads) < 1:
            raise Invalid("size, batch_size, threads and ahead must be at least 1")
        if on_error not in ("raise", "skip"):
            raise Invalid(f"on_error is {on_error!r}; it must be 'raise' or 'skip'")
        _check_names(records, boxes)
        self.records = records
        self._options = BatchOptions(
            image or _only_image(records),
            height_width,
            batch_size,
            tuple(boxes),
            drop_last,
            on_error,
            reduced_decode,
            threads or _processors(),
            ahead,
        )
        self._state: dict[str, Any] | None = None
        self.skipped = 0
        """How many images were left out by this object in this process."""

    def __len__(self) -> int:
        """How many batches an epoch has."""
        whole, rest = divmod(len(self.records), self._options.batch_size)
        return whole + bool(rest and not self._options.drop_last)

    def set_epoch(self, epoch: int) -> None:
        """Lets the next pass read this epoch from its beginning."""
        self.records.set_epoch(epoch)
        self._state = None

    def state_dict(self) -> dict[str, Any]:
        """The position after the last batch that was delivered."""
        return self._state or self.records.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Lets the next pass continue where the state was taken; see Records.load_state_dict."""
        self.records.load_state_dict(state)
        self._state = dict(state)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._pass(quick_resize() or resize_by_pillow)

    def _pass(self, resize: Resize) -> Iterator[dict[str, Any]]:
        pool = ThreadPoolExecutor(self._options.threads, "decode")
        waiting: deque[ImageBatch] = deque()
        epoch, passing = self.records.epoch, self.records.numbered()
        self._state = self.records.state_dict()
        batches = self._begun(passing, pool, resize)
        error: Exception | None = None
        try:
            while True:
                while error is None and len(waiting) <= self._options.ahead:
                    try:
                        waiting.append(next(batches))
                    except (StopIteration, StreamError) as stop:
                        error = stop
                if not waiting:
                    break
                batch = waiting.popleft()
                finished = batch.finish()
                self._state = batch.state
                self.skipped += len(batch.faults)
                for _, fault in sorted(batch.faults.items()):
                    warnings.warn(f"left out: {fault}", SkippedImage, stacklevel=2)
                if finished is not None:
                    yield finished
            if isinstance(error, StreamError):
                raise error
            self._state, epoch = None, epoch + 1
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            batches.close()
            passing.close()
            if self.records.epoch != epoch:  # it was ahead of a loop that ended early
                self.records.set_epoch(epoch)

    def _begun(
        self, passing: Iterable[tuple[int, dict[str, Any]]], pool: ThreadPoolExecutor, resize: Resize
    ) -> Generator[ImageBatch, None, None]:
        """Batches whose images are being decoded."""
        options = self._options
        numbered: list[tuple[int, dict[str, Any]]] = []
        for element in passing:
            numbered.append(element)
            if len(numbered) == options.batch_size:
                yield ImageBatch(numbered, self.records, options, resize, pool)
                numbered = []
        if numbered and not options.drop_last:
            yield ImageBatch(numbered, self.records, options, resize, pool)


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_names(records: Records, boxes: Sequence[str]) -> None:
    names: tuple[str, ...] = getattr(records, "attributes", ())
    if taken := [name for name in names if name in _OWN_KEYS]:
        raise Invalid(f"the attribute {taken[0]!r} has a name that batches use: {', '.join(_OWN_KEYS)}")
    if unread := [name for name in boxes if name not in names]:
        raise Invalid(
            f"boxes= names {unread[0]!r}, which the reader does not read: {', '.join(names) or 'none'}"
        )


def _only_image(records: Records) -> str:
    names: tuple[str, ...] = getattr(records, "attributes", ("content",))
    images = [name for name in names if name.endswith("-ref") or name == "content"]
    if len(images) != 1:
        raise Invalid(f"say with image= which attribute holds the image: one of {', '.join(names)}")
    return images[0]
