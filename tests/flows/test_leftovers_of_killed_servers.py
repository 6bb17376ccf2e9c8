"""A start removes the staged files of killed servers, and none of a server that is running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from helpers.processes import wait_for
from helpers.server_process import ServerProcess

PIECE = b"x" * 100_000


def test_a_start_removes_what_a_killed_server_left_and_nothing_of_a_running_one(
    tmp_path: Path, postgres_url: str
) -> None:
    variables = {"TRIGPOINT_DATABASE_URL": postgres_url}
    killed, running, third = (
        ServerProcess(tmp_path / "data", name=f"-{name}", variables=variables) for name in "abc"
    )
    staging = tmp_path / "data" / "objects" / "things" / ".trigpoint" / "staging"
    go_on = threading.Event()

    def body() -> Iterator[bytes]:
        yield from [PIECE] * 20
        go_on.wait(120)
        yield from [PIECE] * 20

    def send(server: ServerProcess, key: str) -> int:
        url = server.aws("s3").generate_presigned_url("put_object", {"Bucket": "things", "Key": key})
        length = {"Content-Length": str(len(PIECE) * 40)}
        try:
            return httpx.put(url, content=body(), headers=length, timeout=120, trust_env=False).status_code
        except httpx.HTTPError:
            return 0

    with killed.start(), running.start(), ThreadPoolExecutor() as pool:
        try:
            killed.aws("s3").create_bucket(Bucket="things")
            lost, kept = pool.submit(send, killed, "lost"), pool.submit(send, running, "kept")
            wait_for(lambda: staging.exists() and len(list(staging.iterdir())) == 2, "both uploads", 60)
            killed.kill()
            third.start()
            assert len(list(staging.iterdir())) == 1
        finally:
            go_on.set()
        assert (lost.result(), kept.result()) == (0, 200)
        s3 = third.aws("s3")
        assert s3.get_object(Bucket="things", Key="kept")["Body"].read() == PIECE * 40
        assert [found["Key"] for found in s3.list_objects_v2(Bucket="things")["Contents"]] == ["kept"]
        assert list(staging.iterdir()) == []
        third.stop()
