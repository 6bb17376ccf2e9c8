"""Labeled images for your own training loop, directly from an augmented manifest: no conversion, no shards.

    from trigpoint.stream import AugmentedManifest, ImageBatches

Importing this module loads neither torch nor numpy nor an S3 client; each is loaded at its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trigpoint.loaders.augmented_manifest import AugmentedManifest
from trigpoint.loaders.objects import Objects
from trigpoint.loaders.records import Records, StreamError
from trigpoint.remote.config import RemoteConfig as Store
from trigpoint.streaming.fetch_options import FetchOptions

if TYPE_CHECKING:
    from trigpoint.loaders.batches import ImageBatches, SkippedImage
    from trigpoint.loaders.torch_images import TorchImages

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
    if name in ("ImageBatches", "SkippedImage"):
        from trigpoint.loaders import batches

        return getattr(batches, name)
    if name == "TorchImages":
        from trigpoint.loaders import torch_images

        return torch_images.TorchImages
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
