"""The physical limits: a plain copy of the same files through a pipe, the decoder alone, a bare loop of GETs."""

from __future__ import annotations

import fcntl
import io
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from PIL import Image
from stopwatch import Stopwatch, spec


def pipe_copy(job: dict) -> None:
    """One process reads each file and writes it to a pipe, another reads the pipe."""
    fifo = os.path.join(job["scratch"], "copy.fifo")
    os.mkfifo(fifo)
    if os.fork() == 0:
        with open(fifo, "wb", buffering=0) as out:
            fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 1 << 20)
            for path in job["files"]:
                descriptor = os.open(path, os.O_RDONLY)
                data = os.read(descriptor, 1 << 24)
                os.close(descriptor)
                while data:
                    data = data[out.write(data) :]
        os._exit(0)
    watch = Stopwatch()
    sizes = job["bytes"] / len(job["files"])
    with open(fifo, "rb", buffering=0) as source:
        while chunk := source.read(1 << 20):
            watch.add(0, len(chunk))
            watch._records += len(chunk) / sizes
    os.wait()
    watch.report()


def read_loop(job: dict) -> None:
    """Open, read, close, one after the other, in one process."""
    watch = Stopwatch()
    for path in job["files"]:
        with open(path, "rb", buffering=0) as file:
            watch.add(1, len(file.read()))
    watch.report()


def decoder(job: dict) -> None:
    """One core decodes and resizes from memory: Pillow, the whole picture."""
    bodies = []
    for path in job["files"][:400]:
        with open(path, "rb") as file:
            bodies.append(file.read())
    watch = Stopwatch()
    begun = time.process_time()
    for body in bodies:
        image = Image.open(io.BytesIO(body)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        watch.add(1, len(image.tobytes()))
    watch.report(cpu_per_s=len(bodies) / (time.process_time() - begun))


def obstore_loop(job: dict) -> None:
    """GETs with the client library that we use ourselves, as many at once as serve best."""
    import asyncio

    from obstore.store import S3Store

    store = S3Store(
        job["bucket"],
        endpoint=job["endpoint"],
        region="us-east-1",
        access_key_id="any",
        secret_access_key="any",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )

    async def main() -> None:
        watch = Stopwatch()
        gate = asyncio.Semaphore(32)

        async def one(key: str) -> None:
            async with gate:
                body = await (await store.get_async(key)).bytes_async()
                watch.add(1, len(body))

        for begin in range(0, len(job["keys"]), 1000):
            await asyncio.gather(*(one(key) for key in job["keys"][begin : begin + 1000]))
        watch.report()

    asyncio.run(main())


def boto3_loop(job: dict) -> None:
    """GETs with boto3, 16 threads."""
    import boto3
    from botocore.config import Config

    s3 = boto3.client(
        "s3",
        endpoint_url=job["endpoint"],
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(max_pool_connections=16, s3={"addressing_style": "path"}),
    )
    watch = Stopwatch()
    with ThreadPoolExecutor(16) as pool:
        for size in pool.map(
            lambda key: len(s3.get_object(Bucket=job["bucket"], Key=key)["Body"].read()), job["keys"]
        ):
            watch.add(1, size)
    watch.report()


if __name__ == "__main__":
    globals()[sys.argv[2]](spec())
