"""Reads objects of our buckets for a stream: looks them up in batches, so that each is opened without a query."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from trigpoint.core.errors import TrigpointError
from trigpoint.door.objects import InstanceObjects
from trigpoint.streaming.reading import OpenedObjects


class BucketObjects(OpenedObjects):
    """A streaming.reading.Reader. Objects of remote buckets are slow, so threads read them."""

    is_local = True

    def __init__(self, objects: InstanceObjects) -> None:
        super().__init__(objects.open_uri)
        self._objects = objects

    def prepare(self, uris: Sequence[str]) -> None:
        """Looks up all the objects with one statement. Errors are raised when an object is read."""
        with contextlib.suppress(TrigpointError, OSError):
            self._objects.prepare_uris(uris)
