"""FastFile channels: read-only folders in which an object is fetched when it is read.

The folders are FUSE mounts that only the algorithm sees, see `fusefs`. Where the system does not allow mounts, the
channel is downloaded as in File mode, and the log says so.

Source: training.md 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from trigpoint.core.errors import TrigpointError
from trigpoint.fusefs.folder_view import FolderView, ObjectReader
from trigpoint.fusefs.mounts import Mounts, why_not_possible
from trigpoint.fusefs.tree import DirectoryEntry
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.training.channels import DataError, explain_error, no_objects
from trigpoint.training.model import Channel

PARTIAL_PREFIX = (
    "Failed to download data. For FastFile mode, partial S3 prefix is not supported. S3 prefix has to end with a "
    "full file or folder. Add a trailing '/' to the S3 prefix if it ends with a folder name that is also a prefix "
    "for other folders. Current S3 prefix: [{prefix}], found S3 object: [{key}]."
)
"""Source: training.md 3.3."""


class FastFiles:
    """The FastFile channels of one instance.

    `offer` each channel, start the algorithm with `command`, and call `stop` when it has ended.
    write_line: writes a line to the job's log.
    """

    def __init__(self, objects: ObjectReader, write_line: Callable[[str], None]) -> None:
        self._objects, self._write_line = objects, write_line
        self._mounts = Mounts(write_line)
        self._views: dict[str, FolderView] = {}
        self._refusal: str | None = None
        self._probed = False

    def offer(self, channel: Channel, folder: Path) -> bool:
        """Makes the channel's folder, which the algorithm will see filled.

        Returns: False, with a line in the log, when the system does not allow it.
        Raises:  DataError: no object has the prefix, or the prefix ends within a name.
        """
        try:
            view = self._view(channel)
        except DataError:
            raise
        except (TrigpointError, OSError) as error:
            raise explain_error(channel, error) from error
        folder.mkdir(parents=True, exist_ok=True)
        if not self._is_possible(folder):
            self._write_line(
                f"FastFile channel {channel.name}: this system does not let a job mount its data "
                f"({self._refusal}); they are downloaded first, as in File mode"
            )
            return False
        self._views[channel.name] = view
        self._mounts.add(folder, view)
        return True

    def command(self, program: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
        """The command that runs the program with its folders, and the descriptors that it must inherit."""
        return self._mounts.command(program)

    def stop(self) -> None:
        """Stops serving, and logs what was read. Call it when the algorithm is dead."""
        self._mounts.close()
        for name, view in self._views.items():
            read = view.read_log
            self._write_line(
                f"FastFile channel {name}: {read.opened} files opened, {read.read_bytes / 1e6:.1f} MB read"
            )
        self._views = {}

    def _view(self, channel: Channel) -> FolderView:
        """The tree of the channel's prefix, which must end with a whole file or folder."""
        bucket, prefix = parse_s3_uri(channel.uri)

        def complain(line: str) -> None:
            self._write_line(f"FastFile channel {channel.name}: {line}")

        if not prefix or prefix.endswith("/"):
            if not self._objects.list_sizes(bucket, prefix, max_keys=1).objects:
                raise no_objects(channel)
            return FolderView(self._objects, bucket, prefix, None, complain, self._shard(channel))
        page = self._objects.list_sizes(bucket, prefix, "/", max_keys=3)
        only = None
        for found in page.objects:
            if found.key != prefix:
                raise DataError(PARTIAL_PREFIX.format(prefix=prefix, key=found.key))
            name = prefix.rpartition("/")[2]
            only = DirectoryEntry(
                name, found.key, False, found.size_bytes, int(found.modified_at.timestamp())
            )
        for folder in page.common_prefixes:
            if folder != f"{prefix}/":
                first = self._objects.list_sizes(bucket, folder, max_keys=1).objects
                raise DataError(PARTIAL_PREFIX.format(prefix=prefix, key=first[0].key if first else folder))
        if only is None and not page.common_prefixes:
            raise no_objects(channel)
        keys = self._shard(channel)
        if only is not None and keys is not None and only.place not in keys:
            only = None
        return FolderView(self._objects, bucket, f"{prefix}/", only, complain, keys)

    def _shard(self, channel: Channel) -> frozenset[str] | None:
        """The keys of this instance's shard; None when the channel is not split. The whole prefix is listed."""
        if not channel.is_split:
            return None
        bucket, prefix = parse_s3_uri(channel.uri)
        keys: list[str] = []
        marker, is_truncated = "", True
        while is_truncated:
            page = self._objects.list_sizes(bucket, prefix, "", marker)
            keys += [each.key for each in page.objects if each.size_bytes or not each.key.endswith("/")]
            marker, is_truncated = page.next_marker, page.is_truncated
        index, count = channel.shard
        return frozenset(keys[index::count])

    def _is_possible(self, folder: Path) -> bool:
        """Whether this system allows mounts; tried out once per instance."""
        if not self._probed:
            self._probed = True
            self._refusal = why_not_possible(folder)
        return self._refusal is None
