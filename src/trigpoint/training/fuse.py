"""How is a tree of files shown to the kernel: the read-only part of the FUSE protocol, on a descriptor of /dev/fuse.

Decision: the protocol itself and no binding of libfuse: bindings mount by themselves, for all processes of the
machine, and need a system library; what a read-only tree needs of the protocol is what stands here.
Source: Linux, include/uapi/linux/fuse.h, protocol 7.31.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Final, Protocol


class Op(IntEnum):
    """The questions that a read-only tree is asked."""

    LOOKUP = 1
    FORGET = 2
    GETATTR = 3
    OPEN = 14
    READ = 15
    STATFS = 17
    RELEASE = 18
    INIT = 26
    OPENDIR = 27
    READDIR = 28
    RELEASEDIR = 29
    INTERRUPT = 36
    DESTROY = 38
    BATCH_FORGET = 42
    READDIRPLUS = 44


DO_READDIRPLUS, PARALLEL_DIROPS, MAX_PAGES = 1 << 13, 1 << 18, 1 << 22
KEEP_CACHE, NO_FLUSH = 1 << 1, 1 << 5

MAJOR, MINOR = 7, 31
ROOT_ID = 1
VALID_S: Final = 30 * 24 * 3600
"""How long the kernel may take an answer for true: longer than any job, whose data do not change."""
MAX_READ_BYTES = 1 << 20
MAX_NAME_BYTES = 255
_REQUEST_BYTES = 64 << 10
_PAGE_BYTES = 4096

_IN = struct.Struct("=IIQQIIIHH")
_OUT = struct.Struct("=IiQ")
_INIT_OUT = struct.Struct("=IIIIHHIIHHI28x")
_ATTRIBUTES = struct.Struct("=6Q10I")
_ENTRY = struct.Struct("=QQQQII")
_ATTRIBUTES_FOR = struct.Struct("=QII")
_OPENED = struct.Struct("=QII")
_READ_IN = struct.Struct("=QQIIQII")
_HANDLE_IN = struct.Struct("=Q")
_NAME_OF = struct.Struct("=QQII")
_STATFS_OUT = struct.Struct("=5Q4I24x")
_FORGET_ONE = struct.Struct("=QQ")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder; `place` is what the tree knows it by, unique among all entries."""

    name: str
    place: str
    is_folder: bool
    size_bytes: int = 0
    modified_s: int = 0


class OpenedFile(Protocol):
    """A file that is being read, by several threads at once."""

    def read(self, offset: int, size_bytes: int) -> bytes: ...

    def close(self) -> None: ...


class Tree(Protocol):
    """What is shown. All methods may raise OSError, whose errno the reader gets; used by several threads at once."""

    def find(self, folder: Entry, name: str) -> Entry | None:
        """What lies under this name in the folder."""
        ...

    def entries(self, folder: Entry) -> Iterator[Entry]:
        """All that lies in the folder, read as far as it is asked for."""
        ...

    def open(self, file: Entry) -> OpenedFile:
        """Begins to read a file."""
        ...


@dataclass(slots=True)
class _Node:
    """An entry that the kernel knows; it forgets it as often as it was told of it."""

    id: int
    entry: Entry
    told: int = 0


@dataclass(slots=True)
class _OpenFolder:
    """A listing under way; what has been read of it stays, for a reader that goes back."""

    entries: Iterator[Entry]
    seen: list[Entry] = field(default_factory=list)
    problem: OSError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, place: int) -> Entry | None:
        """The entry at this place, None behind the last. A listing that failed does not end: it fails again."""
        while len(self.seen) <= place:
            if self.problem is not None:
                raise self.problem
            try:
                entry = next(self.entries, None)
            except OSError as problem:
                self.problem = problem
                raise
            if entry is None:
                return None
            self.seen.append(entry)
        return self.seen[place]


class FuseServer:
    """Answers the kernel's questions about one mounted tree until it is mounted no more.

    `complain` is told of errors that are our own.
    """

    def __init__(self, tree: Tree, root: Entry, descriptor: int, complain: Callable[[str], None]) -> None:
        self._tree, self._descriptor, self._complain = tree, descriptor, complain
        self._owner = os.geteuid(), os.getegid()
        self._nodes: dict[int, _Node] = {ROOT_ID: _Node(ROOT_ID, root, 1)}
        self._by_place = {root.place: self._nodes[ROOT_ID]}
        self._node_ids, self._handles = count(ROOT_ID + 1), count(1)
        self._files: dict[int, OpenedFile] = {}
        self._folders: dict[int, _OpenFolder] = {}
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Answers until the tree is mounted no more; several threads may do so together."""
        while True:
            try:
                request = os.read(self._descriptor, _REQUEST_BYTES)
            except OSError as problem:
                if problem.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):  # the reader gave up
                    continue
                return  # ENODEV: unmounted
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        length, opcode, unique, node_id, *_ = _IN.unpack_from(request)
        body = memoryview(request)[_IN.size : length]
        try:
            answer, number = self._do(opcode, node_id, body), 0
        except OSError as problem:
            answer, number = b"", problem.errno or errno.EIO
        except Exception as problem:  # noqa: BLE001 - an unanswered question would hang its reader for ever
            self._complain(f"{type(problem).__name__}: {problem}")
            answer, number = b"", errno.EIO
        if answer is None:
            return
        try:
            os.writev(self._descriptor, [_OUT.pack(_OUT.size + len(answer), -number, unique), answer])
        except OSError as problem:
            if problem.errno not in (
                errno.ENOENT,
                errno.ENODEV,
                errno.EINVAL,
            ):  # nobody waits for it any more
                raise

    def _do(self, opcode: int, node_id: int, body: memoryview) -> bytes | None:
        """The answer; None where the kernel expects none."""
        match opcode:
            case Op.LOOKUP:
                return self._look_up(node_id, bytes(body).rstrip(b"\0"))
            case Op.GETATTR:
                node = self._node(node_id)
                return _ATTRIBUTES_FOR.pack(VALID_S, 0, 0) + self._attributes(node.id, node.entry)
            case Op.OPEN:
                return self._open(node_id)
            case Op.READ:
                handle, offset, size_bytes, *_ = _READ_IN.unpack_from(body)
                return self._files[handle].read(offset, size_bytes)
            case Op.RELEASE:
                self._files.pop(_HANDLE_IN.unpack_from(body)[0]).close()
                return b""
            case Op.OPENDIR:
                return self._open_folder(node_id)
            case Op.READDIR | Op.READDIRPLUS:
                return self._read_folder(node_id, body, plus=opcode == Op.READDIRPLUS)
            case Op.RELEASEDIR:
                del self._folders[_HANDLE_IN.unpack_from(body)[0]]
                return b""
            case Op.FORGET:
                self._forget(node_id, _HANDLE_IN.unpack_from(body)[0])
                return None
            case Op.BATCH_FORGET:
                for node, told in _FORGET_ONE.iter_unpack(body[8:]):
                    self._forget(node, told)
                return None
            case Op.STATFS:
                return _STATFS_OUT.pack(0, 0, 0, 0, 0, _PAGE_BYTES, MAX_NAME_BYTES, _PAGE_BYTES, 0)
            case Op.INIT:
                return _initialized(body)
            case Op.INTERRUPT:  # what is read will be there for the next reader
                return None
            case Op.DESTROY:
                return b""
            case _:  # the kernel does without, and does not ask again
                raise OSError(errno.ENOSYS, "not needed")

    def _look_up(self, parent_id: int, name: bytes) -> bytes:
        found = self._tree.find(self._node(parent_id).entry, name.decode("utf-8", "surrogateescape"))
        if found is None:
            raise OSError(errno.ENOENT, "no such object")
        return self._told(found)

    def _told(self, entry: Entry) -> bytes:
        """What the kernel is told of an entry, which it knows from then on."""
        with self._lock:
            node = self._by_place.get(entry.place)
            if node is None:
                node = _Node(next(self._node_ids), entry)
                self._nodes[node.id] = self._by_place[entry.place] = node
            node.told += 1
            entry = node.entry
        return _ENTRY.pack(node.id, 0, VALID_S, VALID_S, 0, 0) + self._attributes(node.id, entry)

    def _forget(self, node_id: int, times: int) -> None:
        with self._lock:
            node = self._nodes[node_id]
            node.told -= times
            if node.told <= 0 and node_id != ROOT_ID:
                del self._nodes[node_id], self._by_place[node.entry.place]

    def _open(self, node_id: int) -> bytes:
        handle = next(self._handles)
        self._files[handle] = self._tree.open(self._node(node_id).entry)
        return _OPENED.pack(handle, KEEP_CACHE | NO_FLUSH, 0)

    def _open_folder(self, node_id: int) -> bytes:
        handle = next(self._handles)
        self._folders[handle] = _OpenFolder(self._tree.entries(self._node(node_id).entry))
        return _OPENED.pack(handle, 0, 0)

    def _read_folder(self, node_id: int, body: memoryview, *, plus: bool) -> bytes:
        """As many entries from an offset on as there is room for; the first two are `.` and `..`."""
        handle, offset, size_bytes, *_ = _READ_IN.unpack_from(body)
        folder = self._folders[handle]
        listed = bytearray()
        with folder.lock:
            while True:
                entry = _DOTS[offset] if offset < len(_DOTS) else folder.at(offset - len(_DOTS))
                if entry is None:
                    break
                name = entry.name.encode()
                needed = (_ENTRY.size + _ATTRIBUTES.size if plus else 0) + _padded(_NAME_OF.size + len(name))
                if len(listed) + needed > size_bytes:
                    break
                offset += 1
                if plus:
                    listed += _NO_ENTRY if offset <= len(_DOTS) else self._told(entry)
                kind = (stat.S_IFDIR if entry.is_folder else stat.S_IFREG) >> 12
                number = node_id if offset <= len(_DOTS) else offset + (1 << 32)
                listed += _NAME_OF.pack(number, offset, len(name), kind) + name
                listed += bytes(-len(listed) % 8)
        return bytes(listed)

    def _node(self, node_id: int) -> _Node:
        node = self._nodes.get(node_id)
        if node is None:
            raise OSError(errno.ESTALE, "forgotten")
        return node

    def _attributes(self, node_id: int, entry: Entry) -> bytes:
        mode = stat.S_IFDIR | 0o555 if entry.is_folder else stat.S_IFREG | 0o444
        at, size_bytes = entry.modified_s, entry.size_bytes
        blocks, links = -(-size_bytes // 512), 2 if entry.is_folder else 1
        return _ATTRIBUTES.pack(
            node_id, size_bytes, blocks, at, at, at, 0, 0, 0, mode, links, *self._owner, 0, _PAGE_BYTES, 0
        )


_DOTS = (Entry(".", "", True), Entry("..", "", True))
_NO_ENTRY = bytes(_ENTRY.size + _ATTRIBUTES.size)


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def _initialized(body: memoryview) -> bytes:
    major, _minor, _readahead, offered = struct.unpack_from("=IIII", body)
    if major != MAJOR:
        raise OSError(errno.EPROTO, f"protocol {major}")
    wanted = (DO_READDIRPLUS | PARALLEL_DIROPS | MAX_PAGES) & offered
    most_pages = MAX_READ_BYTES // _PAGE_BYTES
    return _INIT_OUT.pack(MAJOR, MINOR, MAX_READ_BYTES, wanted, 64, 48, _PAGE_BYTES, 1, most_pages, 0, 0)
