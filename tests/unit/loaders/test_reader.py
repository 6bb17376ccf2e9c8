"""The reader: the same order for the same seed, every record once, and exact resuming after any stop."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.photos import photo, photo_folder
from trigpoint.core.errors import Invalid
from trigpoint.stream import AugmentedManifest, FetchOptions, Objects, Store, StreamError


def classes(reader: AugmentedManifest) -> list[int]:
    return [record["class"] for record in reader]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photo_folder(tmp_path_factory.mktemp("photos"), 23)


def test_records_have_the_bytes_of_objects_and_the_values_of_lines(manifest: Path) -> None:
    records = list(AugmentedManifest(manifest, ["class", "source-ref"]))
    assert [list(record) for record in records] == [["class", "source-ref"]] * 23
    assert records[4] == {"class": 4, "source-ref": photo(4)}


def test_each_epoch_has_its_own_order_which_is_the_same_in_every_run(manifest: Path) -> None:
    one, other = (AugmentedManifest(manifest, ["class"], shuffle_seed=5) for _ in range(2))
    first, second = classes(one), classes(one)
    assert first != second and sorted(first) == sorted(second) == list(range(23))
    other.set_epoch(1)
    assert classes(other) == second


def test_the_reader_resumes_exactly_after_any_record(manifest: Path) -> None:
    for shard in [(0, 1), (1, 3)]:
        whole = classes(AugmentedManifest(manifest, ["class"], shuffle_seed=2, shard=shard))
        for stop in range(len(whole) + 1):
            reader = AugmentedManifest(manifest, ["class"], shuffle_seed=2, shard=shard)
            passing = iter(reader)
            for _ in range(stop):
                next(passing)
            state = json.loads(json.dumps(reader.state_dict()))
            fresh = AugmentedManifest(manifest, ["class"], shuffle_seed=2, shard=shard)
            fresh.load_state_dict(state)
            assert fresh.state_dict() == state
            assert classes(fresh) == whole[stop:]
            assert fresh.epoch == 1


def test_the_state_of_a_killed_process_is_resumed_in_a_new_one(manifest: Path, tmp_path: Path) -> None:
    script = f"""
import json, os, signal
from trigpoint.stream import AugmentedManifest
reader = AugmentedManifest({str(manifest)!r}, ["source-ref", "class"], shuffle_seed=9)
for number, record in enumerate(reader, start=1):
    print(record["class"], flush=True)
    if number == 10:
        print(json.dumps(reader.state_dict()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert killed.returncode == -9, killed.stderr
    *seen, state = killed.stdout.splitlines()
    reader = AugmentedManifest(manifest, ["source-ref", "class"], shuffle_seed=9)
    reader.load_state_dict(json.loads(state))
    rest = classes(reader)
    assert [int(each) for each in seen] + rest == classes_of_epoch(manifest, 9)


def classes_of_epoch(manifest: Path, seed: int) -> list[int]:
    return classes(AugmentedManifest(manifest, ["class"], shuffle_seed=seed))


@settings(max_examples=40)
@given(ranks=st.integers(1, 5), workers=st.integers(1, 4), seed=st.none() | st.integers(0, 9))
def test_ranks_and_workers_share_the_records_without_loss_or_repetition(
    manifest: Path, ranks: int, workers: int, seed: int | None
) -> None:
    parts = []
    for rank in range(ranks):
        mine = AugmentedManifest(manifest, ["class"], shuffle_seed=seed, shard=(rank, ranks))
        parts += [mine.split(worker, workers) for worker in range(workers)]
    read = [classes(part) for part in parts]  # type: ignore[arg-type]
    assert sorted(number for part in read for number in part) == list(range(23))
    assert [len(part) for part in parts] == [len(each) for each in read]
    assert max(map(len, read)) - min(map(len, read)) <= 1


def test_a_state_with_other_parameters_is_refused(manifest: Path) -> None:
    state = AugmentedManifest(manifest, ["class"], shuffle_seed=1).state_dict()
    with pytest.raises(Invalid, match=r"taken with shuffle_seed=1, this reader of .* has 2"):
        AugmentedManifest(manifest, ["class"], shuffle_seed=2).load_state_dict(state)


def test_a_broken_line_is_reported_after_the_records_before_it(tmp_path: Path) -> None:
    path = photo_folder(tmp_path, 9)
    lines = path.read_text().splitlines()
    lines[5] = '{"source-ref": "photos/5.jpg", "class": '
    path.write_text("\n".join(lines))
    reader = AugmentedManifest(path, ["source-ref", "class"])
    passing, seen = iter(reader), []
    with pytest.raises(StreamError, match=r"train\.manifest, line 6: not valid JSON at column"):
        for record in passing:
            seen.append(record["class"])
    assert seen == [0, 1, 2, 3, 4]
    assert (reader.epoch, reader.state_dict()["position"]) == (0, 5), "the epoch must not look complete"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"class": 1}', "has no attribute 'source-ref'; it has 'class'"),
        (
            '{"source-ref": 7, "class": 1}',
            "attribute 'source-ref' must be the URI or path of an object, not 7",
        ),
        ('{"source-ref": "gopher://x", "class": 1}', "attribute 'source-ref': gopher://x is neither"),
        (
            '{"source-ref": "photos/none.jpg", "class": 1}',
            "attribute 'source-ref': cannot read .*there is no file",
        ),
        ('{"source-ref": "photos", "class": 1}', "attribute 'source-ref': cannot read .* is a folder"),
        ("[1]", "a JSON object is needed"),
    ],
)
def test_a_bad_line_is_reported_with_its_attribute(tmp_path: Path, line: str, why: str) -> None:
    path = photo_folder(tmp_path, 2)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(StreamError, match=f"line 3.*{why}"):
        list(AugmentedManifest(path, ["source-ref", "class"]))


def test_uris_of_a_store_can_be_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"one")
    (tmp_path / "m").write_text('{"source-ref": "s3://photos/set/1.jpg"}\n')
    reader = AugmentedManifest(tmp_path / "m", ["source-ref"], local={"s3://photos/set/": tmp_path})
    assert list(reader) == [{"source-ref": b"one"}]


def test_a_folder_and_a_manifest_file_are_read_as_objects(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "2").write_bytes(b"two")
    (tmp_path / "1").write_bytes(b"one")
    assert [each["content"] for each in Objects(tmp_path)] == [b"one", b"two"]
    (tmp_path / "list").write_text('[{"prefix": "s3://b/"}, "a/2", "1"]')
    listed = Objects(tmp_path / "list", manifest_file=True, local={"s3://b/": tmp_path})
    assert [each["content"] for each in listed] == [b"two", b"one"]


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, trigpoint.stream; print([m for m in sys.modules if m in set('torch numpy sqlalchemy botocore obstore PIL'.split())])"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert shown.stdout.strip() == "[]"


class Flaky(BaseHTTPRequestHandler):
    """An S3 endpoint that answers every third request with SlowDown."""

    protocol_version = "HTTP/1.1"
    answers = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        with Flaky.lock:
            Flaky.answers += 1
            busy = Flaky.answers % 3 == 0
        number = self.path.rsplit("/", 1)[1]
        status = 503 if busy else 200 if number.isdigit() else 404
        error = b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"
        body = (
            b"<Error><Code>SlowDown</Code></Error>"
            if busy
            else number.encode() * 50
            if status == 200
            else error
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def test_requests_to_a_busy_store_are_retried_and_a_missing_object_is_named(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        keys = [*map(str, range(30)), "gone"]
        path = tmp_path / "m"
        path.write_text("".join(json.dumps({"source-ref": f"s3://b/{key}"}) + "\n" for key in keys))
        reader = AugmentedManifest(
            path, ["source-ref"], store=Store(endpoint=f"http://127.0.0.1:{server.server_port}", retries=0),
            options=FetchOptions(threads=4, tries=8, first_delay_s=0.001),
        )  # fmt: skip
        seen = []
        with pytest.raises(
            StreamError, match=r"line 31, attribute 'source-ref': cannot read s3://b/gone.*NoSuchKey"
        ):
            for record in reader:
                seen.append(record["source-ref"])
        assert seen == [str(k).encode() * 50 for k in range(30)]
    finally:
        server.shutdown()
        server.server_close()
