"""Batches of images as a torch data set."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from trigpoint.loaders.batches import ImageBatches
from trigpoint.loaders.pixels import quick_resize, resize_by_torch
from trigpoint.loaders.records import Records


@cache
def _torch_images() -> type:
    """The class TorchImages. It is made at first use, because its base class is torch's."""
    import torch
    from torch.utils.data import IterableDataset, get_worker_info

    class TorchImages(ImageBatches, IterableDataset[dict[str, Any]]):
        """ImageBatches for torch: "images" (N, 3, H, W) uint8 in channels-last memory, "sizes" (N, 2) int32.

        rank: (rank, world size), this process's part of the records. The default is torch.distributed's when it
        is initialized, else RANK and WORLD_SIZE of the environment, else all records. In a DataLoader each worker
        takes every n-th batch of that part, and decodes with its share of the processors: `DataLoader(dataset,
        batch_size=None)`. Then use the state that comes with each batch: this object is not in the worker.
        """

        def __init__(self, records: Records, *, rank: tuple[int, int] | None = None, **options: Any) -> None:
            super().__init__(records.split(*(rank or _rank())), **options)
            self._is_part = False

        def _take_part(self) -> None:
            """In a worker of a DataLoader, at the first call: restricts the records to those of this worker."""
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

    TorchImages.__qualname__ = "TorchImages"  # so that pickle finds it, for spawned workers
    return TorchImages


def _rank() -> tuple[int, int]:
    """(rank, world size) of this process: from torch.distributed, from the environment, or (0, 1)."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def __getattr__(name: str) -> Any:
    if name == "TorchImages":
        return _torch_images()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
