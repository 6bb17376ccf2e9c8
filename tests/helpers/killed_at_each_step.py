"""Kills a program that changes an object before its first step, its second, and so on, until it completes.

A step is whatever another process, or the same one after a restart, could see half of: an operation on a file
or folder, a statement to the database, a commit. Each attempt has its own folder, named by its number: a copy
of the one that `prepare` filled.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import event

from helpers.object_writer import BUCKET, open_store
from trigpoint.objects import NamedPart, ObjectStore

KEY = "a/x"
BEFORE, AFTER = b"before " * 1000, b"AFTER! " * 1000
PARTS = (b"1" * (5 << 20), b"2" * 1000)
PART_AGAIN = b"!" * (5 << 20)
MOST_STEPS = 200

_FILE_EVENTS = frozenset(
    ["open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"]
)


def prepare(folder: Path, scenario: str) -> None:
    """Creates the initial state. The file `upload` holds the id of the upload, if the scenario has one."""
    (folder / "upload").touch()
    store = open_store(folder)
    store._database.create_all()
    store.create_bucket(BUCKET)
    if not scenario.startswith("new "):
        store.put(BUCKET, KEY, BEFORE, content_type="before/before")
    if "upload" not in scenario and "part" not in scenario:
        return
    kind = {"checksum_algorithm": "CRC32", "checksum_type": "FULL_OBJECT"} if "checked" in scenario else {}
    upload = store.create_upload(BUCKET, KEY, content_type="after/after", **kind)
    for number, data in enumerate(PARTS, 1):
        store.upload_part(BUCKET, KEY, upload.id, number, data)
    (folder / "upload").write_text(upload.id)


def named_parts(store: ObjectStore, upload_id: str) -> list[NamedPart]:
    return [NamedPart(part.part_number, part.etag) for part in store.list_parts(BUCKET, KEY, upload_id)]


def _put(store: ObjectStore, _: str) -> None:
    store.put(BUCKET, KEY, AFTER, content_type="after/after")


def _delete(store: ObjectStore, _: str) -> None:
    store.delete(BUCKET, KEY)


def _part(store: ObjectStore, upload_id: str) -> None:
    store.upload_part(BUCKET, KEY, upload_id, 1, PART_AGAIN)


def _complete(store: ObjectStore, upload_id: str) -> None:
    store.complete_upload(BUCKET, KEY, upload_id, named_parts(store, upload_id))


def _abort(store: ObjectStore, upload_id: str) -> None:
    store.abort_upload(BUCKET, KEY, upload_id)


SCENARIOS: dict[str, Callable[[ObjectStore, str], None]] = {
    "new put": _put,
    "put": _put,
    "delete": _delete,
    "part again": _part,
    "new upload completed": _complete,
    "upload completed": _complete,
    "checked upload completed": _complete,
    "upload aborted": _abort,
}


def _kill_before(step: int, store: ObjectStore) -> None:
    """Counts this process's steps from now on, and kills it before the given one."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda name, _: count() if name in _FILE_EVENTS else None)
    engine = store._database.engine
    engine.dispose()  # the hooks apply to connections made from now on
    event.listen(engine, "connect", lambda raw, _: raw.set_trace_callback(lambda statement: count()))


def _comes_to_its_end(program: Callable[[], None]) -> bool:
    """Runs the program in a child. Returns whether it completed."""
    child = os.fork()
    if child == 0:
        try:
            program()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"the program failed by itself: {status}"
    return not os.WIFSIGNALED(status)


def _attempt(folder: Path, scenario: str, step: int) -> None:
    store, upload_id = open_store(folder), (folder / "upload").read_text()
    _kill_before(step, store)
    SCENARIOS[scenario](store, upload_id)


def main() -> None:
    root, beginning, scenario = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    beginning.mkdir()
    _comes_to_its_end(partial(prepare, beginning, scenario))
    for step in range(1, MOST_STEPS):
        folder = root / str(step)
        shutil.copytree(beginning, folder)  # with the files' times, by which the store knows them
        if _comes_to_its_end(partial(_attempt, folder, scenario, step)):
            return
    raise SystemExit(f"{scenario} did not come to its end within {MOST_STEPS} steps")


if __name__ == "__main__":
    main()
