"""Examples of a piped channel for all processes of an instance: a pipe has one reader, which gives the others theirs.

The first process reads the pipe. It keeps the examples of its own share and sends each of the others those of theirs, over
socket pairs that their parent made (processes.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from multiprocessing.connection import Connection

from trigpoint.algorithms.common.harness import PeerLost
from trigpoint.algorithms.common.place import Place
from trigpoint.algorithms.common.share import Share
from trigpoint.algorithms.common.sources import ExampleSource, InvalidSample, Raw, Read

RELAY = "TRIGPOINT_RELAY"
"""The descriptors of this process's ends, as JSON: channel -> numbers."""

ShareOf = Callable[[Place], Share]


def relayed(
    source: ExampleSource,
    channel: str,
    place: Place,
    share: ShareOf,
    environment: Mapping[str, str] = os.environ,
) -> ExampleSource:
    """The source as this process gets it: sent by the first process, or read and sent on."""
    ends = [Connection(number) for number in json.loads(environment.get(RELAY, "{}")).get(channel, [])]
    if not ends:
        return source
    if place.process:
        return Received(source, ends[0])
    others = [Place(place.host, place.hosts, number, place.processes) for number in range(1, place.processes)]
    return Sent(source, [(share(each), end) for each, end in zip(others, ends, strict=True)])


class Sent:
    """The source of the first process. It yields all examples of the pipe, and sends those of the others."""

    def __init__(self, source: ExampleSource, others: list[tuple[Share, Connection]]) -> None:
        self._source, self._others = source, others
        self.readers, self.left_out, self.nothing = source.readers, source.left_out, source.nothing

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        count = 0
        for place, read in enumerate(self._source.epoch(number, shuffled_by)):
            for share, end in self._others:
                if share.has(place):
                    end.send((place, _read(read)))
            yield read
            count += 1
        for _, end in self._others:
            end.send((count, None))


class Received:
    """The source of another process. Examples that are not its own are no more than places."""

    def __init__(self, source: ExampleSource, end: Connection) -> None:
        self._end = end
        self.readers, self.left_out, self.nothing = source.readers, source.left_out, source.nothing

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        at = 0
        while True:
            try:
                place, raw = self._end.recv()
            except (EOFError, OSError):
                raise PeerLost("the process that reads the pipe of this instance has ended") from None
            for _ in range(at, place):
                yield _elsewhere
            if raw is None:
                return
            yield partial(_given, raw)
            at = place + 1


def _read(read: Read) -> Raw | InvalidSample:
    try:
        return read()
    except InvalidSample as error:
        return error


def _given(raw: Raw | InvalidSample) -> Raw:
    if isinstance(raw, InvalidSample):
        raise raw
    return raw


def _elsewhere() -> Raw:
    raise AssertionError("an example of another process was read")
