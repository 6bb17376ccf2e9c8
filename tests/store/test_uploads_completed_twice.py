"""When two processes complete the same upload, it becomes one object and both get the same response."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import NamedPart, ObjectInfo, ObjectStore, WriteCondition
from trigpoint.objects.errors import InvalidPart, NoSuchUpload

B, KEY = "twice", "a/x"
FIRST, LAST = b"1" * (5 << 20), b"2"


@pytest.fixture
def two(database: Database, tmp_path: Path) -> list[ObjectStore]:
    """Two stores on the same database and folder, as in two server processes."""
    stores = [ObjectStore(database, tmp_path / "objects", SystemClock()) for _ in range(2)]
    stores[0].create_bucket(B)
    return stores


def uploaded(store: ObjectStore) -> tuple[str, list[NamedPart]]:
    upload = store.create_upload(B, KEY)
    parts = [store.upload_part(B, KEY, upload.id, n, data) for n, data in ((1, FIRST), (2, LAST))]
    return upload.id, [NamedPart(part.part_number, part.etag) for part in parts]


@pytest.mark.parametrize("condition", [WriteCondition(), WriteCondition(if_absent=True)])
def test_both_processes_get_the_same_response_and_one_object_is_created(
    two: list[ObjectStore], condition: WriteCondition
) -> None:
    upload_id, named = uploaded(two[0])
    ready = threading.Barrier(2)

    def complete(store: ObjectStore) -> ObjectInfo:
        ready.wait(30)
        return store.complete_upload(B, KEY, upload_id, named, condition=condition)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(complete, two)
    assert first == second == two[0].head(B, KEY)
    assert two[0].get(B, KEY) == FIRST + LAST
    assert two[1].complete_upload(B, KEY, upload_id, named) == first


def test_a_part_uploaded_again_with_the_same_content_is_accepted(
    two: list[ObjectStore],
) -> None:
    upload_id, named = uploaded(two[0])
    two[1].upload_part(B, KEY, upload_id, 1, FIRST)
    two[0].complete_upload(B, KEY, upload_id, named)
    assert two[1].get(B, KEY) == FIRST + LAST


def test_a_part_uploaded_again_with_different_content_is_refused(two: list[ObjectStore]) -> None:
    upload_id, named = uploaded(two[0])
    two[1].upload_part(B, KEY, upload_id, 2, b"3")
    with pytest.raises(InvalidPart, match="part 2"):
        two[0].complete_upload(B, KEY, upload_id, named)
    assert len(two[0].list_parts(B, KEY, upload_id)) == 2, "the upload continues"


def test_an_upload_whose_object_was_replaced_does_not_exist(two: list[ObjectStore]) -> None:
    upload_id, named = uploaded(two[0])
    two[0].complete_upload(B, KEY, upload_id, named)
    two[1].put(B, KEY, b"later")
    with pytest.raises(NoSuchUpload):
        two[0].complete_upload(B, KEY, upload_id, named)
    assert two[0].get(B, KEY) == b"later"
