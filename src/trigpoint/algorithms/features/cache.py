"""Feature vectors of images that were seen before, in a file that all trainings and model servers of a machine share.

The key is the SHA-256 of the image's bytes with that of the network, so that a changed image has other features. When the
file has MOST_VECTORS, the oldest are removed. A file that is damaged or locked for long only costs time: the features
are computed again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trigpoint.algorithms.common.harness import logger

Vector = np.ndarray[Any, np.dtype[np.float32]]

FOLDER_VARIABLE = "TRIGPOINT_FEATURES"
"""The environment variable with the folder of the cache; nothing is kept without it."""

MOST_VECTORS = 200_000
"""About half a gigabyte of vectors of 1,280 numbers in half precision."""

_READ_TOGETHER = 500
_LOCK_S = 10.0


def key_of(image: bytes, network: str) -> bytes:
    """The key of an image's features. Args: network: the SHA-256 of the network, in hexadecimal digits."""
    return hashlib.sha256(network.encode() + hashlib.sha256(image).digest()).digest()


class FeatureCache:
    """The cache in a folder. Without a folder it is empty and stays so."""

    def __init__(self, folder: Path | None, most: int = MOST_VECTORS) -> None:
        self._path = None if folder is None else folder / "features.sqlite"
        self._most = most

    @classmethod
    def of_environment(cls) -> FeatureCache:
        """The cache of this machine."""
        folder = os.environ.get(FOLDER_VARIABLE, "").strip()
        return cls(Path(folder) if folder else None)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The vectors that are known, by key."""
        found: dict[bytes, Vector] = {}
        for start in range(0, len(keys), _READ_TOGETHER):
            part = keys[start : start + _READ_TOGETHER]
            marks = ",".join("?" * len(part))
            for key, value in self._run(f"SELECT key, vector FROM features WHERE key IN ({marks})", part):
                found[key] = np.frombuffer(value, np.float16).astype(np.float32)
        return found

    def put(self, vectors: Mapping[bytes, Vector]) -> None:
        """Adds vectors, and removes the oldest where there are too many."""
        if not vectors or self._path is None:
            return
        rows = [(key, vector.astype(np.float16).tobytes()) for key, vector in vectors.items()]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as connection:
                connection.executemany("INSERT OR IGNORE INTO features (key, vector) VALUES (?, ?)", rows)
                connection.execute(
                    "DELETE FROM features WHERE number <= (SELECT max(number) FROM features) - ?",
                    (self._most,),
                )
        except (sqlite3.Error, OSError) as error:
            logger.warning("The features are not kept in %s: %s", self._path, error)

    def _run(self, query: str, values: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        if self._path is None or not self._path.exists():
            return []
        try:
            with self._open() as connection:
                return connection.execute(query, list(values)).fetchall()
        except sqlite3.Error as error:
            logger.warning("The kept features in %s cannot be read: %s", self._path, error)
            return []

    def _open(self) -> sqlite3.Connection:
        assert self._path is not None
        connection = sqlite3.connect(self._path, timeout=_LOCK_S)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")  # what a crash loses is computed again
        connection.execute(
            "CREATE TABLE IF NOT EXISTS features "
            "(number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL)"
        )
        return connection
