"""Labeled images for your own training loop, straight from an augmented manifest: no conversion, no shards.

    from trigpoint.stream import AugmentedManifest, ImageBatches

Importing this loads neither torch nor numpy nor a client of S3; each comes with the first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trigpoint.remote.config import RemoteConfig as Store
from trigpoint.stream.reader import AugmentedManifest, Objects, Records, StreamError
from trigpoint.streaming.fetch import FetchOptions

if TYPE_CHECKING:
    from trigpoint.stream.images import ImageBatches, SkippedImage, TorchImages

__all__ = [
    "AugmentedManifest",
    "FetchOptions",
    "ImageBatches",
    "Objects",
    "Records",
    "SkippedImage",
    "Store",
    "StreamError",
    "TorchImages",
]


def __getattr__(name: str) -> Any:
    if name in ("ImageBatches", "SkippedImage", "TorchImages"):
        from trigpoint.stream import images

        return getattr(images, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
