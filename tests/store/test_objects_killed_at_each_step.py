"""A write to the object store that is killed at any step happened completely or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import killed_at_each_step
from helpers.killed_at_each_step import AFTER, BEFORE, KEY, PART_AGAIN, PARTS, named_parts
from helpers.object_writer import BUCKET, open_store
from trigpoint.objects import ObjectStore, layout
from trigpoint.objects.errors import NoSuchKey, NoSuchUpload

WHOLE = b"".join(PARTS)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of the attempts. They need some hundred MB, so it is deleted after the test."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def attempts(folder: Path, scenario: str) -> list[tuple[ObjectStore, str]]:
    """A restarted store and its upload id for each killed attempt. The last attempt was not killed."""
    killed = folder / "killed"
    program = [sys.executable, killed_at_each_step.__file__, str(killed), str(folder / "beginning"), scenario]
    paths = os.pathsep.join([str(Path(killed_at_each_step.__file__).parents[1]), *filter(None, sys.path)])
    done = subprocess.run(program, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    folders = sorted(killed.iterdir(), key=lambda each: int(each.name))
    assert len(folders) > 5, "there are more steps than that"
    stores = []
    for each in folders:
        store = open_store(each)
        stores.append((store, (each / "upload").read_text()))
    return stores


def content(store: ObjectStore) -> bytes | None:
    """The content of the object, or None. Checks that the attributes match the content."""
    try:
        opened = store.open_object(BUCKET, KEY)
    except NoSuchKey:
        assert store.list(BUCKET).objects == []
        return None
    with opened.file:
        data = opened.file.read()
    assert store.list(BUCKET).objects == [opened.info] == [store.head(BUCKET, KEY)]
    assert opened.info.size_bytes == len(data)
    assert opened.info.content_type == ("before/before" if data == BEFORE else "after/after")
    if "-" not in opened.info.etag:
        assert opened.info.etag == hashlib.md5(data, usedforsecurity=False).hexdigest()
    return data


def assert_tidy_and_usable(store: ObjectStore, *, uploads: list[str]) -> None:
    """Removes the leftovers of a kill; checks that no temporary file remains and that the key can be written."""
    kept = content(store)
    store.remove_leftovers()
    folder = store._local.folder(BUCKET)
    assert content(store) == kept
    for aside in (layout.staging_folder(folder), layout.undo_folder(folder)):
        assert not aside.exists() or not list(aside.iterdir())
    parts = layout.uploads_folder(folder)
    assert [path.name for path in parts.iterdir()] == uploads if parts.exists() else not uploads
    store.put(BUCKET, KEY, b"afterwards", content_type="after/after")
    assert content(store) == b"afterwards"
    store.delete(BUCKET, KEY)
    assert content(store) is None


@pytest.mark.parametrize(
    ("scenario", "before", "after"),
    [("new put", None, AFTER), ("put", BEFORE, AFTER), ("delete", BEFORE, None)],
)
def test_a_killed_put_or_delete_happened_completely_or_not_at_all(
    folder: Path, scenario: str, before: bytes | None, after: bytes | None
) -> None:
    found = []
    for store, _ in attempts(folder, scenario):
        found.append(content(store))
        assert_tidy_and_usable(store, uploads=[])
    changed = found.index(after)
    assert changed > 0 and set(found[:changed]) == {before} and set(found[changed:]) == {after}


def test_a_killed_part_upload_leaves_the_old_or_the_new_part(folder: Path) -> None:
    found = []
    for store, upload_id in attempts(folder, "part again"):
        store.complete_upload(BUCKET, KEY, upload_id, named_parts(store, upload_id))
        found.append(content(store))
        assert_tidy_and_usable(store, uploads=[])
    old, new = WHOLE, PART_AGAIN + PARTS[1]
    changed = found.index(new)
    assert changed > 0 and set(found[:changed]) == {old} and set(found[changed:]) == {new}


@pytest.mark.parametrize(
    ("scenario", "before"),
    [("new upload completed", None), ("upload completed", BEFORE), ("checked upload completed", BEFORE)],
)
def test_an_upload_can_be_completed_after_its_completion_is_killed(
    folder: Path, scenario: str, before: bytes | None
) -> None:
    found, named = [], []
    for store, upload_id in attempts(folder, scenario):
        found.append(content(store))
        if found[-1] == before:
            named = named_parts(store, upload_id)
        info = store.complete_upload(BUCKET, KEY, upload_id, named)
        assert content(store) == WHOLE and info == store.head(BUCKET, KEY)
        assert info.etag.endswith("-2")
        with pytest.raises(NoSuchUpload):
            store.find_upload(BUCKET, KEY, upload_id)
        assert_tidy_and_usable(store, uploads=[])
    changed = found.index(WHOLE)
    assert changed > 0 and set(found[:changed]) == {before} and set(found[changed:]) == {WHOLE}


def test_an_upload_whose_abortion_is_killed_is_aborted_or_can_be_completed(folder: Path) -> None:
    aborted = []
    for store, upload_id in attempts(folder, "upload aborted"):
        assert content(store) == BEFORE
        try:
            store.complete_upload(BUCKET, KEY, upload_id, named_parts(store, upload_id))
        except NoSuchUpload:
            aborted.append(True)
            assert content(store) == BEFORE
        else:
            aborted.append(False)
            assert content(store) == WHOLE
        assert_tidy_and_usable(store, uploads=[])
    assert aborted == sorted(aborted) and not aborted[0] and aborted[-1]
