"""Loaders that want the data converted first: LitData, MosaicML Streaming, WebDataset, ArrayRecord with Grain."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import time

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


def _prepared(job: dict, name: str, make: object) -> str:
    """The folder of the converted copy. If it does not exist, it is created and its cost is reported."""
    folder = os.path.join(job["shards"], name)
    if not os.path.exists(folder):
        begun = time.time()
        make(folder)
        size = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(folder) for f in files)
        print(json.dumps({"prepare_s": time.time() - begun, "extra_mb": size / 1e6}))
    return folder


def _count(batches: object, size: object) -> None:
    watch = Stopwatch()
    for batch in batches:
        watch.add(len(batch), size(batch))
    watch.report()


def _raw_sizes(batch: list) -> int:
    return sum(map(len, batch))


# LitData


def _litdata(job: dict, decoded: bool = False) -> object:
    import litdata

    def make(folder: str) -> None:
        litdata.optimize(
            fn=read, inputs=job["files"], output_dir=folder, chunk_bytes="64MB", num_workers=2, verbose=False
        )

    folder = _prepared(job, "litdata", make)
    return litdata.StreamingDataset(folder, shuffle=False, transform=decode if decoded else None)


def litdata_raw(job: dict) -> None:
    """LitData gives views of its mapped files; as bytes, as all others give them, they have been read."""
    watch = Stopwatch()
    for body in _litdata(job):
        watch.add(1, len(bytes(body)))
    watch.report()


def litdata_views(job: dict) -> None:
    """The views alone: where the bytes would be found, none of them read."""
    watch = Stopwatch()
    for body in _litdata(job):
        watch.add(1, len(body))
    watch.report()


def litdata_raw_worker(job: dict) -> None:
    import litdata

    loader = litdata.StreamingDataLoader(_litdata(job), batch_size=64, num_workers=1, collate_fn=_as_bytes)
    _count(loader, _raw_sizes)


def _as_bytes(batch: list) -> list:
    """LitData gives views of its files, which cannot be sent from a worker: it hangs."""
    return [bytes(body) for body in batch]


def litdata_decoded(job: dict) -> None:
    import litdata

    data = _litdata(job, True)
    _count(litdata.StreamingDataLoader(data, batch_size=BATCH, num_workers=2), lambda batch: batch.numel())


def litdata_s3(job: dict) -> None:
    import litdata
    from litdata.streaming import downloader

    # it has no setting for a store without TLS
    downloader._OBSTORE_CLIENT_OPTIONS = {**(downloader._OBSTORE_CLIENT_OPTIONS or {}), "allow_http": True}
    _prepare_s3(job, "litdata", lambda: _litdata(job))
    options = {
        "endpoint_url": job["endpoint"],
        "aws_access_key_id": "any",
        "aws_secret_access_key": "any",
        "region_name": "us-east-1",
    }
    cache = os.path.join(job["scratch"], "litdata-cache")
    data = litdata.StreamingDataset(
        f"s3://{job['bucket']}/litdata", shuffle=False, storage_options=options, cache_dir=cache
    )
    watch = Stopwatch()
    for body in data:
        watch.add(1, len(bytes(body)))
    watch.report()


# MosaicML Streaming


def _mosaic_shards(job: dict) -> str:
    from streaming import MDSWriter

    def make(folder: str) -> None:
        with MDSWriter(out=folder, columns={"image": "bytes"}, size_limit=1 << 26) as out:
            for path in job["files"]:
                out.write({"image": read(path)})

    return _prepared(job, "mosaic", make)


def mosaic_raw(job: dict) -> None:
    from streaming import StreamingDataset

    watch = Stopwatch()
    for sample in StreamingDataset(local=_mosaic_shards(job), shuffle=False, batch_size=64):
        watch.add(1, len(sample["image"]))
    watch.report()


def mosaic_decoded(job: dict) -> None:
    from streaming import StreamingDataset
    from torch.utils.data import DataLoader

    class Data(StreamingDataset):
        def __getitem__(self, index: int) -> object:
            return decode(super().__getitem__(index)["image"])

    data = Data(local=_mosaic_shards(job), shuffle=False, batch_size=BATCH)
    _count(DataLoader(data, batch_size=BATCH, num_workers=2), lambda batch: batch.numel())


def mosaic_s3(job: dict) -> None:
    from streaming import StreamingDataset

    _prepare_s3(job, "mosaic", lambda: _mosaic_shards(job))
    os.environ |= {
        "S3_ENDPOINT_URL": job["endpoint"],
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    data = StreamingDataset(
        remote=f"s3://{job['bucket']}/mosaic",
        local=os.path.join(job["scratch"], "mosaic-cache"),
        shuffle=False,
        batch_size=64,
    )
    watch = Stopwatch()
    for sample in data:
        watch.add(1, len(sample["image"]))
    watch.report()


# WebDataset


def _web_shards(job: dict) -> list:
    import webdataset

    def make(folder: str) -> None:
        os.makedirs(folder)
        with webdataset.ShardWriter(os.path.join(folder, "%06d.tar"), maxsize=1 << 26, verbose=0) as out:
            for number, path in enumerate(job["files"]):
                out.write({"__key__": f"{number:08d}", "jpg": read(path)})

    folder = _prepared(job, "webdataset", make)
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def webdataset_raw(job: dict) -> None:
    import webdataset

    watch = Stopwatch()
    for sample in webdataset.WebDataset(_web_shards(job), shardshuffle=False):
        watch.add(1, len(sample["jpg"]))
    watch.report()


def webdataset_decoded(job: dict) -> None:
    import webdataset
    from torch.utils.data import DataLoader

    data = webdataset.WebDataset(_web_shards(job), shardshuffle=False, empty_check=False).map(
        lambda sample: decode(sample["jpg"])
    )
    _count(DataLoader(data, batch_size=BATCH, num_workers=2), lambda batch: batch.numel())


def webdataset_s3(job: dict) -> None:
    import webdataset

    shards = _web_shards(job)
    _prepare_s3(job, "webdataset", lambda: shards)
    urls = [f"{job['endpoint']}/{job['bucket']}/webdataset/{os.path.basename(shard)}" for shard in shards]
    watch = Stopwatch()
    for sample in webdataset.WebDataset([f"pipe:curl -s {url}" for url in urls], shardshuffle=False):
        watch.add(1, len(sample["jpg"]))
    watch.report()


# ArrayRecord with Grain


def _array_record(job: dict) -> object:
    from array_record.python.array_record_module import ArrayRecordWriter
    from grain.sources import ArrayRecordDataSource

    def make(folder: str) -> None:
        os.makedirs(folder)
        writer = ArrayRecordWriter(os.path.join(folder, "data.array_record"), "group_size:1,uncompressed")
        for path in job["files"]:
            writer.write(read(path))
        writer.close()

    return ArrayRecordDataSource([os.path.join(_prepared(job, "array_record", make), "data.array_record")])


def array_record_raw(job: dict) -> None:
    import grain

    data = grain.MapDataset.source(_array_record(job)).to_iter_dataset(grain.ReadOptions(num_threads=2))
    watch = Stopwatch()
    for body in data:
        watch.add(1, len(body))
    watch.report()


# one GET an object


def s3torchconnector_s3(job: dict) -> None:
    from s3torchconnector import S3ClientConfig, S3IterableDataset

    os.environ |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    data = S3IterableDataset.from_objects(
        [f"s3://{job['bucket']}/{key}" for key in job["keys"]],
        region="us-east-1",
        endpoint=job["endpoint"],
        s3client_config=S3ClientConfig(force_path_style=True),
        transform=lambda item: item.read(),
    )
    watch = Stopwatch()
    for body in data:
        watch.add(1, len(body))
    watch.report()


def _prepare_s3(job: dict, name: str, make: object) -> None:
    """Puts the converted copy where nginx serves it."""
    target = os.path.join(job["served"], name)
    if not os.path.exists(target):
        make()
        shutil.copytree(os.path.join(job["shards"], name), target)


if __name__ == "__main__":
    globals()[sys.argv[2]](spec())
