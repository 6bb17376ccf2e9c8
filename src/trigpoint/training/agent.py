"""Brings the channels of an instance to its algorithm: downloads them before it starts, or streams them while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from trigpoint.core.errors import TrigpointError
from trigpoint.streaming.fifo import FifoChannel
from trigpoint.streaming.keeper import Keeper
from trigpoint.streaming.reading import OpenObject, Reader
from trigpoint.training.channel_metrics import ChannelReport
from trigpoint.training.channels import ListObjects, PipeSource
from trigpoint.training.download import download
from trigpoint.training.fastfile import FastFiles
from trigpoint.training.model import Channel

REPORT_CHECK_S = 1.0


class DataAgent:
    """Serves the channels of one instance in `data_dir`, which is /opt/ml/input/data.

    on_failure: called once, with the first error. It must return only when the algorithm is dead; otherwise a
                reader could take the end of a broken epoch for the end of a complete one.
    write_line: writes a line to the job's log.
    keeper:     keeps the pipes open if this process is killed.
    fast_files: shows the FastFile channels; without it they are downloaded.
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
        *,
        write_line: Callable[[str], None] = print,
        keeper: Keeper | None = None,
        fast_files: FastFiles | None = None,
    ) -> None:
        self._channels = channels
        self._data_dir = data_dir
        self._open_object, self._list_objects = open_object, list_objects
        self._reader = reader
        self._scratch = scratch
        self._on_failure = on_failure
        self._write_line = write_line
        self._keeper = keeper
        self._fast_files = fast_files
        self._failed = threading.Lock()
        self._sources: list[PipeSource] = []
        self._fifos: list[FifoChannel] = []
        self._reports: list[ChannelReport] = []
        self._stopping = threading.Event()
        self._reporter = threading.Thread(target=self._report, name="channel-reports", daemon=True)

    def prepare(self) -> None:
        """Downloads the File channels, mounts the FastFile channels, and makes the pipes of the Pipe channels.

        When it returns, `<channel>_0` exists for every Pipe channel.
        Raises: DataError: the data cannot be read (names channel, file and cause).
        """
        for channel in self._channels:
            if channel.input_mode == "Pipe":
                self._add_pipe(channel)
            else:
                self._add_files(channel)
        for fifo in self._fifos:
            fifo.start()
        if self._fifos:
            self._reporter.start()

    def _add_files(self, channel: Channel) -> None:
        folder = self._data_dir / channel.name
        if channel.input_mode == "FastFile" and self._fast_files and self._fast_files.offer(channel, folder):
            return
        download(
            channel,
            folder,
            self._open_object,
            self._list_objects,
            prepare=lambda uris: None if self._reader is None else self._reader.prepare(uris),
            write_line=self._write_line,
        )

    def _add_pipe(self, channel: Channel) -> None:
        source = PipeSource(
            channel, self._open_object, self._list_objects, reader=self._reader, scratch=self._scratch
        )
        self._sources.append(source)

        def fail(error: Exception) -> None:
            # one failure at a time: the pipes of other channels stay open until the algorithm is dead
            with self._failed:
                self._on_failure(source.explain(error) if _is_data_error(error) else error)

        fifo = FifoChannel(self._data_dir, channel.name, source.open_epoch, fail, self._keeper)
        self._fifos.append(fifo)
        self._reports.append(ChannelReport(channel.name, fifo.flow))

    def command(self, program: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
        """The command that runs the program with its FastFile channels, and the descriptors that it must inherit."""
        return (list(program), ()) if self._fast_files is None else self._fast_files.command(program)

    def stop(self) -> None:
        """Ends the threads and removes the pipes. Call it when the algorithm is dead."""
        self._stopping.set()
        if self._reporter.is_alive():
            self._reporter.join()
        for report in self._reports:
            for line in report.last():
                self._write_line(line)
        for fifo in self._fifos:
            fifo.stop()
        for source in self._sources:
            source.close()
        if self._fast_files is not None:
            self._fast_files.stop()

    def _report(self) -> None:
        while not self._stopping.wait(REPORT_CHECK_S):
            for report in self._reports:
                if (line := report.due()) is not None:
                    self._write_line(line)


def _is_data_error(error: Exception) -> bool:
    return isinstance(error, TrigpointError | OSError | EOFError)
