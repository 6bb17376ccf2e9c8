"""A cachetools cache that threads share."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

from cachetools import Cache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedCache(Generic[K, V]):
    """A cache of cachetools with a lock, because a read changes such a cache too."""

    def __init__(self, cache: Cache[K, V]) -> None:
        self._cache = cache
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value; None when there is none."""
        with self._lock:
            value: V | None = self._cache.get(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Sets the value; others are dropped when the cache is full."""
        with self._lock:
            self._cache[key] = value

    def drop(self, key: K) -> None:
        """Removes the value, if there is one."""
        with self._lock:
            self._cache.pop(key, None)
