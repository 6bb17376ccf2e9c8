"""How do records become batches of images: decoded, resized and stacked by threads, in order, ahead of the loop.

This and `pixels` alone know numpy and torch, and import each only where it is used: batches of numpy arrays do not
wait for torch to load.

    N images of a batch, H x W the size asked for; pixels uint8, RGB.
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from trigpoint.core.errors import Invalid
from trigpoint.stream.pixels import (
    UNREADABLE,
    Resize,
    Size,
    decode_into,
    quick_resize,
    resize_by_pillow,
    resize_by_torch,
)
from trigpoint.stream.reader import Records, StreamError

CHUNK = 8
"""Images that a thread decodes at a time: enough for the hand-over not to count."""

OnError = Literal["raise", "skip"]

_OWN_KEYS = ("images", "sizes", "state")


@dataclass(frozen=True, slots=True)
class _Options:
    image: str
    size: Size
    batch_size: int
    boxes: tuple[str, ...]
    drop_last: bool
    on_error: OnError
    reduced_decode: bool
    threads: int
    ahead: int


class SkippedImage(UserWarning):
    """An image was left out of a batch; the text says which, and why."""


class ImageBatches:
    """Iterates batches: {"images": (N, H, W, 3) uint8, "sizes": (N, 2) int32, attribute: list of N values, ...,
    "state": what load_state_dict() takes to go on behind this batch}.

    records:        where the images come from; the pass, epoch and state are those of this reader.
    size:           (height, width), or one number for both. Images are stretched to it, antialiased bilinear.
    image:          the attribute that holds the image; by default the only one whose name ends with -ref,
                    "content" of Objects.
    boxes:          attributes that hold Ground Truth's bounding boxes: their `annotations` are scaled with the
                    image; left, top, width and height become floats in pixels of the resized image.
    drop_last:      leave out a last batch that is not full.
    on_error:       "skip" leaves out images that cannot be decoded, and those whose boxes make no sense, with
                    a warning (SkippedImage) and a count in `skipped`: their batch is smaller by them, and is
                    not delivered if nothing is left. All other batches, the shards and states stay what they
                    are. Broken lines and vanished objects are errors all the same.
    reduced_decode: decode JPEGs that are at least twice as large as `size` at 1/2, 1/4 or 1/8 of their size, in
                    the DCT domain, as long as they stay at least as large as `size`; False decodes all of it.
    threads:        decoders; by default one for each processor.
    ahead:          batches that are decoded while the loop works on one.

    "sizes" are the (height, width) of the images before. EXIF orientation is ignored, as it is where the boxes
    are drawn. Raises StreamError, behind the batches before: an image cannot be decoded, or what the reader
    raises.
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
        self._options = _Options(
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
        """Images that were left out since this was made; in this process."""

    def __len__(self) -> int:
        """The batches of an epoch."""
        whole, rest = divmod(len(self.records), self._options.batch_size)
        return whole + bool(rest and not self._options.drop_last)

    def set_epoch(self, epoch: int) -> None:
        """The next pass reads this epoch from its beginning."""
        self.records.set_epoch(epoch)
        self._state = None

    def state_dict(self) -> dict[str, Any]:
        """The place behind the last batch that was delivered."""
        return self._state or self.records.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The next pass goes on where the state was taken; see Records.load_state_dict."""
        self.records.load_state_dict(state)
        self._state = dict(state)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._pass(quick_resize() or resize_by_pillow)

    def _pass(self, resize: Resize) -> Iterator[dict[str, Any]]:
        pool = ThreadPoolExecutor(self._options.threads, "decode")
        waiting: deque[_Batch] = deque()
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
            if self.records.epoch != epoch:  # it was ahead of a loop that was left
                self.records.set_epoch(epoch)

    def _begun(
        self, passing: Iterable[tuple[int, dict[str, Any]]], pool: ThreadPoolExecutor, resize: Resize
    ) -> Generator[_Batch, None, None]:
        """Batches whose images are being decoded."""
        options = self._options
        numbered: list[tuple[int, dict[str, Any]]] = []
        for element in passing:
            numbered.append(element)
            if len(numbered) == options.batch_size:
                yield _Batch(numbered, self.records, options, resize, pool)
                numbered = []
        if numbered and not options.drop_last:
            yield _Batch(numbered, self.records, options, resize, pool)


def _processors() -> int:
    """Those that this process may use."""
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


class _Batch:
    """One batch while it is being decoded."""

    def __init__(
        self,
        numbered: list[tuple[int, dict[str, Any]]],
        records: Records,
        options: _Options,
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
        """What is left out, by its place in the batch; complete once the batch is finished."""
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
            raise self._records.failed(number, options.image, "it is not an object; name a -ref attribute")
        try:
            whole = decode_into(data, self._pixels[place], options.reduced_decode, self._resize)
        except UNREADABLE as error:
            raise _Unusable(options.image, f"not a readable image: {_why_unreadable(data, error)}") from None
        self._sizes[place] = whole
        for name in options.boxes:
            record[name] = self._scaled(name, record[name], whole)

    def finish(self) -> dict[str, Any] | None:
        """The batch without what has faults; None when nothing is left."""
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

    def _scaled(self, name: str, value: Any, whole: Size) -> dict[str, Any]:
        height, width = self._options.size
        try:
            return scaled_boxes(value, width / whole[1], height / whole[0])
        except (KeyError, TypeError):
            why = "no bounding boxes; it needs `annotations` with left, top, width and height"
            raise _Unusable(name, why) from None


class _Unusable(Exception):
    """A record cannot be used: because of which attribute, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why


def _why_unreadable(data: bytes, error: Exception) -> str:
    from PIL import UnidentifiedImageError

    if not data:
        return "the object is empty"
    if isinstance(error, UnidentifiedImageError):
        return f"its {len(data):,} bytes begin with {data[:8]!r}, which is no known image format"
    return f"its {len(data):,} bytes are damaged or cut off: {error or type(error).__name__}"


def scaled_boxes(value: Mapping[str, Any], factor_x: float, factor_y: float) -> dict[str, Any]:
    """Ground Truth's bounding boxes with `annotations` in pixels of an image that was resized by the factors."""
    factors = {"left": factor_x, "width": factor_x, "top": factor_y, "height": factor_y}
    boxes = [
        {**box, **{side: box[side] * by for side, by in factors.items()}} for box in value["annotations"]
    ]
    return {**value, "annotations": boxes}


@cache
def _torch_images() -> type:
    """The class TorchImages; made when it is first asked for, because its base is torch's."""
    import torch
    from torch.utils.data import IterableDataset, get_worker_info

    class TorchImages(ImageBatches, IterableDataset[dict[str, Any]]):
        """ImageBatches for torch: "images" (N, 3, H, W) uint8 in channels-last memory, "sizes" (N, 2) int32.

        rank: (rank, world size): this process's part of the records; by default torch.distributed's where it
        runs, then RANK and WORLD_SIZE of the environment, else all. Within a DataLoader each worker takes
        every n-th batch of that, and decodes with its share of the processors: `DataLoader(dataset,
        batch_size=None)`. The state then is the one that comes with each batch: this object is not in the worker.
        """

        def __init__(self, records: Records, *, rank: tuple[int, int] | None = None, **options: Any) -> None:
            super().__init__(records.split(*(rank or _rank())), **options)
            self._is_part = False

        def _take_part(self) -> None:
            """In a worker of a DataLoader, once: leaves the other workers' records to them."""
            worker = get_worker_info()
            if worker is None or self._is_part:
                return
            self._is_part = True
            self.records = self.records.split(worker.id, worker.num_workers, block=self._options.batch_size)
            threads = max(1, self._options.threads // worker.num_workers)
            self._options = replace(self._options, threads=threads)

        def state_dict(self) -> dict[str, Any]:
            self._take_part()
            return super().state_dict()

        def load_state_dict(self, state: Mapping[str, Any]) -> None:
            self._take_part()
            super().load_state_dict(state)

        def __iter__(self) -> Iterator[dict[str, Any]]:
            self._take_part()
            for batch in self._pass(quick_resize() or resize_by_torch):
                batch["images"] = torch.from_numpy(batch["images"]).permute(0, 3, 1, 2)
                batch["sizes"] = torch.from_numpy(batch["sizes"])
                yield batch

    TorchImages.__qualname__ = "TorchImages"  # where pickle finds it, for workers that are spawned
    return TorchImages


def _rank() -> tuple[int, int]:
    """(rank, world size) of this process: by torch.distributed, by the environment, or alone."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def __getattr__(name: str) -> Any:
    if name == "TorchImages":
        return _torch_images()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
