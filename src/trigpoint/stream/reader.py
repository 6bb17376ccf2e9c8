"""Records of an augmented manifest, or objects of a list, one after the other: shuffled, split, resumable.

The order of an epoch is a function of its number and the seed alone, so a position in it says everything.
"""

from __future__ import annotations

import copy
import os
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.records.manifest import BadLine, read_manifest_file
from trigpoint.remote.config import RemoteConfig
from trigpoint.stream.places import Places, base_of
from trigpoint.streaming.fetch import Fetch, FetchFailed, FetchOptions
from trigpoint.streaming.scan import compile_values
from trigpoint.streaming.select import Select, Selected, WholeObject
from trigpoint.streaming.shard import Shard
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup, ManifestLines
from trigpoint.streaming.stage import Large, Stage

MOST = 64
DEFAULT_OPTIONS = FetchOptions(threads=16, budget_bytes=128 << 20, large_bytes=4 << 20)
STATE_VERSION = 1


class StreamError(Invalid):
    """The data cannot be read: names the manifest, the line from 1, and the attribute where there is one.

    All records before it have been delivered; the state is that before it.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is known once the manifest or list has been read; of one process."""

    process: int
    source: ManifestLines | Keys
    places: Places


class Records(ABC):
    """Base of the readers: iterates the dictionaries of one epoch after the other.

    A pass that comes to its end moves on to the next epoch; one that was left begins anew, unless its state
    was kept: `state_dict()` is the place behind the last record that was delivered, and after
    `load_state_dict()` the next pass goes on there, once. One pass at a time.
    """

    def __init__(
        self,
        uri: str,
        *,
        shuffle_seed: int | None,
        shard: tuple[int, int],
        local: Mapping[str, str | os.PathLike[str]] | None,
        store: RemoteConfig | None,
        options: FetchOptions,
    ) -> None:
        index, count = shard
        if not 0 <= index < count:
            raise Invalid(
                f"shard=({index}, {count}) does not exist; the first number must be from 0 to the second - 1"
            )
        self.uri = uri
        self.shuffle_seed, self.shard = shuffle_seed, (index, count)
        self.options = options
        self._local = {begin: os.fspath(instead) for begin, instead in (local or {}).items()}
        self._store = store
        self._epoch = self._position = 0
        self._resuming = False
        self._opened: _Opened | None = None

    @property
    def epoch(self) -> int:
        """The number of the epoch that is being read, or comes next; from 0."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """The next pass reads this epoch from its beginning."""
        self._epoch, self._position, self._resuming = epoch, 0, False

    def __len__(self) -> int:
        """The records of an epoch in this shard; reads the manifest."""
        index, count = self.shard
        return max(0, -(-(len(self._open().source) - index) // count))

    def split(self, index: int, count: int) -> Records:
        """Part `index` of `count` of these records: the same class, a shard of this shard, at its beginning."""
        if not 0 <= index < count:
            raise Invalid(f"part {index} of {count} does not exist")
        if self._resuming and count > 1:
            raise Invalid(
                "a state that was taken from one reader cannot be divided over several; load it without workers "
                "of a DataLoader (num_workers=0), or use a loader that keeps a state for each worker"
            )
        part = copy.copy(self)
        mine, shards = self.shard
        part.shard = (mine + shards * index, shards * count)
        part._position = part._position if count == 1 else 0
        return part

    def state_dict(self) -> dict[str, Any]:
        """Where the reader stands: small and JSON-serializable."""
        return {
            "version": STATE_VERSION,
            "epoch": self._epoch,
            "position": self._position,
            "shuffle_seed": self.shuffle_seed,
            "shard": list(self.shard),
            "records": len(self._open().source),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The next pass goes on where the state was taken.

        Raises: Invalid: the state is that of a reader with another seed, shard or number of records.
        """
        here = self.state_dict()
        for name in ("version", "shuffle_seed", "shard", "records"):
            if state.get(name) != here[name]:
                raise Invalid(
                    f"the state was taken with {name}={state.get(name)!r}, this reader of {self.uri} has "
                    f"{here[name]!r}; resume with the same data and parameters, or begin with set_epoch()"
                )
        self._epoch, self._position, self._resuming = state["epoch"], state["position"], True

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (record for _, record in self.numbered())

    def numbered(self) -> Generator[tuple[int, dict[str, Any]], None, None]:
        """As iteration, with the number from 1 of each record's line, or place in the list.

        Raises: StreamError, in the place of the record concerned.
        """
        if not self._resuming:
            self._position = 0
        self._resuming = False
        return self._pass(self._epoch, self._position)

    def _pass(self, epoch: int, position: int) -> Generator[tuple[int, dict[str, Any]], None, None]:
        opened = self._open()
        fetch = Fetch(
            self._selected(opened, self._order(opened, epoch, position)), opened.places, self.options
        )
        try:
            while rows := fetch.take(MOST):
                for number, values in rows:
                    record = self._record(opened, number, values)
                    self._position += 1
                    yield number, record
        except (TrigpointError, OSError) as error:
            raise self._explained(error) from error
        finally:
            fetch.close()
        self._epoch, self._position = epoch + 1, 0

    def _order(self, opened: _Opened, epoch: int, position: int) -> Stage[int]:
        """The places of this shard in the epoch, from a position on."""
        index, count = self.shard
        shard = Shard(Order(len(opened.source), self.shuffle_seed, epoch), index, count)
        seen = 0 if position == 0 else (position - 1) * count + index + 1
        shard.set_state({"seen": seen, "parent": {"epoch": epoch, "position": seen}})
        return shard

    def _open(self) -> _Opened:
        """Reads the manifest or list; again in a child process, which cannot use its parent's connections."""
        if self._opened is None or self._opened.process != os.getpid():
            places = Places(base_of(self.uri), self._local, self._store)
            try:
                source = self._source(places)
                places.is_local = self._is_local(source, places)
            except (TrigpointError, OSError) as error:
                raise self._explained(error) from error
            self._opened = _Opened(os.getpid(), source, places)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r}, shuffle_seed={self.shuffle_seed}, shard={self.shard})"

    def failed(self, number: int, name: str, why: str) -> StreamError:
        """The error that stands for what is wrong with an attribute of a record."""
        return StreamError(f"{self.uri}, line {number}, attribute {name!r}: {why}", number)

    def _explained(self, error: Exception) -> StreamError:
        if isinstance(error, FetchFailed):
            return self.failed(error.number, self._name(error.place), error.why)
        if isinstance(error, BadLine):
            return StreamError(f"{self.uri}, line {error.number}: {error.why}", error.number)
        return StreamError(f"{self.uri}: {error}")

    @abstractmethod
    def _source(self, places: Places) -> ManifestLines | Keys: ...

    @abstractmethod
    def _is_local(self, source: Any, places: Places) -> bool: ...

    @abstractmethod
    def _selected(self, opened: Any, order: Stage[int]) -> Stage[Selected]: ...

    @abstractmethod
    def _record(self, opened: Any, number: int, values: list[Any]) -> dict[str, Any]: ...

    @abstractmethod
    def _name(self, place: int) -> str: ...


def _whole(value: Any) -> Any:
    if type(value) is Large:
        with value.file as file:
            return file.read()
    return value


class AugmentedManifest(Records):
    """The records of an augmented manifest: `attributes` by name, `-ref` attributes as the object's bytes,
    others as the JSON value that the line holds.

    uri:          s3://bucket/key, or a path. It is read once, at first use.
    shuffle_seed: every epoch in another order, the same in every run; None keeps the manifest's.
    shard:        (i, n): record i, i + n, ... of the epoch's order. Shards differ by at most one record.
    local:        {"s3://photos/": "/mnt/photos"}: beginnings of URIs that are read from a folder.
    store:        where s3:// is; None takes AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, ...
    options:      how much is read ahead.

    A relative `-ref`, or an absolute path, is a file: relative to the manifest.
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
    ) -> None:
        if isinstance(attributes, str) or not attributes:
            raise Invalid(
                f"attributes must be a list of names, like ['source-ref', 'class'], not {attributes!r}"
            )
        if len(set(attributes)) != len(attributes):
            raise Invalid(f"attributes names one twice: {list(attributes)}")
        super().__init__(
            os.fspath(uri), shuffle_seed=shuffle_seed, shard=shard, local=local, store=store, options=options
        )
        self.attributes = tuple(attributes)

    def _source(self, places: Places) -> ManifestLines:
        with places.open(self.uri) as manifest:
            return ManifestLines(manifest)

    def _is_local(self, source: ManifestLines, places: Places) -> bool:
        """By the first line; when that cannot be used, the pass will say so."""
        try:
            first = compile_values(self.attributes, places.locate)(source[0][1], 1) if len(source) else []
        except BadLine:
            return True
        return not any(getattr(value, "uri", "").startswith("s3://") for value in first)

    def _selected(self, opened: _Opened, order: Stage[int]) -> Stage[Selected]:
        assert isinstance(opened.source, ManifestLines)
        lines = Lookup(order, opened.source)
        return Select(lines, self.attributes, compile_values(self.attributes, opened.places.locate))

    def _record(self, opened: _Opened, number: int, values: list[Any]) -> dict[str, Any]:
        return dict(zip(self.attributes, map(_whole, values), strict=True))

    def _name(self, place: int) -> str:
        return self.attributes[place]


class Objects(Records):
    """The objects below a folder or an s3:// prefix, or of a classic ManifestFile: {"uri": ..., "content": ...}.

    uri: a folder, s3://bucket/prefix, or, with `manifest_file=True`, what lists them: a JSON array
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
    ) -> None:
        super().__init__(
            os.fspath(uri), shuffle_seed=shuffle_seed, shard=shard, local=local, store=store, options=options
        )
        self._manifest_file = manifest_file

    def _source(self, places: Places) -> Keys:
        if not self._manifest_file:
            where = places.locate(self.uri) if "://" in self.uri else str(Path(self.uri).absolute())
            return Keys(list(places.listing(where)))
        with places.open(self.uri) as file:
            return Keys([places.locate(uri) for uri in read_manifest_file(file.read()).uris])

    def _is_local(self, source: Keys, places: Places) -> bool:
        return not len(source) or not source[0][1].startswith("s3://")

    def _selected(self, opened: _Opened, order: Stage[int]) -> Stage[Selected]:
        assert isinstance(opened.source, Keys)
        return WholeObject(Lookup(order, opened.source))

    def _record(self, opened: _Opened, number: int, values: list[Any]) -> dict[str, Any]:
        return {"uri": opened.source[number - 1][1], "content": _whole(values[0])}

    def _name(self, place: int) -> str:
        return "content"
