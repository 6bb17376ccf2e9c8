"""The base of the readers: records one after the other, shuffled, split and resumable.

The order of an epoch depends only on its number and the seed, so its number and a position in it are the whole
state.
"""

from __future__ import annotations

import copy
import os
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.loaders.locations import Locations, base_of
from trigpoint.records.manifest.lines import BadLine
from trigpoint.remote.config import RemoteConfig
from trigpoint.streaming.batch_reader import FetchFailed
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.select import Selected
from trigpoint.streaming.shard import Blocks, Shard
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, ManifestLines
from trigpoint.streaming.stage import Large, Row, Stage, close_files

MOST = 64
DEFAULT_OPTIONS = FetchOptions(threads=16, budget_bytes=128 << 20, large_bytes=4 << 20)
LARGEST_BYTES = 256 << 20
STATE_VERSION = 2


class StreamError(Invalid):
    """The data cannot be read: names the manifest, the line from 1, and the attribute where there is one.

    All records before it have been delivered; the state is the one before it.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class OpenedRecords:
    """The manifest or list after it was read, for one process."""

    process: int
    source: ManifestLines | Keys
    locations: Locations


class Records(ABC):
    """Base of the readers: iterates the dictionaries of one epoch after the other.

    A pass that reaches its end moves on to the next epoch; a pass that was left starts again from the beginning of
    its epoch, unless its state was kept: `state_dict()` is the position after the last record that was delivered,
    and after `load_state_dict()` the next pass continues there, once. Only one pass may run at a time.

    A state is a position in the epoch's order of all shards together: after as many records of each shard as this
    one has delivered. So the state of one rank is valid for all ranks, and for any other number of ranks, provided
    that all have delivered the same number of records, as ranks do that run in step.
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
        largest_bytes: int,
    ) -> None:
        index, count = shard
        if not 0 <= index < count:
            raise Invalid(
                f"shard=({index}, {count}) does not exist; the first number must be from 0 to the second - 1"
            )
        self.uri = uri
        self.shuffle_seed, self.shard = shuffle_seed, (index, count)
        self.options, self.largest_bytes = options, largest_bytes
        self._local = {begin: os.fspath(instead) for begin, instead in (local or {}).items()}
        self._store = store
        self._blocks = (0, 1, 1)  # of a DataLoader worker: its number, how many there are, records per block
        self._epoch = 0
        self._began = self._delivered = (
            0  # a place in the order, and how many records of this part since then
        )
        self._resuming = False
        self._opened: OpenedRecords | None = None

    @property
    def epoch(self) -> int:
        """The number, from 0, of the epoch that is being read or comes next."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Lets the next pass read this epoch from its beginning."""
        self._epoch, self._began, self._delivered, self._resuming = epoch, 0, 0, False

    def __len__(self) -> int:
        """How many records a whole epoch of this shard has; reads the manifest."""
        index, count = self.shard
        worker, workers, size = self._blocks
        blocks, rest = divmod(max(0, -(-(len(self._open().source) - index) // count)), size)
        whole, more = divmod(blocks, workers)
        return whole * size + (size if worker < more else rest if worker == more else 0)

    def split(self, index: int, count: int, *, block: int | None = None) -> Records:
        """Part `index` of `count` of these records: the same class, a shard of this shard.

        It starts at the beginning of the epoch, or at the state that was loaded.
        block: each part gets `block` records in turn instead of one, so that workers that deliver one batch of
        that size each in turn deliver the records in order.
        """
        if not 0 <= index < count:
            raise Invalid(f"part {index} of {count} does not exist")
        if self._blocks[1] > 1 and count > 1:
            raise Invalid("the records of a worker cannot be split again; split them by rank first")
        part = copy.copy(self)
        if count == 1:
            return part
        part._began, part._delivered = self._place() if self._resuming else 0, 0
        if block is None:
            mine, shards = self.shard
            part.shard = (mine + shards * index, shards * count)
        else:
            part._blocks = (index, count, block)
        return part

    def state_dict(self) -> dict[str, Any]:
        """The position of the reader: small and JSON-serializable.

        `position` is the place in the epoch's order, `began` the place where the present division into parts
        starts.
        """
        return {
            "version": STATE_VERSION,
            "epoch": self._epoch,
            "position": self._place(),
            "began": self._began,
            "part": self._part(),
            "shuffle_seed": self.shuffle_seed,
            "records": len(self._open().source),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Lets the next pass continue where the state was taken.

        Raises: Invalid: not a state, or one of a reader with another seed or number of records.
        """
        here = self.state_dict()
        for name in ("version", "shuffle_seed", "records"):
            if state.get(name) != here[name]:
                raise Invalid(
                    f"the state was taken with {name}={state.get(name)!r}, this reader of {self.uri} has "
                    f"{here[name]!r}; resume with the same data and parameters, or start again with set_epoch()"
                )
        for name in ("epoch", "position", "began"):
            if type(state.get(name)) is not int or state[name] < 0:
                raise Invalid(f"the state has {name}={state.get(name)!r}; give what state_dict() returned")
        self._epoch, self._began, self._delivered = state["epoch"], state["position"], 0
        self._resuming = True
        if list(state.get("part", ())) == self._part():
            self._began = state["began"]
            self._delivered = self._delivered_at(state["position"])

    def _part(self) -> list[int]:
        """The properties of this reader's part that decide which records follow a place."""
        return [self.shard[1], *self._blocks]

    def _passed(self) -> int:
        """How many records of the shard, other workers' included, come after `began` and before the next one."""
        worker, workers, size = self._blocks
        if not self._delivered:
            return 0
        blocks, rest = divmod(self._delivered - 1, size)
        return (blocks * workers + worker) * size + rest + 1

    def _place(self) -> int:
        """The place in the epoch's order after the last record that was delivered."""
        return self._began + self.shard[1] * self._passed()

    def _delivered_at(self, place: int) -> int:
        """How many records of this part come before a place that `_place` returned."""
        passed = (place - self._began) // self.shard[1]
        _, workers, size = self._blocks
        return (passed - 1) // (workers * size) * size + (passed - 1) % size + 1 if passed else 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (record for _, record in self.numbered())

    def numbered(self) -> Generator[tuple[int, dict[str, Any]], None, None]:
        """Iterates (number, record), with the number from 1 of the record's line, or its place in the list.

        Raises: StreamError, in place of the record concerned.
        """
        if not self._resuming:
            self._began = self._delivered = 0
        self._resuming = False
        return self._pass(self._epoch)

    def _pass(self, epoch: int) -> Generator[tuple[int, dict[str, Any]], None, None]:
        opened = self._open()
        fetch = Fetch(self._selected(opened, self._order(opened, epoch)), opened.locations, self.options)
        rows: Sequence[Row] = ()
        try:
            while rows := fetch.take(MOST):
                for number, values in rows:
                    record = self._record(opened, number, values)
                    self._delivered += 1
                    yield number, record
        except StreamError:
            raise
        except (TrigpointError, OSError) as error:
            raise self._explained(error) from error
        finally:
            fetch.close()
            for _, values in rows:
                close_files(values)
        self._epoch, self._began, self._delivered = epoch + 1, 0, 0

    def _order(self, opened: OpenedRecords, epoch: int) -> Stage[int]:
        """The places of this part in the epoch, from its position on."""
        index, count = self.shard
        passed = self._passed()
        seen = (passed - 1) * count + index + 1 if passed else 0
        shard = Shard(Order(len(opened.source), self.shuffle_seed, epoch), index, count)
        shard.set_state({"seen": seen, "parent": {"epoch": epoch, "position": self._began + seen}})
        if self._blocks[1] == 1:
            return shard
        blocks = Blocks(shard, *self._blocks)
        blocks.set_state({"seen": passed, "parent": shard.get_state()})
        return blocks

    def _open(self) -> OpenedRecords:
        """Reads the manifest or list; does so again in a child process, which cannot use its parent's connections."""
        if self._opened is None or self._opened.process != os.getpid():
            locations = Locations(base_of(self.uri), self._local, self._store)
            try:
                source = self._source(locations)
                if not len(source):
                    raise Invalid(self._nothing_there)
                locations.is_local = self._is_local(source, locations)
            except (TrigpointError, OSError) as error:
                raise self._explained(error) from error
            self._opened = OpenedRecords(os.getpid(), source, locations)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r}, shuffle_seed={self.shuffle_seed}, shard={self.shard})"

    def failed(self, number: int, name: str, why: str) -> StreamError:
        """The error for an attribute of a record."""
        return StreamError(f"{self.uri}, line {number}, attribute {name!r}: {why}", number)

    def _whole(self, number: int, name: str, value: Any) -> Any:
        """The value; an object that was too large for reading ahead is read into memory."""
        if type(value) is not Large:
            return value
        if value.size_bytes > self.largest_bytes:
            raise self.failed(
                number,
                name,
                f"the object has {value.size_bytes:,} bytes, more than are read into memory; "
                f"to read it, set largest_bytes={value.size_bytes}",
            )
        with value.file as file:
            return file.read(value.size_bytes)

    def _explained(self, error: Exception) -> StreamError:
        if isinstance(error, FetchFailed):
            return self.failed(error.number, self._name(error.place), error.why)
        if isinstance(error, BadLine):
            return StreamError(f"{self.uri}, line {error.number}: {error.why}", error.number)
        said = str(error)
        return StreamError(said if self.uri in said else f"{self.uri}: {said}")

    _nothing_there: ClassVar[str]

    @abstractmethod
    def _source(self, locations: Locations) -> ManifestLines | Keys: ...

    @abstractmethod
    def _is_local(self, source: Any, locations: Locations) -> bool: ...

    @abstractmethod
    def _selected(self, opened: Any, order: Stage[int]) -> Stage[Selected]: ...

    @abstractmethod
    def _record(self, opened: Any, number: int, values: list[Any]) -> dict[str, Any]: ...

    @abstractmethod
    def _name(self, place: int) -> str: ...
