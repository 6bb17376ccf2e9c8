"""Trigpoint on the same photos: its Pipe mode through a FIFO, and its Python reader. Nothing is converted."""

from __future__ import annotations

import os
import sys
from typing import Any

from stopwatch import Stopwatch, spec

BATCH = 32


def fifo(job: dict[str, Any]) -> None:
    """A channel of a job, read as the plain copy is: manifest, plain files, RecordIO, named pipe."""
    path = _written(job)
    watch = Stopwatch()
    lines = len(job["files"])
    into = bytearray(1 << 20)
    with open(path, "rb", buffering=0) as source:
        while size := source.readinto(into):
            watch.add(lines * size / job["bytes"], size)
    assert os.wait()[1] == 0, "the writer failed"
    watch.report()


def fifo_records(job: dict[str, Any]) -> None:
    """The same, with our reader of RecordIO at the other end; a photo and its label are two records of the pipe."""
    from trigpoint.records.recordio import read_records

    path = _written(job)
    watch = Stopwatch()
    with open(path, "rb") as source:
        for body in read_records(source):
            watch.add(0.5, len(body))
    assert os.wait()[1] == 0, "the writer failed"
    watch.report()


def _written(job: dict[str, Any]) -> str:
    """The named pipe that another process writes an epoch to."""
    path = os.path.join(job["scratch"], "train_0")
    os.mkfifo(path)
    if os.fork() == 0:
        status = 1
        try:
            _write_epoch(job, path)
            status = 0
        finally:
            os._exit(status)
    return path


def _write_epoch(job: dict[str, Any], path: str) -> None:
    from trigpoint.streaming.fetch import Fetch
    from trigpoint.streaming.pipe_writing import write_rows
    from trigpoint.streaming.reading import LocalFiles
    from trigpoint.streaming.select import Select
    from trigpoint.streaming.shuffle import Order
    from trigpoint.streaming.source import Lookup, ManifestLines
    from trigpoint.streaming.wrap import RecordIO

    with open(job["manifest_s3"], "rb") as file:
        lines = ManifestLines(file)
    below = f"s3://{job['bucket']}/"
    selected = Select(Lookup(Order(len(lines)), lines), ["source-ref", "label"])
    rows = RecordIO(
        Fetch(selected, LocalFiles(lambda uri: os.path.join(job["served"], uri.removeprefix(below))))
    )
    write_rows(rows, os.open(path, os.O_WRONLY))


def in_process(job: dict[str, Any]) -> None:
    from trigpoint.stream import AugmentedManifest

    watch = Stopwatch()
    for record in AugmentedManifest(job["manifest"], ["source-ref", "label"]):
        watch.add(1, len(record["source-ref"]))
    watch.report()


def s3(job: dict[str, Any]) -> None:
    from trigpoint.stream import AugmentedManifest, Store

    store = Store(endpoint=job["endpoint"], region="us-east-1", access_key_id="any", secret_access_key="any")
    watch = Stopwatch()
    for record in AugmentedManifest(job["manifest_s3"], ["source-ref", "label"], store=store):
        watch.add(1, len(record["source-ref"]))
    watch.report()


def decoded(job: dict[str, Any]) -> None:
    from trigpoint.stream import AugmentedManifest, ImageBatches

    records = AugmentedManifest(job["manifest"], ["source-ref", "label"])
    watch = Stopwatch()
    for batch in ImageBatches(records, size=224, batch_size=BATCH):
        watch.add(len(batch["images"]), batch["images"].nbytes)
    watch.report()


if __name__ == "__main__":
    globals()[sys.argv[2]](spec())
