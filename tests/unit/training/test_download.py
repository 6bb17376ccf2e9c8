"""File channels: the paths of objects, keys that cannot be files, and objects that cannot be read or written."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import pytest

from helpers.streaming import Listed, opener
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import NotFound
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.training import download as module
from trigpoint.training.bucket_objects import BucketObjects
from trigpoint.training.channels import DataError
from trigpoint.training.download import download
from trigpoint.training.model import Channel


class Bucket:
    """Objects of the bucket b; the listing gives `lie_bytes` as the size of each, if it is set."""

    def __init__(self, objects: dict[str, bytes], lie_bytes: int | None = None) -> None:
        self.objects = {f"s3://b/{key}": data for key, data in objects.items()}
        self.lie_bytes = lie_bytes
        self.lines: list[str] = []

    def list(self, prefix: str) -> Iterable[Listed]:
        for uri, data in sorted(self.objects.items()):
            if uri.startswith(prefix):
                yield Listed("b", uri[len("s3://b/") :], self.lie_bytes or len(data))

    def download(
        self, folder: Path, uri: str = "s3://b/p/", data_type: str = "S3Prefix", open_object: object = None
    ) -> dict[str, bytes]:
        channel = Channel("c", data_type, uri, "File")
        opens: Callable[[str], BinaryIO] = open_object or opener(self.objects)  # type: ignore[assignment]
        download(channel, folder, opens, self.list, write_line=self.lines.append)
        return tree(folder)


def tree(folder: Path) -> dict[str, bytes]:
    """The files in a folder and below, and its empty folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"<folder>"
        for path in folder.rglob("*")
        if path.is_file() or not any(path.iterdir())
    }


def refusal(tmp_path: Path, keys: Iterable[str], uri: str = "s3://b/p/") -> str:
    """The error of a channel of these objects, which leaves no files."""
    with pytest.raises(DataError) as caught:
        Bucket({key: b"" if key.endswith("/") else b"x" for key in keys}).download(tmp_path / "c", uri)
    assert list(tmp_path.iterdir()) == []
    message = caught.value.message
    assert message.endswith(f"(channel c, {uri})")
    return message


def test_folder_objects_become_folders(tmp_path: Path) -> None:
    bucket = Bucket({"p/": b"", "p/empty/": b"", "p/full/": b"", "p/full/a": b"A"})
    assert bucket.download(tmp_path / "c") == {"empty": b"<folder>", "full/a": b"A"}


def test_paths_are_relative_to_the_last_slash_of_the_prefix(tmp_path: Path) -> None:
    bucket = Bucket({"p/train/x/1": b"1", "p/train-2/2": b"2", "p/train.txt": b"3"})
    assert bucket.download(tmp_path / "c", "s3://b/p/train") == {
        "x/1": b"1",
        "train-2/2": b"2",
        "train.txt": b"3",
    }
    assert bucket.download(tmp_path / "d", "s3://b/p/train.txt") == {"train.txt": b"3"}


def test_names_of_any_script_and_case_are_separate_files(tmp_path: Path) -> None:
    names = [
        "Über/日本.jpg",
        "\U0001f600",
        "a b+c%20d",
        "line\nbreak",
        "A",
        "a",
        "..a",
        "n" * 255,
        "e\u0301",
        "é",
    ]
    bucket = Bucket({f"p/{name}": name.encode() for name in names})
    assert bucket.download(tmp_path / "c") == {name: name.encode() for name in names}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["p/a", "p/a/b"], "s3://b/p/a is an object, and other objects' keys are below it: a cannot be a file and a folder"),
        (["p/a", "p/a/"], "s3://b/p/a is an object, and other objects' keys are below it: a cannot be a file and a folder"),
        (["p/x/b", "p/x//b"], "s3://b/p/x//b and s3://b/p/x/b would both be the file x/b"),
        (["p/ok", "p/../../etc/passwd"], "the key of 's3://b/p/../../etc/passwd' does not name a file below the channel's folder"),
        (["p/nul\0"], "the key of 's3://b/p/nul\\x00' does not name a file below the channel's folder"),
        (["p/" + "ü" * 128], "of 256 bytes; no file's name can have more than 255"),
    ],
)  # fmt: skip
def test_keys_that_cannot_all_be_files_fail_the_job(tmp_path: Path, keys: list[str], said: str) -> None:
    assert said in refusal(tmp_path, keys)


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    key = "p/" + "/".join(["d" * 200] * 5)
    folder = tmp_path.joinpath(*["f" * 200] * 16)
    with pytest.raises(DataError, match="would have more than 4095 bytes; shorten its key"):
        Bucket({key: b"x"}).download(folder)


def test_a_manifest_that_names_an_object_twice_gives_one_file(tmp_path: Path) -> None:
    manifest = json.dumps([{"prefix": "s3://b/p/"}, "a/1", "2", "a/1"]).encode()
    bucket = Bucket({"m": manifest, "p/a/1": b"1", "p/2": b"2"})
    assert bucket.download(tmp_path / "c", "s3://b/m", "ManifestFile") == {"a/1": b"1", "2": b"2"}


def test_a_prefix_with_only_folder_objects_has_no_objects(tmp_path: Path) -> None:
    assert 'No S3 objects found under S3 URL "s3://b/p/"' in refusal(tmp_path, [])
    with pytest.raises(DataError, match="No S3 objects found"):
        Bucket({"p/": b"", "p/x/": b""}).download(tmp_path / "c")


def test_a_download_that_does_not_fit_on_the_disk_is_not_started(tmp_path: Path) -> None:
    bucket = Bucket({f"p/{k}": b"x" for k in range(3)}, lie_bytes=1 << 60)
    with pytest.raises(DataError) as caught:
        bucket.download(tmp_path / "c")
    assert f"3 objects need {3 << 60} bytes, but the disk of {tmp_path} has " in caught.value.message
    assert "bytes free; free some, or set InputMode to Pipe or FastFile" in caught.value.message
    assert list(tmp_path.iterdir()) == []


NO_ROOM = """
import sys, resource
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_download import Bucket
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
Bucket({"p/1": b"x" * 10, "p/2": b"x" * 300_000}).download(Path(sys.argv[2]))
"""


def test_a_full_disk_fails_the_download_with_the_bytes_needed_and_free(tmp_path: Path) -> None:
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(here), str(tmp_path / "c")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(here.parents[1])},
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert "s3://b/p/2 cannot be written: File too large. The channel needs at least 307200 bytes, " in last
    assert " free on the disk; free some, or set InputMode to Pipe or FastFile" in last
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_a_missing_object_fails_the_download_and_leaves_no_files(tmp_path: Path) -> None:
    bucket = Bucket({f"p/{k:03}": b"x" * 1000 for k in range(200)})

    def open_object(uri: str) -> BinaryIO:
        if uri.endswith("150"):
            raise NotFound(f"no object {uri}")
        return opener(bucket.objects)(uri)

    with pytest.raises(DataError) as caught:
        bucket.download(tmp_path / "c", open_object=open_object)
    assert caught.value.message == "no object s3://b/p/150 (channel c, s3://b/p/)"
    assert list(tmp_path.iterdir()) == []


class BreaksOff(io.BytesIO):
    """A stream that fails in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError("the stream ended at byte 1048576 of 3000000")
        return super().read(size)


def test_an_object_whose_stream_breaks_off_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_DELAYS_S", (0.01, 0.01))
    whole = os.urandom(3_000_000)
    opened: list[str] = []

    def open_object(uri: str) -> BinaryIO:
        opened.append(uri)
        return BreaksOff(whole) if len(opened) < broken else io.BytesIO(whole)

    broken = 3
    assert Bucket({"p/a": whole}).download(tmp_path / "c", open_object=open_object) == {"a": whole}
    assert len(opened) == 3
    opened.clear()
    broken = 99
    with pytest.raises(DataError, match="s3://b/p/a: OSError: the stream ended at byte 1048576 of 3000000"):
        Bucket({"p/a": whole}).download(tmp_path / "d", open_object=open_object)
    assert len(opened) == 3


def test_slow_objects_are_fetched_at_the_same_time_by_a_limited_number_of_threads(tmp_path: Path) -> None:
    waiting, most, changed = 0, 0, threading.Condition()

    def open_object(uri: str) -> BinaryIO:
        nonlocal waiting, most
        with changed:
            waiting += 1
            most = max(most, waiting)
            changed.notify_all()
            assert changed.wait_for(lambda: most >= 4, 60), (
                "fewer than four objects are fetched at the same time"
            )
        time.sleep(0.001)  # so that too many threads would be noticed
        with changed:
            waiting -= 1
        return io.BytesIO(uri.encode())

    bucket = Bucket({f"p/{k}": b"" for k in range(400)})
    assert len(bucket.download(tmp_path / "c", open_object=open_object)) == 400
    assert 4 <= most <= module.MAX_THREADS


def test_a_long_download_logs_its_progress_and_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRESS_S", 0.1)

    def open_object(uri: str) -> BinaryIO:
        time.sleep(0.2)
        return io.BytesIO(b"x" * 1_000_000)

    bucket = Bucket({f"p/{k}": b"x" * 1_000_000 for k in range(40)})
    bucket.download(tmp_path / "c", open_object=open_object)
    *progress, last = bucket.lines
    assert progress
    assert progress[0].startswith("Downloading channel c: ") and " of 40 files, " in progress[0]
    assert " of 40.0 MB, " in progress[0] and progress[0].endswith(" MB/s")
    assert last.startswith("Downloaded channel c: 40 files, 40.0 MB in ")


class Stopped(Exception):
    pass


def test_an_interruption_ends_the_download_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRESS_S", 0.1)
    opened: list[str] = []
    interrupted = threading.Event()

    def open_object(uri: str) -> BinaryIO:
        opened.append(uri)
        interrupted.wait(60)
        return io.BytesIO(b"x")

    def stop(_line: str) -> None:
        interrupted.set()
        raise Stopped  # as the handler of SIGTERM does, in the thread that waits

    bucket = Bucket({f"p/{k}": b"x" for k in range(10_000)})
    with pytest.raises(Stopped):
        download(
            Channel("c", "S3Prefix", "s3://b/p/", "File"),
            tmp_path / "c",
            open_object,
            bucket.list,
            write_line=stop,
        )
    assert len(opened) < 10_000
    assert not (tmp_path / "c").exists()


def test_objects_of_local_and_linked_buckets_are_downloaded_as_writable_copies(
    tmp_path: Path, sqlite_database: Database
) -> None:
    store = ObjectStore(sqlite_database, tmp_path / "objects", SystemClock())
    store.create_bucket("ours")
    linked = tmp_path / "linked"
    (linked / "d").mkdir(parents=True)
    wanted = {}
    for k in range(40):
        wanted[f"d/{k}"] = os.urandom(k * 5000)
        store.put("ours", f"p/d/{k}", wanted[f"d/{k}"])
        (linked / "d" / str(k)).write_bytes(wanted[f"d/{k}"])
    store.link_bucket("theirs", linked)
    reader = BucketObjects(store)
    for uri in ("s3://ours/p/", "s3://theirs/"):
        folder = tmp_path / uri.split("/")[2]
        channel = Channel("c", "S3Prefix", uri, "File")
        download(channel, folder, store.open_uri, store.iterate_uri, prepare=reader.prepare)
        assert tree(folder) == wanted
        (folder / "d" / "7").write_bytes(b"changed")
    assert store.get("ours", "p/d/7") == wanted["d/7"] == (linked / "d" / "7").read_bytes()


def test_the_shards_of_a_channel_share_its_files(tmp_path: Path) -> None:
    bucket = Bucket({f"p/{name}": name.encode() for name in ("a", "b/c", "b/d", "e", "f")} | {"p/": b""})
    found = []
    for host in range(6):
        channel = Channel("c", "S3Prefix", "s3://b/p/", "File", shard=(host, 6))
        download(channel, tmp_path / str(host), opener(bucket.objects), bucket.list)
        found.append(tree(tmp_path / str(host)))
    assert found == [{"a": b"a"}, {"b/c": b"b/c"}, {"b/d": b"b/d"}, {"e": b"e"}, {"f": b"f"}, {}]
