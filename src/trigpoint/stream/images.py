"""How do records become batches of images: decoded, resized and stacked by threads, in order, ahead of the loop.

The only module here that knows numpy and torch, and each is imported only where it is used: batches of numpy
arrays do not wait for torch to load.

    N images of a batch, H x W the size asked for; pixels uint8, RGB.
"""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from trigpoint.core.errors import Invalid
from trigpoint.stream.reader import Records, StreamError

if TYPE_CHECKING:
    import numpy as np

CHUNK = 8
"""Images that a thread decodes at a time: enough for the hand-over not to count."""

Size = tuple[int, int]
"""(height, width) in pixels."""


@dataclass(frozen=True, slots=True)
class _Options:
    image: str
    size: Size
    batch_size: int
    boxes: tuple[str, ...]
    drop_last: bool
    reduced_decode: bool
    threads: int
    ahead: int


class ImageBatches:
    """Iterates batches: {"images": (N, H, W, 3) uint8, "sizes": (N, 2) int32, attribute: list of N values, ...}.

    records:        where the images come from; the pass, epoch and state are those of this reader.
    size:           (height, width), or one number for both. Images are stretched to it, antialiased bilinear.
    image:          the attribute that holds the image; by default the only one whose name ends with -ref,
                    "content" of Objects.
    boxes:          attributes that hold Ground Truth's bounding boxes: their `annotations` are scaled with the
                    image; left, top, width and height become floats in pixels of the resized image.
    drop_last:      leave out a last batch that is not full.
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
        reduced_decode: bool = True,
        threads: int | None = None,
        ahead: int = 3,
    ) -> None:
        height_width = (size, size) if isinstance(size, int) else (size[0], size[1])
        if min(*height_width, batch_size, ahead, 1 if threads is None else threads) < 1:
            raise Invalid("size, batch_size, threads and ahead must be at least 1")
        self.records = records
        self._options = _Options(
            image or _only_image(records),
            height_width,
            batch_size,
            tuple(boxes),
            drop_last,
            reduced_decode,
            threads or _processors(),
            ahead,
        )
        self._state: dict[str, Any] | None = None

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
        return self._pass(_resized_by_pillow)

    def _pass(self, resized: Resize) -> Iterator[dict[str, Any]]:
        pool = ThreadPoolExecutor(self._options.threads, "decode")
        waiting: deque[_Batch] = deque()
        epoch, passing = self.records.epoch, self.records.numbered()
        self._state = self.records.state_dict()
        batches = self._begun(passing, pool, resized)
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
        self, passing: Iterable[tuple[int, dict[str, Any]]], pool: ThreadPoolExecutor, resized: Resize
    ) -> Generator[_Batch, None, None]:
        """Batches whose images are being decoded."""
        options = self._options
        numbered: list[tuple[int, dict[str, Any]]] = []
        for element in passing:
            numbered.append(element)
            if len(numbered) == options.batch_size:
                yield _Batch(numbered, self.records, options, resized, pool)
                numbered = []
        if numbered and not options.drop_last:
            yield _Batch(numbered, self.records, options, resized, pool)


Resize = Callable[["np.ndarray[Any, Any]", Size], "np.ndarray[Any, Any]"]


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
        resized: Resize,
        pool: ThreadPoolExecutor,
    ) -> None:
        import numpy as np

        self._numbered, self._records, self._options = numbered, records, options
        self.state = records.state_dict()
        self._pixels = np.empty((len(numbered), *options.size, 3), np.uint8)
        self._sizes = np.empty((len(numbered), 2), np.int32)
        self._resized = resized
        self._futures: list[Future[None]] = [
            pool.submit(self._decode, range(start, min(start + CHUNK, len(numbered))))
            for start in range(0, len(numbered), CHUNK)
        ]

    def _decode(self, places: range) -> None:
        options = self._options
        for place in places:
            number, record = self._numbered[place]
            data = record.pop(options.image)
            if not isinstance(data, bytes):
                raise self._records.failed(
                    number, options.image, "it is not an object; name a -ref attribute"
                )
            try:
                whole, pixels = decode(data, options.size, options.reduced_decode)
            except (OSError, ValueError, SyntaxError) as error:
                raise self._records.failed(number, options.image, f"not a readable image: {error}") from None
            self._sizes[place] = whole
            self._pixels[place] = (
                pixels if pixels.shape[:2] == options.size else self._resized(pixels, options.size)
            )

    def finish(self) -> dict[str, Any]:
        for future in self._futures:
            future.result()
        batch: dict[str, Any] = {"images": self._pixels, "sizes": self._sizes}
        for name in self._numbered[0][1]:
            values = [record[name] for _, record in self._numbered]
            batch[name] = self._scaled(name, values) if name in self._options.boxes else values
        return batch

    def _scaled(self, name: str, values: list[Any]) -> list[Any]:
        height, width = self._options.size
        out = []
        for (number, _), value, (old_height, old_width) in zip(
            self._numbered, values, self._sizes, strict=True
        ):
            try:
                out.append(scaled_boxes(value, width / float(old_width), height / float(old_height)))
            except (KeyError, TypeError):
                why = "no bounding boxes; it needs `annotations` with left, top, width and height"
                raise self._records.failed(number, name, why) from None
        return out


def scaled_boxes(value: Mapping[str, Any], factor_x: float, factor_y: float) -> dict[str, Any]:
    """Ground Truth's bounding boxes with `annotations` in pixels of an image that was resized by the factors."""
    factors = {"left": factor_x, "width": factor_x, "top": factor_y, "height": factor_y}
    boxes = [
        {**box, **{side: box[side] * by for side, by in factors.items()}} for box in value["annotations"]
    ]
    return {**value, "annotations": boxes}


def decode(data: bytes, size: Size, reduced: bool) -> tuple[Size, np.ndarray[Any, Any]]:
    """The image's own (height, width), and its pixels (h, w, 3), reduced on the way where that is allowed.

    Raises: OSError, ValueError, SyntaxError: it is no image, or damaged.
    """
    quick = _quick_decoder()
    if quick is not None and data[:2] == b"\xff\xd8" and (decoded := quick(data, size, reduced)) is not None:
        return decoded
    return _decoded_by_pillow(data, size, reduced)


def _decoded_by_pillow(data: bytes, size: Size, reduced: bool) -> tuple[Size, np.ndarray[Any, Any]]:
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        whole = (image.height, image.width)
        if reduced:
            image.draft("RGB", (size[1], size[0]))
        return whole, np.array(image.convert("RGB"))


@cache
def _quick_decoder() -> Callable[[bytes, Size, bool], tuple[Size, np.ndarray[Any, Any]] | None] | None:
    """simplejpeg where it is installed: the same library and pixels as Pillow's, without its detours.

    The function gives None for what is to be left to Pillow: unusual colours, and whatever is damaged.
    """
    try:
        import simplejpeg  # type: ignore[import-untyped]
    except ImportError:
        return None

    def quick(data: bytes, size: Size, reduced: bool) -> tuple[Size, np.ndarray[Any, Any]] | None:
        try:
            height, width, colors, _ = simplejpeg.decode_jpeg_header(data)
            if colors != "YCbCr":
                return None
            by = _reduction((height, width), size) if reduced else 1
            least = (-(-height // by), -(-width // by)) if by > 1 else (0, 0)
            pixels = simplejpeg.decode_jpeg(
                data, "RGB", min_height=least[0], min_width=least[1], min_factor=1
            )
        except ValueError:
            return None
        return (height, width), pixels

    return quick


def _reduction(whole: Size, size: Size) -> int:
    """The largest of 8, 4, 2, 1 by which an image can be divided and is not smaller than `size`; Pillow's rule."""
    factor = min(whole[0] // size[0], whole[1] // size[1])
    return next((by for by in (8, 4, 2) if factor >= by), 1)


def _resized_by_pillow(pixels: np.ndarray[Any, Any], size: Size) -> np.ndarray[Any, Any]:
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((size[1], size[0]), Image.Resampling.BILINEAR))


def _resized_by_torch(pixels: np.ndarray[Any, Any], size: Size) -> np.ndarray[Any, Any]:
    """As Pillow's to within one level, in a third of the time."""
    import torch

    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(planes, size=size, mode="bilinear", antialias=True)
    return resized[0].permute(1, 2, 0).numpy()


@cache
def _torch_images() -> type:
    """The class TorchImages; made when it is first asked for, because its base is torch's."""
    import torch
    from torch.utils.data import IterableDataset, get_worker_info

    class TorchImages(ImageBatches, IterableDataset[dict[str, Any]]):
        """ImageBatches for torch: "images" (N, 3, H, W) uint8 in channels-last memory, "sizes" (N, 2) int32.

        rank: (rank, world size): this process's part of the records; by default torch.distributed's where it
        runs, then RANK and WORLD_SIZE of the environment, else all. Within a DataLoader each worker takes its
        part of that, and decodes with its share of the processors: `DataLoader(dataset, batch_size=None)`.
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
            self.records = self.records.split(worker.id, worker.num_workers)
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
            for batch in self._pass(_resized_by_torch):
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
