"""MXNet's RecordIO: the format of SageMaker's own algorithms, with its reader and its image iterator."""

from __future__ import annotations

import json
import os
import sys
import time

import numpy

numpy.bool = bool  # mxnet 1.9.1 uses names that numpy has dropped
import mxnet as mx  # noqa: E402
from stopwatch import Stopwatch, spec  # noqa: E402


def _record_file(job: dict) -> str:
    path = os.path.join(job["shards"], "data.rec")
    if not os.path.exists(path):
        begun = time.time()
        out = mx.recordio.MXRecordIO(path, "w")
        for number, name in enumerate(job["files"]):
            with open(name, "rb") as file:
                out.write(mx.recordio.pack(mx.recordio.IRHeader(0, 0.0, number, 0), file.read()))
        out.close()
        print(json.dumps({"prepare_s": time.time() - begun, "extra_mb": os.path.getsize(path) / 1e6}))
    return path


def mxnet_raw(job: dict) -> None:
    source = mx.recordio.MXRecordIO(_record_file(job), "r")
    watch = Stopwatch()
    while (record := source.read()) is not None:
        watch.add(1, len(record))
    watch.report()


def mxnet_decoded(job: dict) -> None:
    batches = mx.io.ImageRecordIter(
        path_imgrec=_record_file(job),
        data_shape=(3, 224, 224),
        batch_size=32,
        resize=224,
        preprocess_threads=2,
    )
    watch = Stopwatch()
    for batch in batches:
        batch.data[0].wait_to_read()
        watch.add(32 - batch.pad, batch.data[0].size)
    watch.report()


if __name__ == "__main__":
    globals()[sys.argv[2]](spec())
