"""Small objects are fetched completely, for others the size is returned, with and without support of ranges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.faulty_store import FaultyStore, answers, faulty_store
from trigpoint.remote import RemoteConfig, RemoteNotFound, RemoteStore, RemoteUnavailable
from trigpoint.remote.fetch import ObjectSize

LIMIT_BYTES = 1000
SIZES = {"empty": 0, "one": 1, "small": 999, "limit": 1000, "above": 1001, "large": 5000}


@pytest.fixture
def store() -> Iterator[FaultyStore]:
    with faulty_store() as running:
        running.objects = {f"b/{name}": bytes(size) for name, size in SIZES.items()}
        yield running


@pytest.fixture
def remote(store: FaultyStore) -> RemoteStore:
    return RemoteStore(RemoteConfig(store.url, retries=0), "b")


@pytest.mark.parametrize("has_ranges", [True, False])
@pytest.mark.parametrize("order", [list(SIZES), list(SIZES)[::-1], ["large", "small"] * 3])
def test_an_object_is_fetched_up_to_the_limit_and_above_it_only_its_size(
    store: FaultyStore, remote: RemoteStore, has_ranges: bool, order: list[str]
) -> None:
    store.has_ranges = has_ranges
    for name in order:
        found = remote.fetch_up_to(name, LIMIT_BYTES)
        if SIZES[name] <= LIMIT_BYTES:
            assert found == store.objects[f"b/{name}"], name
        else:
            assert isinstance(found, ObjectSize) and found.size_bytes == SIZES[name]
            assert found.etag.startswith('"')


def test_small_objects_take_one_request_each_and_so_do_large_ones_after_the_first(
    store: FaultyStore, remote: RemoteStore
) -> None:
    for name in ("small", "one", "above", "large", "above", "small", "limit"):
        remote.fetch_up_to(name, LIMIT_BYTES)
    assert store.asked == {"b/small": 2, "b/one": 1, "b/above": 3, "b/large": 1, "b/limit": 1}


def test_a_range_is_requested_only_once_from_a_store_without_ranges(
    store: FaultyStore, remote: RemoteStore
) -> None:
    store.has_ranges = False
    for _ in range(3):
        remote.fetch_up_to("small", LIMIT_BYTES)
    assert store.asked == {"b/small": 4}


def test_an_empty_object_does_not_disable_ranges(store: FaultyStore, remote: RemoteStore) -> None:
    for name in ("empty", "small", "one"):
        remote.fetch_up_to(name, LIMIT_BYTES)
    assert store.asked == {"b/empty": 2, "b/small": 1, "b/one": 1}


def test_a_failure_of_the_first_request_is_raised(store: FaultyStore, remote: RemoteStore) -> None:
    with pytest.raises(RemoteNotFound, match="NoSuchKey"):
        remote.fetch_up_to("gone", LIMIT_BYTES)
    store.faults["b/small"] = [answers(503, "SlowDown")]
    with pytest.raises(RemoteUnavailable, match="SlowDown"):
        remote.fetch_up_to("small", LIMIT_BYTES)
    assert store.asked == {"b/gone": 1, "b/small": 1}
