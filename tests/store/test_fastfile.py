"""FastFile channels with real mounts: files, transferred data, refused writes, cleanup after a kill."""

from __future__ import annotations

import array
import hashlib
import json
import os
import signal
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.processes import processes_of, wait_for
from helpers.s3_server import S3Server, s3_server
from helpers.toy_aws import KEY
from helpers.training import BUCKET, World, a_world, pipe_channel
from trigpoint.db import Database
from trigpoint.fusefs import mounts as fusefs_mounts
from trigpoint.fusefs.mounts import why_not_possible
from trigpoint.objects import files
from trigpoint.remote import RemoteConfig
from trigpoint.training.channels import DataError
from trigpoint.training.fastfile import FastFiles
from trigpoint.training.model import Channel


@pytest.fixture(autouse=True, scope="module")
def can_mount(tmp_path_factory: pytest.TempPathFactory) -> None:
    refused = why_not_possible(tmp_path_factory.mktemp("mount"))
    if refused is not None:
        pytest.skip(f"this system does not let a process mount folders for itself: {refused}")


@pytest.fixture
def world(tmp_path: Path, sqlite_database: Database) -> Iterator[World]:
    with a_world(tmp_path, sqlite_database) as world:
        yield world


@pytest.fixture
def far(tmp_path: Path) -> Iterator[S3Server]:
    """A second S3 server."""
    folder = tmp_path / "far"
    folder.mkdir()
    with s3_server(folder) as server:
        yield server


def fast(uri: str, name: str = "train") -> Channel:
    return Channel(name, "S3Prefix", uri, "FastFile")


def run(world: World, code: str, *channels: Channel) -> Any:
    """Runs the code as the algorithm of a job and returns what it stored in `found`."""
    world.train_with(f"found = {{}}\n{code}\nmodel('found.json', json.dumps(found))\n")
    world.create("job-1", *channels, compress_output=False)
    job = world.finish()
    assert job.status == "Completed", (job.failure_reason, world.log())
    return json.loads(world.objects.get(BUCKET, "out/job-1/output/model/found.json"))


def mounts() -> list[str]:
    """The FUSE mounts visible to this process."""
    return [
        line for line in Path("/proc/self/mounts").read_text().splitlines() if line.startswith("trigpoint ")
    ]


def test_one_job_has_file_fastfile_and_pipe_channels(world: World) -> None:
    for key, text in {"a.txt": "A", "sub/b.txt": "B", "sub/deep/c.txt": "C"}.items():
        world.put(f"files/{key}", text.encode())
    manifest = world.put_manifest(3)
    found = run(
        world,
        """
def tree(channel):
    base = data + channel
    return {os.path.relpath(os.path.join(d, f), base): open(os.path.join(d, f)).read()
            for d, _, files in os.walk(base) for f in files}
found["file"], found["fast"] = tree("file"), tree("fast")
found["pipe"] = len(epoch("pipe", 0)) > 60
found["modes"] = [oct(os.stat(data + "fast/sub").st_mode), oct(os.stat(data + "fast/a.txt").st_mode)]
found["config"] = open(ml + "/input/config/inputdataconfig.json").read()
""",
        Channel("file", "S3Prefix", f"s3://{BUCKET}/files/", "File", content_type="text/plain"),
        fast(f"s3://{BUCKET}/files/", "fast"),
        pipe_channel(manifest, "pipe"),
        Channel("model", "S3Prefix", f"s3://{BUCKET}/files/a.txt", "File", content_type="application/x-sagemaker-model"),
    )  # fmt: skip
    tree = {"a.txt": "A", "sub/b.txt": "B", "sub/deep/c.txt": "C"}
    assert found["file"] == found["fast"] == tree
    assert found["pipe"]
    assert found["modes"] == ["0o40555", "0o100444"]
    rest = '"S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"'
    assert found["config"] == (
        f'{{"file": {{"ContentType": "text/plain", "TrainingInputMode": "File", {rest}}}, '
        f'"fast": {{"TrainingInputMode": "FastFile", {rest}}}, '
        '"pipe": {"ContentType": "application/x-recordio", "TrainingInputMode": "Pipe", '
        '"S3DistributionType": "FullyReplicated", "RecordWrapperType": "RecordIO"}, '
        f'"model": {{"ContentType": "application/x-sagemaker-model", "TrainingInputMode": "File", {rest}}}}}'
    )
    assert "Downloaded channel file: 3 files, " in world.log()
    assert "FastFile channel fast: 3 files opened, " in world.log()
    assert mounts() == []


def test_only_the_opened_objects_of_a_remote_bucket_are_fetched(
    tmp_path: Path, sqlite_database: Database, far: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "photos"
    for k in range(10):
        (folder / f"d{k}").mkdir(parents=True)
        for n in range(1000):
            (folder / f"d{k}" / f"{n}.jpg").write_bytes(b"%d/%d" % (k, n) * 10)
    far.objects.link_bucket("photos", folder)
    asked: list[str] = []
    opened = far.objects.open_object
    monkeypatch.setattr(far.objects, "open_object", lambda b, k: asked.append(k) or opened(b, k))
    with a_world(tmp_path, sqlite_database) as world:
        _add_remote(world, far, "photos")
        found = run(
            world,
            """
for key in ("d3/17.jpg", "d9/999.jpg", "d0/0.jpg"):
    found[key] = open(data + "train/" + key).read()
""",
            fast("s3://photos/"),
        )
    assert found == {"d3/17.jpg": "3/17" * 10, "d9/999.jpg": "9/999" * 10, "d0/0.jpg": "0/0" * 10}
    assert sorted(asked) == ["d0/0.jpg", "d3/17.jpg", "d9/999.jpg"]


def _add_remote(world: World, far: S3Server, name: str) -> None:
    """Adds a bucket of the second S3 server as a remote bucket that jobs can read."""
    config = RemoteConfig(far.url, "us-east-1", KEY.access_key_id, KEY.secret_access_key)
    world.objects.add_remote_bucket(name, config, name)


RANDOM_READS = """
import random, subprocess, threading
path = data + "train/big"
size = os.path.getsize(path)
def byte(at): return (at // 4).to_bytes(4, "little")[at % 4]
def read_at_random(seed):
    order = random.Random(seed)
    with open(path, "rb", buffering=0) as file:
        for _ in range(30):
            at, length = order.randrange(size), order.randrange(1, 200_000)
            file.seek(at)
            part = file.read(length)
            assert len(part) == min(length, size - at), (at, length, len(part))
            assert part[0] == byte(at) and part[-1] == byte(at + len(part) - 1), at
    done.append(seed)
done = []
threads = [threading.Thread(target=read_at_random, args=(k,)) for k in range(4)]
for each in threads: each.start()
for each in threads: each.join()
found["threads"] = len(done)
import hashlib
found["here"] = hashlib.md5(open(path, "rb").read()).hexdigest()
found["there"] = subprocess.run(["md5sum", path], capture_output=True, text=True).stdout.split()[0]
import mmap
with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
    found["mapped"] = mapped[size - 1] == byte(size - 1)
"""


@pytest.mark.parametrize("place", ["local", "remote"])
def test_threads_and_processes_read_at_random_offsets(
    tmp_path: Path, sqlite_database: Database, far: S3Server, place: str
) -> None:
    big = array.array("I", range(2_250_000)).tobytes() + b"\x10"  # larger than one fetch
    with a_world(tmp_path, sqlite_database) as world:
        if place == "local":
            world.put("p/big", big)
        else:
            far.objects.create_bucket("farther")
            far.objects.put("farther", "p/big", big)
            _add_remote(world, far, "farther")
        uri = f"s3://{BUCKET if place == 'local' else 'farther'}/p"
        found = run(world, RANDOM_READS, fast(uri))
    digest = hashlib.md5(big, usedforsecurity=False).hexdigest()
    assert found == {"threads": 4, "here": digest, "there": digest, "mapped": True}


def test_an_algorithm_cannot_change_the_store(tmp_path: Path, world: World) -> None:
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "kept").write_bytes(b"kept")
    world.objects.link_bucket("linked", folder)
    world.put("p/kept", b"kept")
    found = run(
        world,
        """
import errno, shutil
for name in ("ours", "theirs"):
    base = data + name
    for what, act in {
        "write": lambda: open(base + "/kept", "r+b").write(b"lost"), "truncate": lambda: os.truncate(base + "/kept", 0),
        "create": lambda: open(base + "/new", "w"), "mkdir": lambda: os.mkdir(base + "/d"),
        "remove": lambda: os.remove(base + "/kept"), "rename": lambda: os.rename(base + "/kept", base + "/x"),
        "chmod": lambda: os.chmod(base + "/kept", 0o777), "link": lambda: os.link(base + "/kept", base + "/l"),
        "touch": lambda: os.utime(base + "/kept"),
    }.items():
        try:
            act()
        except OSError as error:
            found[f"{name} {what}"] = errno.errorcode[error.errno]
    shutil.rmtree(base, ignore_errors=True)
    assert open(base + "/kept").read() == "kept"
""",
        fast(f"s3://{BUCKET}/p/", "ours"),
        fast("s3://linked/", "theirs"),
    )
    assert len(found) == 18 and set(found.values()) == {"EROFS"}, found
    assert world.objects.get(BUCKET, "p/kept") == (folder / "kept").read_bytes() == b"kept"


def test_large_folders_and_unusual_names_are_listed_once(tmp_path: Path, world: World) -> None:
    folder = tmp_path / "linked"
    (folder / "many").mkdir(parents=True)
    for k in range(2345):
        (folder / "many" / str(k)).touch()
    world.objects.link_bucket("linked", folder)
    for key in ("p/both", "p/both/below", "p//empty", "p/ü/日本 \U0001f600", "p/../up", "p/mark/"):
        world.put(key, b"x" if not key.endswith("/") else b"")
    found = run(
        world,
        """
found["many"] = sorted(map(int, os.listdir(data + "linked/many"))) == list(range(2345))
found["all"] = sorted(os.listdir(data + "train"))
found["odd"] = os.listdir(data + "train/ü")
found["both"] = open(data + "train/both").read()
found["missing"] = [os.path.exists(data + name) for name in ("train/bot", "train/p", "linked/man", "linked/many/2345")]
found["mark"] = os.listdir(data + "train/mark")
""",
        fast(f"s3://{BUCKET}/p"),
        fast("s3://linked/", "linked"),
    )
    assert found == {
        "many": True,
        "all": ["both", "mark", "ü"],
        "odd": ["日本 \U0001f600"],
        "both": "x",
        "missing": [False] * 4,
        "mark": [],
    }
    assert "FastFile channel train: 'p//' cannot be the name of a folder and is not shown" in world.log()


def test_a_deleted_or_changed_object_is_a_read_error_and_is_logged(world: World) -> None:
    world.put("p/gone", b"x" * 10)
    world.put("p/changed", b"x" * 10)
    world.train_with("""
import errno
os.listdir(data + "train")
model("listed", "")
while not os.path.exists(ml + "/model/go"): time.sleep(0.01)
for name in ("gone", "changed"):
    try: open(data + "train/" + name).read()
    except OSError as error: print(name, errno.errorcode[error.errno], flush=True)
""")
    world.create("job-1", fast(f"s3://{BUCKET}/p/"))
    world.advance_until(lambda job: (world.opt_ml() / "model" / "listed").exists())
    world.objects.delete(BUCKET, "p/gone")
    world.put("p/changed", b"x" * 11)
    (world.opt_ml() / "model" / "go").touch()
    assert world.finish().status == "Completed"
    log = world.log().splitlines()
    assert "gone ENOENT" in log and "changed ESTALE" in log
    assert any(line.startswith("FastFile channel train: 'p/gone': ") for line in log)
    changed = "FastFile channel train: 'p/changed' has 11 bytes, and had 10 when it was listed; "
    assert any(line.startswith(changed) for line in log)


def test_a_killed_instance_leaves_no_mount_and_no_process(world: World) -> None:
    world.put("p/a", b"x")
    world.train_with("""
import subprocess
subprocess.Popen(["sleep", "600"], cwd=data + "train")  # keeps the mount busy
open(data + "train/a").read()
model("reading", "")
while True:
    time.sleep(0.01)
    open(data + "train/a", "rb").read()
""")
    world.create("job-1", fast(f"s3://{BUCKET}/p/"))
    world.advance_until(lambda job: (world.opt_ml() / "model" / "reading").exists())
    data_dir = world.settings.data_dir
    instance = [p for p in processes_of(data_dir, "trigpoint.training.instance") if _is_instance(p.pid)]
    assert instance
    for each in instance:
        os.kill(each.pid, signal.SIGKILL)
    assert world.finish().status == "Failed"
    wait_for(lambda: not processes_of(data_dir, "algorithm.py"), "the algorithm's end", 10)
    wait_for(lambda: not _mounts_of_any(str(data_dir)), "the end of the mounts", 10)
    assert not world.opt_ml().exists()


def _is_instance(pid: int) -> bool:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return arguments[1:3] == [b"-m", b"trigpoint.training.instance"]


def _mounts_of_any(folder: str) -> list[str]:
    """The mounts below the folder in the mount tables of all processes."""
    found = []
    for mountinfo in Path("/proc").glob("[0-9]*/mounts"):
        try:
            found += [
                line for line in mountinfo.read_text().splitlines() if "fuse" in line and folder in line
            ]
        except OSError:
            continue
    return found


PARTIAL = (
    "Failed to download data. For FastFile mode, partial S3 prefix is not supported. S3 prefix has to end with a "
    "full file or folder. Add a trailing '/' to the S3 prefix if it ends with a folder name that is also a prefix "
    "for other folders. Current S3 prefix: [{}], found S3 object: [{}]."
)


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("data/on", PARTIAL.format("data/on", "data/one.txt")),
        ("data/tr", PARTIAL.format("data/tr", "data/train-2/1")),
        ("data/train", PARTIAL.format("data/train", "data/train-2/1")),
        (
            "nothing",
            'No S3 objects found under S3 URL "s3://train-world/nothing" given in input data source.',
        ),
        (
            "nothing/",
            'No S3 objects found under S3 URL "s3://train-world/nothing/" given in input data source.',
        ),
    ],
)
def test_a_prefix_that_ends_within_a_name_is_refused_with_the_message_of_aws(
    world: World, tmp_path: Path, prefix: str, said: str
) -> None:
    for key in ("data/one.txt", "data/train/1", "data/train-2/1"):
        world.put(key, b"x")
    with pytest.raises(DataError) as caught:
        FastFiles(world.objects, print).offer(fast(f"s3://{BUCKET}/{prefix}"), tmp_path / "c")
    assert caught.value.message.startswith(said)
    if said.startswith("Failed"):
        assert caught.value.message == said


def test_a_job_with_a_partial_prefix_has_the_failure_reason_of_aws(world: World) -> None:
    world.put("data/train/1", b"x")
    world.train_with("")
    world.create("job-1", fast(f"s3://{BUCKET}/data/tr"))
    reason = "ClientError: Data download failed:" + PARTIAL.format("data/tr", "data/train/1")
    assert world.finish().failure_reason == reason


def test_a_prefix_that_is_an_object_lists_that_object(world: World) -> None:
    world.put("data/one.txt", b"1")
    world.put("data/one.txt/below", b"2")
    found = run(
        world,
        'found["names"] = sorted(os.listdir(data + "train"))\n'
        'found["one"] = open(data + "train/one.txt").read() + open(data + "train/below").read()',
        fast(f"s3://{BUCKET}/data/one.txt"),
    )
    assert found == {"names": ["below", "one.txt"], "one": "12"}


def test_files_of_a_linked_folder_are_listed_without_reading_them(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "a").write_bytes(b"x")
    world.objects.link_bucket("linked", folder)

    def read(file: object) -> bytes:
        raise AssertionError("the file was read for its ETag")

    monkeypatch.setattr(files, "md5_of", read)
    listed = world.objects.list_sizes("linked").objects
    assert [(info.key, info.size_bytes, info.etag[-2:]) for info in listed] == [("a", 1, "-1")]
    assert [info.key for info in world.objects.iterate_uri("s3://linked/")] == ["a"]


def test_a_channel_is_downloaded_and_the_log_explains_it_when_mounting_is_impossible(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("p/a", b"x")
    said: list[str] = []
    monkeypatch.setattr(fusefs_mounts, "_SCRIPT", tmp_path / "missing.py")
    fast_files = FastFiles(world.objects, said.append)
    assert not fast_files.offer(fast(f"s3://{BUCKET}/p/"), tmp_path / "c")
    assert fast_files.command(["program"]) == (["program"], ())
    assert said[0].startswith("FastFile channel train: this system does not let a job mount its data (")
    assert said[0].endswith("); they are downloaded first, as in File mode")
    fast_files.stop()


def test_the_shards_of_a_fastfile_channel_share_its_files(world: World) -> None:
    for name in ("a", "b/c", "b/d", "e"):
        uri = world.put(f"shared/{name}", name.encode())
    prefix = uri.rpartition("/")[0] + "/"
    world.train_with("""
host = json.load(open(ml + "/input/config/resourceconfig.json"))["current_host"]
files = sorted(os.path.relpath(os.path.join(parent, name), data + "train")
               for parent, _, names in os.walk(data + "train") for name in names)
model(host, json.dumps([files, os.path.exists(data + "train/e"), os.environ["MASTER_PORT"]]))
""")
    channel = Channel("train", "S3Prefix", prefix, "FastFile", distribution="ShardedByS3Key")
    world.create("job-1", channel, instance_count=3)
    assert world.finish().status == "Completed", world.log()
    with tarfile.open(fileobj=world.objects.open_uri(world.jobs.describe("job-1").model_uri)) as archive:
        shown = [json.load(archive.extractfile(f"algo-{k}")) for k in (1, 2, 3)]  # type: ignore[arg-type]
    assert [each[:2] for each in shown] == [[["a", "e"], True], [["b/c"], False], [["b/d"], False]]
    assert len({each[2] for each in shown}) == 1  # all meet at one port
