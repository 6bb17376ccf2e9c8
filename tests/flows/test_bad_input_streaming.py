"""trigpoint.stream on a real server: it reads objects and lists, and reports errors on one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.photos import photo
from helpers.server_process import ServerProcess, env_of
from trigpoint.remote import RemoteConfig
from trigpoint.stream import AugmentedManifest, ImageBatches, Objects, Records, Store, StreamError

PHOTOS = 5
LARGE = b"large" * 2_000_000


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with photos, manifests and a large object in its bucket `pets`."""
    with ServerProcess(tmp_path_factory.mktemp("stream") / "data") as server:
        s3 = server.start().aws("s3")
        s3.create_bucket(Bucket="pets")
        for number in range(PHOTOS):
            s3.put_object(Bucket="pets", Key=f"im/{number}.jpg", Body=photo(number))
        s3.put_object(Bucket="pets", Key="large/1.bin", Body=LARGE)
        for key, lines in MANIFESTS.items():
            body = "\n".join(json.dumps(line) for line in lines).encode()
            s3.put_object(Bucket="pets", Key=key, Body=body)
        s3.put_object(Bucket="pets", Key="list", Body=b'[{"prefix":"s3://pets/im/"},"3.jpg","1.jpg"]')
        yield server


PLAIN = [{"source-ref": f"s3://pets/im/{number}.jpg", "class": number} for number in range(PHOTOS)]
MANIFESTS = {
    "m.manifest": PLAIN,
    "im/beside.manifest": [{"source-ref": "4.jpg"}, {"source-ref": "./../im/0.jpg"}],
    "long.manifest": [{"class": number, "text": "x" * 500} for number in range(20_000)],
    "gone.manifest": [*PLAIN[:2], {"source-ref": "s3://pets/im/gone.jpg", "class": 2}],
    "elsewhere.manifest": [*PLAIN[:2], {"source-ref": "s3://no-such-bucket/1.jpg", "class": 2}],
    "half.manifest": [*PLAIN[:2], {"source-ref": "s3://pets", "class": 2}],
    "empty.manifest": [],
}


@pytest.fixture
def variables(pets: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in env_of(pets.data_dir).items():
        monkeypatch.setenv(name, value)


def classes(manifest: str, store: RemoteConfig | None = None) -> Records:
    return AugmentedManifest(manifest, ["source-ref", "class"], store=store)


@pytest.mark.usefixtures("variables")
def test_manifests_lists_and_prefixes_of_the_server_are_read() -> None:
    records = list(classes("s3://pets/m.manifest"))
    assert records == [{"source-ref": photo(number), "class": number} for number in range(PHOTOS)]
    beside = AugmentedManifest("s3://pets/im/beside.manifest", ["source-ref"])
    assert [record["source-ref"] for record in beside] == [photo(4), photo(0)]
    assert len(AugmentedManifest("s3://pets/long.manifest", ["class"])) == 20_000  # above 4 MiB
    assert [each["uri"] for each in Objects("s3://pets/im/")][:2] == [
        "s3://pets/im/0.jpg",
        "s3://pets/im/1.jpg",
    ]
    listed = Objects("s3://pets/list", manifest_file=True)
    assert [each["content"] for each in listed] == [photo(3), photo(1)]
    assert [each["content"] for each in Objects("s3://pets/large/")] == [LARGE]
    (batch,) = ImageBatches(classes("s3://pets/m.manifest"), size=8)
    assert batch["images"].shape == (PHOTOS, 8, 8, 3)


def test_a_plain_folder_of_images_is_read(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(photo(number))
    (batch,) = ImageBatches(Objects(tmp_path), size=8)
    assert batch["uri"] == [str(tmp_path / f"{number}.jpg") for number in range(3)]


def test_a_script_needs_only_the_environment_that_the_command_prints(
    pets: ServerProcess, tmp_path: Path
) -> None:
    script = """
from trigpoint.stream import AugmentedManifest
print(sum(record["class"] for record in AugmentedManifest("s3://pets/m.manifest", ["source-ref", "class"])))
"""
    command = (
        f'eval "$({sys.executable} -m trigpoint env --data {pets.data_dir})" && {sys.executable} -c "$SCRIPT"'
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={**environment, "SCRIPT": script},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("10", 0), done.stderr


def prefix(uri: str) -> Records:
    return Objects(uri)


UNREADABLE: dict[str, tuple[Callable[[str], Records], str, str]] = {
    "no manifest": (classes, "s3://pets/none", ": the store at URL answered NoSuchKey: no object s3://pets/none"),
    "no bucket": (classes, "s3://no-such-bucket/m", ": the store at URL answered NoSuchBucket: no bucket 'no-such-bucket'"),
    "a prefix as manifest": (classes, "s3://pets/im/", " is a bucket or a prefix; give the URI of the manifest in it"),
    "a bucket as manifest": (classes, "s3://pets", " is a bucket or a prefix; give the URI of the manifest in it"),
    "an image as manifest": (classes, "s3://pets/im/1.jpg", ", line 1: the file is a JPEG image, not an augmented manifest"),
    "an empty manifest": (classes, "s3://pets/empty.manifest", ": the manifest is empty: it has no lines"),
    "a missing object": (classes, "s3://pets/gone.manifest", ", line 3, attribute 'source-ref': cannot read s3://pets/im/gone.jpg: the store at URL answered NoSuchKey: no object s3://pets/im/gone.jpg"),
    "an object elsewhere": (classes, "s3://pets/elsewhere.manifest", ", line 3, attribute 'source-ref': cannot read s3://no-such-bucket/1.jpg: the store at URL answered NoSuchBucket: "),
    "a bucket as object": (classes, "s3://pets/half.manifest", ", line 3: attribute 'source-ref': 's3://pets' names no object; it must look like s3://bucket/key"),
    "nothing below a prefix": (prefix, "s3://pets/none/", ": there are no objects"),
    "a prefix without a bucket": (prefix, "s3://no-such-bucket/p/", ": s3://no-such-bucket/: the store at URL answered NoSuchBucket: "),
}  # fmt: skip


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize(("read", "uri", "said"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_object_that_cannot_be_read_is_reported_on_one_line_with_its_uri(
    pets: ServerProcess, read: Callable[[str], Records], uri: str, said: str
) -> None:
    with pytest.raises(StreamError) as failure:
        list(read(uri))
    assert str(failure.value).startswith(uri + said.replace("URL", pets.url)), str(failure.value)
    assert "\n" not in str(failure.value)
    assert failure.value.line == (int(said.partition("line ")[2][0]) if "line " in said[:8] else None)


def test_wrong_and_missing_keys_are_reported_on_one_line(pets: ServerProcess) -> None:
    key = env_of(pets.data_dir)["AWS_ACCESS_KEY_ID"]
    secret = "x" * 40
    for store, code in (
        (Store(endpoint=pets.url, access_key_id="AKIAAAAAAAAAAAAAAAAA", secret_access_key=secret), "InvalidAccessKeyId"),
        (Store(endpoint=pets.url, access_key_id=key, secret_access_key=secret), "SignatureDoesNotMatch"),
        (Store(endpoint=pets.url), "AccessDenied"),
    ):  # fmt: skip
        for records in (classes("s3://pets/m.manifest", store), Objects("s3://pets/im/", store=store)):
            with pytest.raises(StreamError) as failure:
                list(records)
            said = str(failure.value)
            assert said.startswith(records.uri) and f"the store at {pets.url} answered {code}: " in said
            assert "\n" not in said and secret not in said


def test_a_server_that_is_down_is_reported_on_one_line(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data").start()
    environment = env_of(server.data_dir)
    store = Store(
        endpoint=server.url,
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        retries=0,
    )
    server.stop()
    with pytest.raises(StreamError, match=rf"^s3://b/m: the store at {server.url} does not answer: ") as down:
        list(classes("s3://b/m", store))
    assert "\n" not in str(down.value)
