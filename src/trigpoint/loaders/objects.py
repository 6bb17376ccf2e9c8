"""The objects of a folder, a prefix or a manifest file, for training loops."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigpoint.loaders.locations import Locations
from trigpoint.loaders.records import DEFAULT_OPTIONS, LARGEST_BYTES, OpenedRecords, Records, StreamError
from trigpoint.records.manifest.manifest_file import read_manifest_file
from trigpoint.remote.config import RemoteConfig
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.select import Selected, WholeObject
from trigpoint.streaming.source import Keys, Lookup
from trigpoint.streaming.stage import Stage


class Objects(Records):
    """The objects below a folder or an s3:// prefix, or of a classic ManifestFile: {"uri": ..., "content": ...}.

    uri: a folder or s3://bucket/prefix; with `manifest_file=True` the file that lists them, a JSON array
         [{"prefix": "s3://..."}, "key", ...]. The other parameters are those of AugmentedManifest.
    """

    def __init__(
        self,
        uri: str | os.PathLike[str],
        *,
        manifest_file: bool = False,
        shuffle_seed: int | None = None,
        shard: tuple[int, int] = (0, 1),
        local: Mapping[str, str | os.PathLike[str]] | None = None,
        store: RemoteConfig | None = None,
        options: FetchOptions = DEFAULT_OPTIONS,
        largest_bytes: int = LARGEST_BYTES,
    ) -> None:
        super().__init__(
            os.fspath(uri),
            shuffle_seed=shuffle_seed,
            shard=shard,
            local=local,
            store=store,
            options=options,
            largest_bytes=largest_bytes,
        )
        self._manifest_file = manifest_file

    _nothing_there = "there are no objects"

    def failed(self, number: int, name: str, why: str) -> StreamError:
        place = f"entry {number + 1}" if self._manifest_file else f"object {number}"
        return StreamError(f"{self.uri}, {place}: {why}", number)

    def _source(self, locations: Locations) -> Keys:
        if not self._manifest_file:
            where = locations.locate(self.uri) if "://" in self.uri else str(Path(self.uri).absolute())
            return Keys(list(locations.listing(where)))
        with locations.open(self.uri) as file:
            return Keys([locations.locate(uri) for uri in read_manifest_file(file.read()).uris])

    def _is_local(self, source: Keys, locations: Locations) -> bool:
        return not source[0][1].startswith("s3://")

    def _selected(self, opened: OpenedRecords, order: Stage[int]) -> Stage[Selected]:
        assert isinstance(opened.source, Keys)
        return WholeObject(Lookup(order, opened.source))

    def _record(self, opened: OpenedRecords, number: int, values: list[Any]) -> dict[str, Any]:
        return {"uri": opened.source[number - 1][1], "content": self._whole(number, "content", values[0])}

    def _name(self, place: int) -> str:
        return "content"
