"""torch's DataLoader over loose files, as most people begin; Grain over the same files."""

from __future__ import annotations

import io
import sys

import numpy as np
from PIL import Image
from stopwatch import Stopwatch, spec

BATCH = 32


def decode(body: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(body)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
    return np.asarray(image)


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


class Files:
    """A map-style data set."""

    def __init__(self, paths: list, decoded: bool) -> None:
        self.paths, self.decoded = paths, decoded

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> object:
        body = read(self.paths[index])
        return decode(body) if self.decoded else body


def torch_raw(job: dict, workers: int = 0) -> None:
    from torch.utils.data import DataLoader

    loader = DataLoader(Files(job["files"], False), batch_size=64, num_workers=workers, collate_fn=list)
    watch = Stopwatch()
    for batch in loader:
        watch.add(len(batch), sum(map(len, batch)))
    watch.report()


def torch_raw_worker(job: dict) -> None:
    torch_raw(job, 1)


def torch_decoded(job: dict) -> None:
    from torch.utils.data import DataLoader

    watch = Stopwatch()
    for batch in DataLoader(Files(job["files"], True), batch_size=BATCH, num_workers=2):
        watch.add(len(batch), batch.numel())
    watch.report()


def grain_raw(job: dict) -> None:
    import grain

    dataset = (
        grain.MapDataset.source(job["files"]).map(read).to_iter_dataset(grain.ReadOptions(num_threads=2))
    )
    watch = Stopwatch()
    for body in dataset:
        watch.add(1, len(body))
    watch.report()


def grain_decoded(job: dict) -> None:
    import grain

    dataset = (
        grain.MapDataset.source(job["files"])
        .map(lambda path: decode(read(path)))
        .to_iter_dataset(grain.ReadOptions(num_threads=2, prefetch_buffer_size=64))
        .batch(BATCH)
    )
    watch = Stopwatch()
    for batch in dataset:
        watch.add(len(batch), batch.size)
    watch.report()


if __name__ == "__main__":
    globals()[sys.argv[2]](spec())
