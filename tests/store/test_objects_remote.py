"""Remote buckets: the backend contract against a second server, and errors of that server."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from helpers.objects import FIVE_MIB, assert_object_backend_contract
from helpers.server_process import ServerProcess, env_of
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Denied, Invalid, NotFound
from trigpoint.db import Database
from trigpoint.objects import NamedPart, ObjectStore
from trigpoint.objects.errors import BucketExists, BucketNotEmpty, KeyTooLong, NoSuchKey, ReadOnlyBucket
from trigpoint.remote import RemoteConfig, RemoteStore, RemoteUnavailable

HOSTILE_KEYS = [
    "a//b",
    "/leading",
    "folder/",
    "../x",
    "./y",
    "a/../b",
    "a b+c%20d",
    "%2e%2e/x",
    "ü/日本/\U0001f600",
    "line\nbreak",
    "tab\t",
    "~!*()'\"<>{}|^`\\&?#",
    "k" * 1024,
]


@pytest.fixture(scope="module")
def other_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteConfig]:
    """A second server, in place of any S3 store."""
    process = ServerProcess(tmp_path_factory.mktemp("other") / "data").start()
    try:
        yield RemoteConfig.from_environment(env_of(process.data_dir) | {"AWS_ENDPOINT_URL": process.url})
    finally:
        process.stop()


@pytest.fixture
def remote_name(other_store: RemoteConfig, request: pytest.FixtureRequest) -> str:
    """A new bucket of the other store."""
    name = "far-" + hashlib.md5(request.node.nodeid.encode(), usedforsecurity=False).hexdigest()[:12]
    RemoteStore(other_store, name).api.call("create_bucket")
    return name


@pytest.fixture
def objects(sqlite_database: Database, tmp_path: Path) -> ObjectStore:
    return _objects(sqlite_database, tmp_path)


def _objects(database: Database, folder: Path) -> ObjectStore:
    box = SecretBox.create(folder / "secret.key")
    return ObjectStore(database, folder / "objects", SystemClock(), secrets=box)


def test_a_remote_bucket_meets_the_contract(
    database: Database, tmp_path: Path, other_store: RemoteConfig, remote_name: str
) -> None:
    store = _objects(database, tmp_path)
    store.add_remote_bucket("far", other_store, remote_name)
    assert_object_backend_contract(store, "far", remote=True)
    assert list((tmp_path / "objects").glob("*")) == []


def test_a_remote_bucket_with_a_prefix_meets_the_contract_and_sees_only_the_prefix(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    RemoteStore(other_store, remote_name).api.call("put_object", "other", Body=b"not ours")
    objects.add_remote_bucket("far", other_store, remote_name, "team a/")
    assert_object_backend_contract(objects, "far", remote=True)
    info = objects.put("far", "x", b"ours")
    assert RemoteStore(other_store, remote_name).fetch("team a/x") == b"ours"
    assert [found.uri for found in objects.iterate("far")] == [info.uri] == ["s3://far/x"]
    with pytest.raises(KeyTooLong, match="prefix"):
        objects.put("far", "k" * 1024, b"")


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_every_key_is_the_same_object_in_the_other_store(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str, key: str
) -> None:
    objects.add_remote_bucket("far", other_store, remote_name)
    objects.put("far", key, key.encode(), metadata={"a": "b"})
    assert objects.get("far", key) == key.encode()
    assert objects.head("far", key).metadata == {"a": "b"}
    with objects.open_object("far", key).file as file:
        file.seek(1)
        assert file.read() == key.encode()[1:]
    assert [info.key for info in objects.iterate("far")] == [key]
    objects.delete_many("far", [key, "never there"])
    with pytest.raises(NoSuchKey):
        objects.get("far", key)


def test_attributes_and_checksums_are_sent_and_returned(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    objects.add_remote_bucket("far", other_store, remote_name)
    headers = {"cache-control": "no-cache", "expires": "Wed, 21 Oct 2026 07:28:00 GMT"}
    info = objects.put("far", "x", b"data", headers=headers, tags={"t": "1"}, checksum_algorithms=["SHA256"])
    found = objects.head("far", "x")
    assert (found.headers, found.tags, found.checksums) == (headers, {"t": "1"}, info.checksums)
    assert list(found.checksums) == ["SHA256"]
    with pytest.raises(Invalid, match="Expires"):
        objects.put("far", "x", b"", headers={"expires": "soon"})


def test_objects_are_copied_between_backends(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str, tmp_path: Path
) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "x.jpg").write_bytes(b"picture")
    objects.link_bucket("linked", tmp_path / "linked")
    objects.create_bucket("near")
    objects.add_remote_bucket("far", other_store, remote_name)
    objects.copy("linked", "x.jpg", "far", "x.jpg")
    objects.copy("far", "x.jpg", "near", "y.jpg")
    objects.copy("near", "y.jpg", "far", "z/y.jpg")
    assert (objects.get("far", "z/y.jpg"), objects.head("far", "z/y.jpg").content_type) == (
        b"picture",
        "image/jpeg",
    )
    assert [info.key for info in objects.iterate_uri("s3://far/z")] == ["z/y.jpg"]


def test_a_large_object_is_uploaded_in_parallel_parts_and_read_at_any_offset(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    objects.add_remote_bucket("far", other_store, remote_name)
    upload = objects.create_upload("far", "big", checksum_algorithm="CRC32", checksum_type="COMPOSITE")
    pieces = {number: bytes([number]) * FIVE_MIB for number in range(1, 5)}
    threads = [
        threading.Thread(
            target=objects.upload_part,
            args=("far", "big", upload.id, number, data),
            kwargs={"checksum_algorithms": ["CRC32"]},
        )
        for number, data in pieces.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    parts = objects.list_parts("far", "big", upload.id)
    info = objects.complete_upload(
        "far", "big", upload.id, [NamedPart(p.part_number, p.etag, p.checksums) for p in parts]
    )
    assert info.checksum_type == "COMPOSITE"
    whole = b"".join(pieces.values())
    with objects.open_uri("s3://far/big") as file:
        assert file.read() == whole
        file.seek(FIVE_MIB - 2)
        assert file.read(4) == b"\x01\x01\x02\x02"
        file.seek(-3, 2)
        assert file.read() == b"\x04\x04\x04"


def test_many_keys_are_listed_page_by_page(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    objects.add_remote_bucket("far", other_store, remote_name)
    keys = [f"{folder}/{number:02}" for folder in "abc" for number in range(5)]
    for key in keys:
        objects.put("far", key, b"")
    page = objects.list("far", delimiter="/", max_keys=2)
    assert (page.common_prefixes, page.is_truncated, page.next_marker) == (["a/", "b/"], True, "b/")
    assert objects.list("far", delimiter="/", start_after="b/", max_keys=1).common_prefixes == ["c/"]
    objects.delete_many("far", keys)


def test_a_byte_range_of_an_object_is_fetched(other_store: RemoteConfig, remote_name: str) -> None:
    store = RemoteStore(other_store, remote_name)
    store.api.call("put_object", "11", Body=b"11")
    assert store.fetch_range("11", 1, 9) == b"1"
    with pytest.raises(NotFound, match="NoSuchKey"):
        store.fetch("nope")


def test_a_read_only_remote_bucket_is_never_written_to(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    objects.add_remote_bucket("far", other_store, remote_name, read_only=True)
    for call in (lambda: objects.put("far", "x", b""), lambda: objects.delete("far", "x")):
        with pytest.raises(ReadOnlyBucket, match="read-only"):
            call()
    objects.forget_bucket("far")
    RemoteStore(other_store, remote_name).api.call("head_bucket")


def test_a_remote_bucket_with_objects_can_be_forgotten_but_not_deleted(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    objects.add_remote_bucket("far", other_store, remote_name)
    objects.put("far", "x", b"kept")
    with pytest.raises(BucketNotEmpty):
        objects.delete_bucket("far")
    objects.forget_bucket("far")
    assert objects.list_buckets() == []
    assert RemoteStore(other_store, remote_name).fetch("x") == b"kept"


def test_an_unusable_remote_bucket_is_not_added(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    wrong = RemoteConfig(other_store.endpoint, "us-east-1", "AKIAWRONGWRONGWRONG1", "wrong")
    for config, name, error, words in (
        (wrong, remote_name, Denied, "InvalidAccessKeyId"),
        (RemoteConfig(other_store.endpoint), remote_name, Denied, "AccessDenied"),
        (other_store, "no-such-bucket", NotFound, "no-such-bucket"),
        (RemoteConfig(f"http://127.0.0.1:{_free_port()}"), "any", RemoteUnavailable, "does not answer"),
    ):
        with pytest.raises(error, match=words):
            objects.add_remote_bucket("far", config, name)
    assert objects.list_buckets() == []
    objects.add_remote_bucket("far", other_store, remote_name)
    with pytest.raises(BucketExists):
        objects.add_remote_bucket("far", other_store, remote_name)


@pytest.mark.parametrize("endpoint", ["localhost:9000", "ftp://x", "http://", "http://h/path", "http://h:x"])
def test_an_invalid_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(Invalid, match="endpoint"):
        RemoteConfig(endpoint)


def test_the_secret_key_is_stored_encrypted_and_a_missing_encryption_key_is_reported(
    sqlite_database: Database, tmp_path: Path, other_store: RemoteConfig, remote_name: str
) -> None:
    _objects(sqlite_database, tmp_path).add_remote_bucket("far", other_store, remote_name)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert other_store.access_key_id.encode() in stored
    assert other_store.secret_access_key.encode() not in stored
    keyless = ObjectStore(sqlite_database, tmp_path / "objects", SystemClock())
    with pytest.raises(Invalid, match="no key to open"):
        keyless.get("far", "x")


def test_a_bucket_added_by_another_process_is_visible_at_once(
    sqlite_database: Database, tmp_path: Path, other_store: RemoteConfig, remote_name: str
) -> None:
    here, there = _objects(sqlite_database, tmp_path), _objects(sqlite_database, tmp_path)
    with pytest.raises(NotFound):
        here.put("far", "x", b"")
    there.add_remote_bucket("far", other_store, remote_name)
    here.put("far", "x", b"seen")
    assert there.get("far", "x") == b"seen"


def test_a_store_that_goes_down_is_reported_as_unavailable(
    objects: ObjectStore, other_store: RemoteConfig, remote_name: str
) -> None:
    with _relay(other_store) as (config, cut):
        objects.add_remote_bucket("far", config, remote_name)
        objects.put("far", "x", b"before")
        cut()
        for call in (
            lambda: objects.get("far", "x"),
            lambda: objects.head("far", "x"),
            lambda: objects.put("far", "x", b""),
            lambda: objects.list("far"),
            lambda: objects.create_upload("far", "x"),
        ):
            with pytest.raises(RemoteUnavailable, match=r"127\.0\.0\.1"):
                call()


def test_requests_to_a_store_that_never_answers_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        store = RemoteStore(RemoteConfig(url, read_timeout_s=0.5, retries=0), "b")
        for call in (lambda: store.fetch("x"), lambda: store.api.call("head_object", "x")):
            with pytest.raises(RemoteUnavailable, match="does not answer"):
                call()
            assert _connections_to(silent) == 1


def _connections_to(listener: socket.socket) -> int:
    """The number of connections since the last call."""
    listener.setblocking(False)
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_environment_variables_are_ignored(
    monkeypatch: pytest.MonkeyPatch, other_store: RemoteConfig, remote_name: str
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "AKIAWRONG",
        "AWS_SECRET_ACCESS_KEY": "wrong",
        "AWS_SESSION_TOKEN": "wrong",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "mars-north-1",
        "AWS_PROFILE": "no-such-profile",
    }.items():
        monkeypatch.setenv(name, value)
    store = RemoteStore(other_store, remote_name)
    store.api.call("put_object", "x", Body=b"found")
    assert store.fetch("x") == b"found"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _relay(config: RemoteConfig) -> Iterator[tuple[RemoteConfig, Callable[[], None]]]:
    """Relays another port to the store; yields its configuration and a function that cuts all connections."""
    target = urlsplit(config.url)
    listener = socket.create_server(("127.0.0.1", 0))
    sockets: list[socket.socket] = [listener]

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass

    def accept() -> None:
        try:
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((target.hostname, target.port))
                sockets.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()
        except OSError:
            return

    def cut() -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield replace(config, endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}"), cut
    finally:
        cut()
