"""A child that writes and deletes objects until it is killed, and prints what was acknowledged.

Each line it prints is `<key> <version>`, printed after the write of that version returned. Version -2 is a
deletion that begins, -1 one that returned. The number of a version determines its bytes and its content type.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore

BUCKET = "crash"
THREADS = 4
SIZES_BYTES = (0, 100, 100, 100, 5_000, 300_000)


def content(key: str, version: int) -> bytes:
    """The bytes of a version; many versions have the same size."""
    unit = f"{key} {version:08d}\n".encode()
    return (unit * 20_000)[: SIZES_BYTES[version % len(SIZES_BYTES)]]


def open_store(folder: Path) -> ObjectStore:
    """The store below `folder`, with its database in it."""
    return ObjectStore(Database(f"sqlite:///{folder / 'index.db'}"), folder / "objects", SystemClock())


def _write(store: ObjectStore, number: int, first_version: int) -> None:
    keys = [f"{number}/a/b.txt", f"{number}//odd", f"{number}/c"]
    version = first_version
    while True:
        key = random.choice(keys)
        if random.random() < 0.1:
            _say(key, -2)
            store.delete(BUCKET, key)
            _say(key, -1)
        else:
            store.put(BUCKET, key, content(key, version), content_type=f"version/{version}")
            _say(key, version)
        version += 1


def _say(key: str, version: int) -> None:
    sys.stdout.write(f"{key} {version}\n")  # one call per line, so that threads do not mix their lines
    sys.stdout.flush()


def main() -> None:
    store = open_store(Path(sys.argv[1]))
    for number in range(THREADS):
        threading.Thread(target=_write, args=(store, number, int(sys.argv[2]))).start()


if __name__ == "__main__":
    main()
