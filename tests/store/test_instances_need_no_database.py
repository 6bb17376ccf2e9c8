"""Training jobs, transform jobs and endpoints whose processes can read neither the database nor the key file."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.hiding_runner import HidingRunner, can_hide
from helpers.training import BUCKET, a_world, pipe_channel
from helpers.transform import transform_world
from trigpoint.compute.local import LocalRunner
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.training.model import Channel, Checkpoints

pytestmark = pytest.mark.skipif(not can_hide(), reason="needs Linux namespaces")

LOOKS = """
secret = [open(path, "rb").read() for path in SECRETS]
files = open(data + "files/a.txt", "rb").read()
with open(ml + "/checkpoints/1", "wb") as file:
    file.write(b"step 1")
seen = {"secret": [len(each) for each in secret], "files": files.decode(), "pipe": len(epoch("train", 0))}
seen["variables"] = [name for name in os.environ if name.startswith("TRIGPOINT_DATABASE")]
model("seen.json", json.dumps(seen))
"""


def hiding(tmp_path: Path) -> tuple[list[Path], Callable[[Path], LocalRunner]]:
    """The files of the server, and what makes a runner that hides them."""
    database = tmp_path / "test.db"
    files = [
        tmp_path / "data" / "secret.key",
        database,
        *(database.with_name(f"test.db-{n}") for n in ("wal", "shm")),
    ]
    return files, lambda folder: HidingRunner(folder, files)


def test_a_training_job_works(
    tmp_path: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIGPOINT_DATABASE_URL", "postgresql://user:password@nowhere/db")
    files, make_runner = hiding(tmp_path)
    with a_world(tmp_path, sqlite_database, make_runner=make_runner) as world:
        assert all(path.stat().st_size for path in files[:2])
        world.train_with(LOOKS.replace("SECRETS", repr([str(path) for path in files[:2]])))
        world.put("files/a.txt", b"content")
        manifest = world.put_manifest(5)
        world.create(
            "job-1",
            Channel("files", "S3Prefix", f"s3://{BUCKET}/files/", "File"),
            pipe_channel(manifest),
            checkpoints=Checkpoints(f"s3://{BUCKET}/ck"),
        )
        job = world.finish()
        assert job.status == "Completed", (job.failure_reason, world.log())
        with tarfile.open(fileobj=io.BytesIO(world.objects.read_uri(job.model_uri))) as archive:
            member = archive.extractfile("seen.json")
            assert member is not None
            seen = json.load(member)
        assert (seen["secret"], seen["files"], seen["variables"]) == ([0, 0], "content", [])
        assert seen["pipe"] > 5 * 10
        assert world.objects.get(BUCKET, "ck/1") == b"step 1"


def test_a_transform_job_and_an_endpoint_work(
    tmp_path: Path, sqlite_database: Database, settings: Settings
) -> None:
    _, make_runner = hiding(tmp_path)
    with transform_world(sqlite_database, settings, make_runner) as world:
        world.batch_model("m")
        world.put({"in/a.txt": b"small", "in/b.txt": b"letters"})
        assert world.transform("job") == {"a.txt.out": b"SMALL", "b.txt.out": b"LETTERS"}
        world.serve("endpoint")
        assert world.invoke("endpoint", b"{}")["Body"]
