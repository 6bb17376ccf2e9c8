"""A folder of many small files is uploaded and downloaded with S3's own transfer tools, and the bytes compared."""

from __future__ import annotations

import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from boto3.s3.transfer import TransferConfig

from helpers.server_process import ServerProcess

FILES = 200


def test_a_folder_comes_down_as_it_went_up(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data").start()
    try:
        client = server.aws("s3")
        client.create_bucket(Bucket="folder")
        up, down = tmp_path / "up", tmp_path / "down"
        names = _fill(up)
        small_parts = TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=5 << 20)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: client.upload_file(f"{up / n}", "folder", n, Config=small_parts), names))
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket="folder", PaginationConfig={"PageSize": 37}
        )
        listed = {found["Key"]: found["Size"] for page in pages for found in page["Contents"]}
        assert listed == {name: (up / name).stat().st_size for name in names}
        for name in names:
            (down / name).parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(4) as pool:
            list(
                pool.map(
                    lambda n: client.download_file("folder", n, f"{down / n}", Config=small_parts), names
                )
            )
        assert {name: _digest(down / name) for name in names} == {name: _digest(up / name) for name in names}
    finally:
        server.stop()


def _fill(folder: Path) -> list[str]:
    """Writes small files in several folders, and one that is uploaded in parts. Returns their keys."""
    chance = random.Random(7)
    names = [f"part {number % 7}/{'é' * (number % 3)}{number}.bin" for number in range(FILES)]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(chance.randbytes(chance.randint(0, 3000)))
    (folder / "large.bin").write_bytes(chance.randbytes(13 << 20))
    return [*names, "large.bin"]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
