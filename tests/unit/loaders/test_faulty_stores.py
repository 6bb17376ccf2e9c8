"""Stores that fail: temporary faults are retried, permanent ones reported, versions of objects never mixed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.faulty_store import (
    Fault,
    FaultyStore,
    answers,
    answers_with_a_page,
    dribbles,
    ends_too_early,
    faulty_store,
    resets_in_the_middle,
    then,
)
from trigpoint.stream import AugmentedManifest, FetchOptions, Objects, Store, StreamError

SMALL, LARGE = 50_000, 6_000_000
SERVED: Fault = lambda handler, data: False  # noqa: E731


@pytest.fixture
def store() -> Iterator[FaultyStore]:
    with faulty_store() as store:
        yield store


def content(number: int, size: int) -> bytes:
    return bytes([65 + number]) * size


def reader(store: FaultyStore, folder: Path, size: int = SMALL) -> AugmentedManifest:
    """Four objects; the third has the faults. Large objects are fetched in pieces of 4 MiB."""
    store.objects = {f"b/{number}": content(number, size) for number in range(4)}
    lines = [json.dumps({"source-ref": f"s3://b/{number}"}) for number in range(4)]
    (folder / "m").write_text("\n".join(lines))
    return AugmentedManifest(
        folder / "m",
        ["source-ref"],
        store=Store(endpoint=store.url, retries=0, read_timeout_s=1.0),
        options=FetchOptions(threads=2, tries=3, first_delay_s=0.005, large_bytes=1_000_000),
    )


PASSING: dict[str, list[Fault]] = {
    "500 twice": [answers(500, "InternalError")] * 2,
    "503": [answers(503, "SlowDown")],
    "reset in the middle": [resets_in_the_middle],
    "cut off": [ends_too_early, ends_too_early],
    "a slow body": [dribbles(8, 0.15)],
    "a body that stalls": [dribbles(2, 1.5)],
}


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING.keys())
def test_a_temporary_fault_is_retried_without_an_error(
    store: FaultyStore, tmp_path: Path, faults: list[Fault]
) -> None:
    records = reader(store, tmp_path)
    store.faults["b/2"] = list(faults)
    assert [record["source-ref"] for record in records] == [content(number, SMALL) for number in range(4)]
    assert not store.faults["b/2"]


@pytest.mark.parametrize("fault", [answers(500, "InternalError"), resets_in_the_middle, ends_too_early])
def test_a_large_object_continues_where_it_was_interrupted(
    store: FaultyStore, tmp_path: Path, fault: Fault
) -> None:
    records = reader(store, tmp_path, LARGE)
    store.faults["b/2"] = [SERVED, SERVED, fault]  # the size, the first piece, the second piece
    assert [record["source-ref"] for record in records] == [content(number, LARGE) for number in range(4)]
    assert store.asked["b/2"] == 4


STAYING: dict[str, tuple[Fault, str, int]] = {
    "500": (answers(500, "InternalError", "we are sorry"), "the store at URL answered InternalError: we are sorry (tried 3 times)", 3),
    "reset": (resets_in_the_middle, "the store at URL does not answer: ", 3),
    "cut off": (ends_too_early, "the store at URL does not answer: ", 3),
    "forbidden": (answers(403, "AccessDenied", "not yours"), "the store at URL answered AccessDenied: not yours", 1),
    "wrong keys": (answers(403, "InvalidAccessKeyId", "unknown"), "the store at URL answered InvalidAccessKeyId: unknown", 1),
    "no bucket": (answers(404, "NoSuchBucket", "no such"), "the store at URL answered NoSuchBucket: no such", 1),
    "vanished": (answers(404, "NoSuchKey", "gone"), "the store at URL answered NoSuchKey: gone", 1),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "why", "tries"), STAYING.values(), ids=STAYING.keys())
def test_a_permanent_fault_is_reported_with_line_attribute_and_uri(
    store: FaultyStore, tmp_path: Path, fault: Fault, why: str, tries: int
) -> None:
    records, seen = reader(store, tmp_path), []
    store.faults["b/2"] = [fault] * 9
    with pytest.raises(StreamError) as failure:
        for record in records:
            seen.append(record["source-ref"][:1])
    said = str(failure.value)
    wanted = f"{tmp_path}/m, line 3, attribute 'source-ref': cannot read s3://b/2: "
    assert said.startswith(wanted + why.replace("URL", store.url)), said
    assert "\n" not in said and seen == [b"A", b"B"]
    assert store.asked["b/2"] == tries
    assert records.state_dict()["position"] == 2, "a resumed reader meets the fault again"


def test_a_plain_web_server_is_read_and_its_refusals_are_reported_on_one_line(
    store: FaultyStore, tmp_path: Path
) -> None:
    records = reader(store, tmp_path)
    store.faults["b/2"] = [answers_with_a_page(404)]
    with pytest.raises(StreamError) as failure:
        list(records)
    assert str(failure.value) == (
        f"{tmp_path}/m, line 3, attribute 'source-ref': cannot read s3://b/2: "
        f"the store at {store.url} answered 404: Not Found"
    )
    store.faults["b"] = [answers_with_a_page(404)]  # it cannot list objects
    with pytest.raises(StreamError) as failure:
        list(Objects("s3://b/p/", store=Store(endpoint=store.url, retries=0)))
    assert str(failure.value).startswith(f"s3://b/p/: s3://b/: the store at {store.url} answered 404")


CHANGES: dict[str, tuple[Callable[[FaultyStore], object], str]] = {
    "replaced": (lambda store: store.objects.update({"b/2": b"z" * LARGE}), "the object was replaced while it was read; read it again"),
    "removed": (lambda store: store.objects.pop("b/2"), "the store at URL answered NoSuchKey: The specified key does not exist."),
}  # fmt: skip


@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES.keys())
def test_a_large_object_that_changes_while_it_is_read_is_an_error(
    store: FaultyStore, tmp_path: Path, change: Callable[[FaultyStore], object], why: str
) -> None:
    records = reader(store, tmp_path, LARGE)
    store.faults["b/2"] = [SERVED, then(lambda: change(store))]
    with pytest.raises(StreamError) as failure:
        list(records)
    wanted = f"{tmp_path}/m, line 3, attribute 'source-ref': cannot read s3://b/2: "
    assert str(failure.value) == wanted + why.replace("URL", store.url)


def test_an_object_that_is_replaced_before_it_is_read_is_read_in_its_new_version(
    store: FaultyStore, tmp_path: Path
) -> None:
    records = reader(store, tmp_path)
    assert len(records) == 4
    store.objects["b/2"] = b"new"
    assert [record["source-ref"] for record in records][2] == b"new"


def test_an_endpoint_that_is_down_is_reported_on_one_line(store: FaultyStore, tmp_path: Path) -> None:
    nowhere = Store(endpoint="http://127.0.0.1:9", retries=0)
    for records, uri in (
        (AugmentedManifest("s3://b/m", ["source-ref"], store=nowhere), "s3://b/m"),
        (Objects("s3://b/p/", store=nowhere), "s3://b/p/: s3://b"),
        (Objects("s3://b/m", manifest_file=True, store=nowhere), "s3://b/m"),
    ):
        with pytest.raises(
            StreamError, match=rf"^{uri}/?: the store at http://127.0.0.1:9 does not answer"
        ) as failure:
            list(records)
        assert "\n" not in str(failure.value)


def test_a_manifest_that_is_read_in_pieces_is_complete_and_of_one_version(
    store: FaultyStore, tmp_path: Path
) -> None:
    """Manifests above 4 MiB are not held in memory."""
    lines = [b'{"class":%d,"text":"%s"}\n' % (number, b"x" * 1000) for number in range(6000)]
    store.objects["b/m"] = b"".join(lines)
    where = Store(endpoint=store.url, retries=0)
    store.faults["b/m"] = [SERVED, SERVED, resets_in_the_middle]
    records = AugmentedManifest("s3://b/m", ["class"], store=where)
    assert [record["class"] for record in records] == list(range(6000))
    store.faults["b/m"] = [SERVED, then(lambda: store.objects.update({"b/m": b"{}\n" * 2_000_000}))]
    with pytest.raises(StreamError, match=r"^s3://b/m: the object was replaced while it was read"):
        list(AugmentedManifest("s3://b/m", ["class"], store=where))
