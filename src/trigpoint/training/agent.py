"""How do a job's channels get to the algorithm: downloaded before it starts, or streamed while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from trigpoint.core.errors import TrigpointError
from trigpoint.streaming.fetch import OpenObject
from trigpoint.streaming.fifo import FifoChannel
from trigpoint.streaming.reading import Reader
from trigpoint.training.channels import ListObjects, PipeSource, download
from trigpoint.training.model import Channel


class DataAgent:
    """Serves the channels of one instance in `data_dir`, which is /opt/ml/input/data.

    on_failure: called once, with the first error; it must return only when the algorithm is dead, so that
                no reader takes the end of a broken epoch for the end of a whole one.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        data_dir: Path,
        open_object: OpenObject,
        list_objects: ListObjects,
        scratch: Path,
        on_failure: Callable[[Exception], None],
        reader: Reader | None = None,
    ) -> None:
        self._channels = channels
        self._data_dir = data_dir
        self._open_object, self._list_objects = open_object, list_objects
        self._reader = reader
        self._scratch = scratch
        self._on_failure = on_failure
        self._failed = threading.Lock()
        self._sources: list[PipeSource] = []
        self._fifos: list[FifoChannel] = []

    def prepare(self) -> None:
        """Downloads the File channels; reads the manifests and listings of the Pipe channels and makes their
        pipes.

        When it returns, `<channel>_0` exists for every Pipe channel.
        Raises: DataError: the data cannot be had (names channel, file and cause).
        """
        for channel in self._channels:
            if channel.input_mode == "Pipe":
                self._add_pipe(channel)
            else:
                download(channel, self._data_dir / channel.name, self._open_object, self._list_objects)
        for fifo in self._fifos:
            fifo.start()

    def _add_pipe(self, channel: Channel) -> None:
        source = PipeSource(
            channel, self._open_object, self._list_objects, reader=self._reader, scratch=self._scratch
        )
        self._sources.append(source)

        def fail(error: Exception) -> None:
            # the first failure decides; the pipes of others stay open until it has been dealt with
            with self._failed:
                self._on_failure(source.explain(error) if _is_of_data(error) else error)

        self._fifos.append(FifoChannel(self._data_dir, channel.name, source.open_epoch, fail))

    def stop(self) -> None:
        """Ends the threads and removes the pipes; to be called when the algorithm is dead."""
        for fifo in self._fifos:
            fifo.stop()
        for source in self._sources:
            source.close()


def _is_of_data(error: Exception) -> bool:
    return isinstance(error, TrigpointError | OSError | EOFError)
