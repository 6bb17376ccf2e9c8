"""The physical limits: a plain copy of the same files through a pipe, the decoder alone, a bare loop of GETs."""

from __future__ import annotations

import fcntl
import io
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PIL import Image
from stopwatch import Stopwatch, spec

SIDE = 224
PIECE_BYTES = 100 << 10


def pipe_copy(job: dict) -> None:
    """One process reads each file and writes it to a pipe, another reads the pipe."""
    fifo = os.path.join(job["scratch"], "copy.fifo")
    os.mkfifo(fifo)
    if os.fork() == 0:
        with open(fifo, "wb", buffering=0) as out:
            fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 1 << 20)
            buffer = memoryview(bytearray(PIECE_BYTES))
            for path in job["files"]:
                descriptor = os.open(path, os.O_RDONLY)
                while size := os.readv(descriptor, [buffer]):
                    data = buffer[:size]
                    while data:
                        data = data[out.write(data) :]
                    if size < PIECE_BYTES:
                        break
                os.close(descriptor)
        os._exit(0)
    watch = Stopwatch()
    sizes = job["bytes"] / len(job["files"])
    into = bytearray(1 << 20)
    with open(fifo, "rb", buffering=0) as source:
        while size := source.readinto(into):
            watch.add(0, size)
            watch._records += size / sizes
    os.wait()
    watch.report()


def read_loop(job: dict) -> None:
    """Open, read, close, one after the other, in one process; no call more than that, each file into new memory."""
    watch = Stopwatch()
    for path in job["files"]:
        descriptor = os.open(path, os.O_RDONLY)
        pieces = [os.read(descriptor, PIECE_BYTES)]
        while len(pieces[-1]) == PIECE_BYTES:
            pieces.append(os.read(descriptor, PIECE_BYTES))
        os.close(descriptor)
        watch.add(1, sum(map(len, pieces)))
    watch.report()


def decoder(job: dict) -> None:
    """One core decodes and resizes from memory with the libraries that ours uses, and nothing else.

    The same work as ours: JPEGs at 1/2, 1/4 or 1/8 of their size where that is not below 224, then antialiased
    bilinear into place. The rate is by processor time, on one processor.
    """
    import numpy as np
    import simplejpeg

    into = np.empty((32, SIDE, SIDE, 3), np.uint8)
    resize = _resizer()

    def one(number: int, body: bytes) -> None:
        height, width, _, _ = simplejpeg.decode_jpeg_header(body)
        by = next((by for by in (8, 4, 2) if min(height, width) >= by * SIDE), 1)
        least = (-(-height // by), -(-width // by)) if by > 1 else (0, 0)
        pixels = simplejpeg.decode_jpeg(body, "RGB", min_height=least[0], min_width=least[1], min_factor=1)
        into[number % len(into)] = resize(pixels)

    _on_one_core(job, one)


def _resizer() -> Callable[[Any], Any]:
    import cykooz_resizer as resizing
    import numpy as np

    options = resizing.ResizeOptions(
        resize_alg=resizing.ResizeAlg.convolution(resizing.FilterType.bilinear), use_alpha=False
    )
    resizer, kind = resizing.Resizer(), resizing.PixelType.U8x3

    def resize(pixels: Any) -> Any:
        source = resizing.ImageData(pixels.shape[1], pixels.shape[0], kind, pixels.tobytes())
        target = resizing.ImageData(SIDE, SIDE, kind)
        resizer.resize(source, target, options)
        return np.frombuffer(target.get_buffer(), np.uint8).reshape(SIDE, SIDE, 3)

    return resize


def pillow_decoder(job: dict) -> None:
    """One core decodes and resizes from memory with Pillow, the whole picture, with the settings of the peers."""

    def one(number: int, body: bytes) -> None:
        Image.open(io.BytesIO(body)).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR).tobytes()

    _on_one_core(job, one)


def _on_one_core(job: dict, one: Callable[[int, bytes], None]) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    bodies = []
    for path in job["files"][:400]:
        with open(path, "rb") as file:
            bodies.append(file.read())
    bytearray(
        8 << 20
    )  # once freed, malloc keeps blocks of up to this size, instead of asking the system each time
    one(0, bodies[0])  # what is loaded at the first picture does not count
    watch = Stopwatch()
    begun = time.process_time()
    for number, body in enumerate(bodies):
        one(number, body)
        watch.add(1, SIDE * SIDE * 3)
    watch.report(cpu_per_s=len(bodies) / (time.process_time() - begun))


def obstore_loop(job: dict) -> None:
    """GETs with the client library that we use ourselves, from an event loop, 32 at once."""
    import asyncio

    store = _obstore(job)

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
    os._exit(0)  # obstore's own threads sometimes abort the process while it ends


def obstore_threads(job: dict) -> None:
    """The same from 16 threads; which of the two is quicker depends on the machine."""
    store = _obstore(job)
    watch = Stopwatch()
    with ThreadPoolExecutor(16) as pool:
        for size in pool.map(lambda key: len(store.get(key).bytes()), job["keys"]):
            watch.add(1, size)
    watch.report()


def _obstore(job: dict) -> Any:
    from obstore.store import S3Store

    return S3Store(
        job["bucket"],
        endpoint=job["endpoint"],
        region="us-east-1",
        access_key_id="any",
        secret_access_key="any",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


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
