"""The records of an augmented manifest, for training loops."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.loaders.locations import Locations
from trigpoint.loaders.records import DEFAULT_OPTIONS, LARGEST_BYTES, OpenedRecords, Records
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.selection import compile_values
from trigpoint.remote.config import RemoteConfig
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.select import Select, Selected
from trigpoint.streaming.source import Lookup, ManifestLines
from trigpoint.streaming.stage import Large, Stage


class AugmentedManifest(Records):
    """The records of an augmented manifest: `attributes` by name, `-ref` attributes as the object's bytes,
    others as the JSON value of the line.

    uri:           s3://bucket/key, or a path. It is read once, at first use.
    shuffle_seed:  every epoch has another order, the same in every run; None keeps the manifest's order.
    shard:         (i, n): records i, i + n, ... of the epoch's order. Shards differ by at most one record.
    local:         {"s3://photos/": "/mnt/photos"}: prefixes of URIs, and the folders to read instead.
    store:         the store of s3:// URIs; None takes AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, ...
    options:       how much is read ahead.
    largest_bytes: a larger object is an error, because records are held in memory.

    A `-ref` that is a path is a file; a relative path is relative to the manifest.
    """

    def __init__(
        self,
        uri: str | os.PathLike[str],
        attributes: Sequence[str],
        *,
        shuffle_seed: int | None = None,
        shard: tuple[int, int] = (0, 1),
        local: Mapping[str, str | os.PathLike[str]] | None = None,
        store: RemoteConfig | None = None,
        options: FetchOptions = DEFAULT_OPTIONS,
        largest_bytes: int = LARGEST_BYTES,
    ) -> None:
        if isinstance(attributes, str) or not attributes:
            raise Invalid(
                f"attributes must be a list of names, like ['source-ref', 'class'], not {attributes!r}"
            )
        if len(set(attributes)) != len(attributes):
            raise Invalid(f"attributes has a name twice: {list(attributes)}; remove one")
        super().__init__(
            os.fspath(uri),
            shuffle_seed=shuffle_seed,
            shard=shard,
            local=local,
            store=store,
            options=options,
            largest_bytes=largest_bytes,
        )
        self.attributes = tuple(attributes)

    _nothing_there = "the manifest is empty: it has no lines"

    def _source(self, locations: Locations) -> ManifestLines:
        with locations.open(self.uri) as manifest:
            return ManifestLines(manifest)

    def _is_local(self, source: ManifestLines, locations: Locations) -> bool:
        """Judged by the first line; when that line is bad, the pass will report it."""
        try:
            first = compile_values(self.attributes, locations.locate_object)(source[0][1], 1)
        except BadLine:
            return True
        return not any(getattr(value, "uri", "").startswith("s3://") for value in first)

    def _selected(self, opened: OpenedRecords, order: Stage[int]) -> Stage[Selected]:
        assert isinstance(opened.source, ManifestLines)
        lines = Lookup(order, opened.source)
        return Select(lines, self.attributes, compile_values(self.attributes, opened.locations.locate_object))

    def _record(self, opened: OpenedRecords, number: int, values: list[Any]) -> dict[str, Any]:
        record = dict(zip(self.attributes, values, strict=True))
        if Large in map(type, values):
            return {name: self._whole(number, name, value) for name, value in record.items()}
        return record

    def _name(self, place: int) -> str:
        return self.attributes[place]
