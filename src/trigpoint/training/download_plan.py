"""The planned contents of the folder of a File channel: each object's file, checked against names, paths and
disk space before the first object is read.

Source: training.md 1.2-1.6, 3.2.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.fusefs.protocol import MAX_NAME_BYTES
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.streaming.reading import OpenObject
from trigpoint.training.channels import ListObjects, listed_objects, manifest_file
from trigpoint.training.model import Channel

MAX_PATH_BYTES = 4095
_BLOCK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file to write; `size_bytes` is None when a manifest names the object without its size."""

    uri: str
    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """The files and folders of a channel; paths are relative to its folder, parents come before their contents."""

    files: Sequence[WantedFile]
    folders: Sequence[str]

    @property
    def size_bytes(self) -> int:
        """The sum of the sizes that are known."""
        return sum(wanted.size_bytes or 0 for wanted in self.files)

    @property
    def disk_bytes(self) -> int:
        """The space that they take on a disk with blocks of 4 KiB."""
        return sum(-(-(wanted.size_bytes or 0) // _BLOCK_BYTES) * _BLOCK_BYTES for wanted in self.files)


def plan_files(channel: Channel, open_object: OpenObject, list_objects: ListObjects) -> DownloadPlan:
    """The files of a channel, or of this instance's shard. An object that a manifest names twice is one file.

    Decision: keys that cannot both be files, such as `a` and `a/b`, or `a/b` and `a//b`, fail the job. Nobody would
    notice data that were left out.
    Raises: Invalid, NotFound.
    """
    files: dict[str, WantedFile] = {}
    marks: set[str] = set()
    for uri, prefix, size_bytes in _objects(channel, open_object, list_objects):
        if size_bytes == 0 and uri.endswith("/"):
            marks.update(_mark(uri, prefix))
            continue
        wanted = WantedFile(uri, relative_path(uri, prefix), size_bytes)
        other = files.setdefault(wanted.path, wanted)
        if other.uri != uri:
            raise Invalid(
                f"{other.uri} and {uri} would both be the file {wanted.path}; rename one of them, or give them "
                "different prefixes"
            )
    folders = _folders(files) | _folders(f"{mark}/" for mark in marks)
    for path in sorted(folders & files.keys()):
        raise Invalid(
            f"{files[path].uri} is an object, and other objects' keys are below it: {path} cannot be a file and "
            "a folder; rename the object, or give them different prefixes"
        )
    index, count = channel.shard
    ours = list(files.values())[index::count]
    return DownloadPlan(
        ours, sorted(_folders(each.path for each in ours) | _folders(f"{mark}/" for mark in marks))
    )


def _objects(
    channel: Channel, open_object: OpenObject, list_objects: ListObjects
) -> Iterator[tuple[str, str, int | None]]:
    """(URI, prefix, size or None) of every object of the channel."""
    if channel.data_type == "ManifestFile":
        manifest = manifest_file(channel, open_object)
        for uri in manifest.uris:
            yield uri, manifest.prefix, None
        return
    for found in listed_objects(channel, list_objects):
        yield f"s3://{found.bucket}/{found.key}", channel.uri, found.size_bytes


def _mark(uri: str, prefix: str) -> list[str]:
    """The folder of a folder mark that a console made; none when it is the channel's own folder."""
    if parse_s3_uri(uri)[1] in (parse_s3_uri(prefix)[1], parse_s3_uri(prefix)[1] + "/"):
        return []
    return [relative_path(uri.rstrip("/"), prefix)]


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders above these paths."""
    folders: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return folders


def relative_path(uri: str, prefix_uri: str) -> str:
    """The path of an object in its channel's folder.

    The path is the key without the prefix. Where the prefix ends within a name, the path starts with that whole
    name; where it is the key itself, the path is the file's name. Empty segments and `.` are left out.
    Raises: Invalid: the path leaves the folder, or cannot be a file's.
    """
    key, prefix = parse_s3_uri(uri)[1], parse_s3_uri(prefix_uri)[1]
    rest = key.removeprefix(prefix)
    if not rest or not (prefix.endswith("/") or rest.startswith("/") or not prefix):
        rest = key[prefix.rfind("/") + 1 :]
    path = PurePosixPath(rest.lstrip("/"))
    if not path.parts or ".." in path.parts or rest.endswith("/") or "\0" in rest:
        raise Invalid(f"the key of {uri!r} does not name a file below the channel's folder")
    for name in path.parts:
        if len(name.encode()) > MAX_NAME_BYTES:
            raise Invalid(
                f"the key of {uri!r} has the part {name[:40]!r}... of {len(name.encode())} bytes; no file's name "
                f"can have more than {MAX_NAME_BYTES}. Rename the object, or read it with InputMode Pipe"
            )
    return str(path)


def check_paths(plan: DownloadPlan, folder: Path) -> None:
    """Raises Invalid when the path of a file below `folder` is too long for the system."""
    longest = max(plan.files, key=lambda wanted: len(wanted.path), default=None)
    if longest is None:
        return
    taken = len(os.fsencode(folder)) + 2  # the slash, and the mark of the temporary folder
    for wanted in plan.files if len(longest.path) * 4 + taken > MAX_PATH_BYTES else ():
        if taken + len(wanted.path.encode()) > MAX_PATH_BYTES:
            raise Invalid(
                f"the path of {wanted.uri!r} below {folder} would have more than {MAX_PATH_BYTES} bytes; shorten "
                "its key, or read it with InputMode Pipe"
            )


def check_space(plan: DownloadPlan, folder: Path) -> None:
    """Raises LimitExceeded when the disk of `folder` has too little space."""
    free_bytes = shutil.disk_usage(folder.parent).free
    if plan.disk_bytes > free_bytes:
        raise LimitExceeded(
            f"{len(plan.files)} objects need {plan.disk_bytes} bytes, but the disk of {folder.parent} has "
            f"{free_bytes} bytes free; free some, or set InputMode to Pipe or FastFile, which need none"
        )
