"""How does a stream read objects of our buckets: looked up by the batch, opened without a question each."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from trigpoint.core.errors import TrigpointError
from trigpoint.objects import ObjectStore
from trigpoint.streaming.reading import Opened


class BucketObjects(Opened):
    """A streaming.reading.Reader. Objects of remote buckets turn out to be slow, and then threads read them."""

    is_local = True

    def __init__(self, objects: ObjectStore) -> None:
        super().__init__(objects.open_uri)
        self._objects = objects

    def prepare(self, uris: Sequence[str]) -> None:
        """Looks up where the objects lie, all with one statement; what is wrong with one, reading it says."""
        with contextlib.suppress(TrigpointError, OSError):
            self._objects.prepare_uris(uris)
