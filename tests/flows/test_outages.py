"""A server whose disk is full, whose database is down or damaged, names the cause, and works again afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from helpers.postgres import PostgresServer, running_postgres
from helpers.processes import wait_for
from helpers.server_process import ServerProcess, run_command
from trigpoint.demo.colleagues import hidden_fields

NO_RETRIES = Config(retries={"total_max_attempts": 1})
MODEL = {
    "ModelName": "m",
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Mine",
    "PrimaryContainer": {"Image": "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"},
}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"this user cannot mount a file system: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int, str]:
    """Code, status and message of the error."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def portal(server: ServerProcess) -> tuple[int, str]:
    """Status and text of the answer to a sign-in."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as browser:
        form = hidden_fields(browser.get("/portal/sign-in").text)
        answer = browser.post("/portal/sign-in", data={"user_name": "bob", "password": "wrong", **form})
        return answer.status_code, answer.text


def health(server: ServerProcess) -> dict[str, str]:
    """The checks that fail, with their reasons."""
    answer = httpx.get(f"{server.url}/health", timeout=60, trust_env=False)
    failed = {name: reason for name, reason in answer.json()["checks"].items() if reason != "ok"}
    assert answer.status_code == (503 if failed else 200)
    assert httpx.get(f"{server.url}/health/live", timeout=60, trust_env=False).status_code == 200
    return failed


def lines(server: ServerProcess, word: str) -> list[str]:
    return [line for line in server.text().splitlines() if word in line]


def test_a_full_disk_is_named_and_the_server_works_again_when_there_is_space(small_disk: Path) -> None:
    with ServerProcess(small_disk / "data") as server:
        server.output = small_disk.with_name("output")
        server.start()
        s3, sagemaker = (server.aws(name, config=NO_RETRIES) for name in ("s3", "sagemaker"))
        s3.create_bucket(Bucket="things")
        s3.put_object(Bucket="things", Key="kept", Body=b"kept")
        ballast = small_disk / "ballast"
        _fill(ballast)
        wait_for(lambda: "is almost full" in health(server).get("disk", ""), "the report of the disk", 30)
        for size in (4_000_000, 300_000, 300_000):
            code, status, message = refused(s3.put_object, Bucket="things", Key="big", Body=b"x" * size)
            assert (code, status) == ("InsufficientStorage", 507) and " is full" in message
            assert str(small_disk) not in message
        code, status, message = refused(sagemaker.create_model, **MODEL)
        assert (code, status) == ("InsufficientStorage", 507) and "is full" in message
        assert s3.get_object(Bucket="things", Key="kept")["Body"].read() == b"kept"
        ballast.unlink()
        wait_for(lambda: not health(server), "the health of the server", 30)
        s3.put_object(Bucket="things", Key="big", Body=b"x" * 4_000_000)
        sagemaker.create_model(**MODEL)
        assert [o["Key"] for o in s3.list_objects_v2(Bucket="things")["Contents"]] == ["big", "kept"]
        assert len(lines(server, "outage ")) <= 4
        assert not lines(server, "Traceback")
        bucket = server.data_dir / "objects" / "things"
        assert list((bucket / ".trigpoint" / "staging").iterdir()) == []


def test_a_start_on_a_full_disk_names_it(small_disk: Path, tmp_path: Path) -> None:
    _fill(small_disk / "ballast")
    done = run_command("serve", "--data", str(small_disk / "data"), "--port", "0")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and " full; " in done.stderr, done.stderr


def test_a_stopped_postgresql_is_named_and_the_server_works_again_when_it_is_back(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    variables = {"TRIGPOINT_DATABASE_URL": postgres.url("postgres")}
    with ServerProcess(tmp_path / "data", variables=variables).start() as server:
        s3, sagemaker = (server.aws(name, config=NO_RETRIES) for name in ("s3", "sagemaker"))
        s3.create_bucket(Bucket="things")
        s3.put_object(Bucket="things", Key="kept", Body=b"kept")
        postgres.stop("fast")
        for _ in range(5):
            for call in (
                lambda: s3.get_object(Bucket="things", Key="kept"),
                lambda: s3.put_object(Bucket="things", Key="new", Body=b"new"),
                lambda: sagemaker.list_models(),
            ):
                code, status, message = refused(call)
                assert (code, status) == ("ServiceUnavailable", 503)
                assert "database does not answer" in message and str(postgres.folder) not in message
            status, page = portal(server)
            assert status == 503 and "database does not answer" in page
        wait_for(lambda: "does not answer" in health(server).get("database", ""), "the report", 30)
        assert 1 <= len(lines(server, "outage ")) <= 4
        assert not lines(server, "Traceback")
        started = run_command(
            "serve", "--data", str(tmp_path / "other"), "--port", "0", environment=variables
        )
        assert started.returncode == 2 and started.stderr.count("\n") == 1, started.stderr
        assert "database" in started.stderr and not (tmp_path / "other" / "secret.key").exists()
        postgres.start()
        wait_for(lambda: not health(server), "the health of the server", 30)
        assert s3.get_object(Bucket="things", Key="kept")["Body"].read() == b"kept"
        s3.put_object(Bucket="things", Key="new", Body=b"new")
        sagemaker.create_model(**MODEL)
        assert "Wrong user name or password" in portal(server)[1]


def test_a_damaged_database_is_named_and_a_restored_one_works_again(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data").start()
    server.aws("s3").create_bucket(Bucket="things")
    server.stop()
    file = server.data_dir / "trigpoint.db"
    good = file.read_bytes()
    with ServerProcess(tmp_path / "data").start() as server:
        s3, sagemaker = (server.aws(name, config=NO_RETRIES) for name in ("s3", "sagemaker"))
        with file.open("r+b") as damaged:
            damaged.write(os.urandom(len(good)))
        for call in (lambda: sagemaker.list_models(), lambda: s3.list_objects_v2(Bucket="things")):
            code, status, message = refused(call)
            assert (code, status) == ("ServiceUnavailable", 503)
            assert "is damaged" in message and str(tmp_path) not in message
        status, page = portal(server)
        assert status == 503 and "is damaged" in page
        wait_for(lambda: "is damaged" in health(server).get("database", ""), "the report", 30)
        assert 1 <= len(lines(server, "outage ")) <= 4
        assert not lines(server, "Traceback")
        with file.open("r+b") as restored:
            restored.write(good)
        wait_for(lambda: _lists(sagemaker), "the restored database", 30)
        assert "Contents" not in s3.list_objects_v2(Bucket="things")


def _lists(sagemaker: Any) -> bool:
    try:
        sagemaker.list_models()
    except ClientError:
        return False
    return True


def _fill(ballast: Path) -> None:
    """Uses up all space of the file system."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(b"b" * size) == size:
                    pass
            except OSError:
                continue
