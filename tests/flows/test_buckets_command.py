"""`trigpoint bucket ...` and docs/buckets.md: buckets of folders and of another store, next to a running server."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from helpers.documented_code import run_page
from helpers.server_process import ServerProcess, env_of, run_command

DOCS = Path(__file__).resolve().parents[2] / "docs" / "buckets.md"


@pytest.fixture(scope="module")
def other_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("other") / "data").start()
    try:
        process.aws("s3").create_bucket(Bucket="company-archive")
        yield process
    finally:
        process.stop()


def test_the_page_on_buckets_runs_as_written(
    server: ServerProcess, other_store: ServerProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_bytes(b"picture")
    monkeypatch.chdir(tmp_path)
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", DOCS.read_text(), flags=re.DOTALL))
    commands = [shlex.split(line)[1:] for line in shell.splitlines() if line.startswith("trigpoint ")]
    keys = {name: value for name, value in env_of(other_store.data_dir).items() if "KEY" in name}
    for command in commands:
        if command[1] == "remove":
            run_page("buckets.md", env_of(server.data_dir), folder=tmp_path)
        command = [part.replace("https://store.example.com:9000", other_store.url) for part in command]
        done = run_command(*command, "--data", str(server.data_dir), environment=keys)
        assert done.returncode == 0, done.stderr
    s3 = server.aws("s3")
    assert s3.get_object(Bucket="photos", Key="1.jpg")["Body"].read() == b"picture"
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket="archive")
    kept = other_store.aws("s3").get_object(Bucket="company-archive", Key="vision/street/1.txt")
    assert kept["Body"].read() == b"kept in the other store"


def test_a_remote_bucket_that_cannot_be_used_is_reported_on_one_line(server: ServerProcess) -> None:
    refused = run_command(
        *("bucket", "add-remote", "far", "--bucket", "x", "--anonymous"),
        *("--endpoint", "http://127.0.0.1:9", "--data", str(server.data_dir)),
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("trigpoint: ")
    assert "http://127.0.0.1:9 does not answer" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "far" not in run_command("bucket", "list", "--data", str(server.data_dir)).stdout


def test_a_remote_bucket_whose_store_is_down_returns_503(server: ServerProcess, tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "gone").start() as other:
        other.aws("s3").create_bucket(Bucket="there")
        keys = {name: value for name, value in env_of(other.data_dir).items() if "KEY" in name}
        options = ("--endpoint", other.url, "--bucket", "there", "--data", str(server.data_dir))
        added = run_command("bucket", "add-remote", "flaky", *options, environment=keys)
        assert added.returncode == 0, added.stderr
        s3 = server.aws("s3", config=Config(retries={"total_max_attempts": 1}))
        s3.put_object(Bucket="flaky", Key="x", Body=b"1")
        other.kill()
        for call in (
            lambda: s3.get_object(Bucket="flaky", Key="x"),
            lambda: s3.put_object(Bucket="flaky", Key="x", Body=b"2"),
            lambda: s3.list_objects_v2(Bucket="flaky"),
        ):
            with pytest.raises(ClientError, match="ServiceUnavailable"):
                call()
        other.start()
        s3.put_object(Bucket="flaky", Key="x", Body=b"3")
        assert s3.get_object(Bucket="flaky", Key="x")["Body"].read() == b"3"
