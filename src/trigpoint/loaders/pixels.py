"""Images decoded and resized by the fastest library that is installed.

simplejpeg, if installed, decodes JPEGs to the same pixels as Pillow. cykooz_resizer, if installed, resizes in a
quarter of Pillow's time, with differences of at most one level of 255. Both work outside the GIL. Without them
Pillow does everything.

numpy is imported where it is used, because loading the readers also loads this module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from trigpoint.records.images.opening import MAX_PIXELS
from trigpoint.records.images.pixels import read_rgb

if TYPE_CHECKING:
    import numpy as np

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    """(height, width, 3), RGB."""

Size = tuple[int, int]
"""(height, width) in pixels."""

Resize = Callable[["Pixels", "Pixels"], None]
"""Stretches the first image to the size of the second, antialiased bilinear, and writes it there; thread-safe."""


def decode_into(data: bytes, into: Pixels, reduced: bool, resize: Resize) -> Size:
    """Writes the image into `into`, stretched to its size; returns the image's own (height, width).

    Raises: UnreadableImage: it is not an image, damaged, or too large.
    """
    whole, pixels = decode(data, (into.shape[0], into.shape[1]), reduced)
    if pixels.shape == into.shape:
        into[:] = pixels
    else:
        resize(pixels, into)
    return whole


def decode(data: bytes, size: Size, reduced: bool) -> tuple[Size, Pixels]:
    """The image's own (height, width), and its pixels, of reduced size where that is allowed.

    Raises: UnreadableImage: it is not an image, damaged, or too large.
    """
    quick = _quick_decoder()
    if quick is not None and data[:2] == b"\xff\xd8" and (decoded := quick(data, size, reduced)) is not None:
        return decoded
    return decode_by_pillow(data, size, reduced)


def decode_by_pillow(data: bytes, size: Size, reduced: bool) -> tuple[Size, Pixels]:
    """As `decode`, for every format."""
    import numpy as np

    image, (width, height) = read_rgb(data, (size[1], size[0]) if reduced else None)
    return (height, width), np.array(image)


@cache
def _quick_decoder() -> Callable[[bytes, Size, bool], tuple[Size, Pixels] | None] | None:
    """A decoder that uses simplejpeg, None when it is not installed. Its pixels equal Pillow's.

    The decoder returns None for images that Pillow has to decode or refuse: unusual colours, damaged or large files.
    """
    try:
        import simplejpeg  # type: ignore[import-untyped]
    except ImportError:
        return None

    def quick(data: bytes, size: Size, reduced: bool) -> tuple[Size, Pixels] | None:
        try:
            height, width, colors, _ = simplejpeg.decode_jpeg_header(data)
            if colors != "YCbCr" or height * width > MAX_PIXELS:
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
    """The largest of 8, 4, 2, 1 by which an image can be divided without becoming smaller than `size`: Pillow's rule."""
    factor = min(whole[0] // size[0], whole[1] // size[1])
    return next((by for by in (8, 4, 2) if factor >= by), 1)


def resize_by_pillow(pixels: Pixels, into: Pixels) -> None:
    """Antialiased bilinear resizing by Pillow, which defines the result of the other functions."""
    import numpy as np
    from PIL import Image

    size = (into.shape[1], into.shape[0])
    into[:] = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def resize_by_torch(pixels: Pixels, into: Pixels) -> None:
    """As Pillow, with differences of at most one level, in a quarter of the time."""
    import torch

    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    size = (into.shape[0], into.shape[1])
    resized = torch.nn.functional.interpolate(planes, size=size, mode="bilinear", antialias=True)
    into[:] = resized[0].permute(1, 2, 0).numpy()


@cache
def quick_resize() -> Resize | None:
    """The resizing of cykooz_resizer, None when it is not installed.

    As Pillow, with differences of at most one level, in a quarter of the time.
    """
    try:
        import cykooz_resizer as resizing  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        return None
    import numpy as np

    kind = resizing.PixelType.U8x3
    options = resizing.ResizeOptions(
        resize_alg=resizing.ResizeAlg.convolution(resizing.FilterType.bilinear), use_alpha=False
    )
    of_thread = threading.local()  # a resizer has buffers, and serves one thread at a time

    def resize(pixels: Pixels, into: Pixels) -> None:
        resizer = getattr(of_thread, "resizer", None)
        if resizer is None:
            resizer = of_thread.resizer = resizing.Resizer()
        source = resizing.ImageData(pixels.shape[1], pixels.shape[0], kind, pixels.tobytes())
        target = resizing.ImageData(into.shape[1], into.shape[0], kind)
        resizer.resize(source, target, options)
        into[:] = np.frombuffer(target.get_buffer(), np.uint8).reshape(into.shape)

    return resize
