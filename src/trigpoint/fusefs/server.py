"""Shows a tree of files to the kernel: answers the read-only part of the FUSE protocol on /dev/fuse.

Decision: we speak the protocol ourselves instead of using a binding of libfuse. Bindings mount for all processes of
the machine and need a system library, and a read-only tree needs only the few operations of `protocol`.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from trigpoint.fusefs import protocol
from trigpoint.fusefs.protocol import Op
from trigpoint.fusefs.tree import DirectoryEntry, OpenedFile, Tree


@dataclass(slots=True)
class _Node:
    """An entry that the kernel knows. `lookups` counts how often it was sent; the kernel forgets that many."""

    id: int
    entry: DirectoryEntry
    lookups: int = 0


@dataclass(slots=True)
class OpenFolder:
    """A folder that is being listed; the entries read so far are kept for a reader that seeks back."""

    entries: Iterator[DirectoryEntry]
    seen: list[DirectoryEntry] = field(default_factory=list)
    problem: OSError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, position: int) -> DirectoryEntry | None:
        """The entry at this position; None after the last one.

        A listing that failed raises its error again, so that it never looks complete.
        """
        while len(self.seen) <= position:
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
        return self.seen[position]


class FuseServer:
    """Answers the kernel's requests for one mounted tree until it is unmounted.

    `complain` gets a line for each error in our own code.
    """

    def __init__(self, tree: Tree, descriptor: int, complain: Callable[[str], None]) -> None:
        self._tree, self._descriptor, self._complain = tree, descriptor, complain
        self._owner = os.geteuid(), os.getegid()
        root = _Node(protocol.ROOT_ID, tree.root, 1)
        self._nodes: dict[int, _Node] = {root.id: root}
        self._by_place = {root.entry.place: root}
        self._node_ids, self._handles = count(protocol.ROOT_ID + 1), count(1)
        self._files: dict[int, OpenedFile] = {}
        self._folders: dict[int, OpenFolder] = {}
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Answers requests until the tree is unmounted. Several threads may call it at the same time."""
        while True:
            try:
                request = os.read(self._descriptor, protocol.REQUEST_BYTES)
            except OSError as problem:
                if problem.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):  # the reader gave up
                    continue
                return  # ENODEV: unmounted
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        length, opcode, unique, node_id, *_ = protocol.IN.unpack_from(request)
        body = memoryview(request)[protocol.IN.size : length]
        try:
            answer, number = self._do(opcode, node_id, body), 0
        except OSError as problem:
            answer, number = b"", problem.errno or errno.EIO
        except Exception as problem:  # noqa: BLE001 - without an answer the reader would hang forever
            self._complain(f"{type(problem).__name__}: {problem}")
            answer, number = b"", errno.EIO
        if answer is None:
            return
        header = protocol.OUT.pack(protocol.OUT.size + len(answer), -number, unique)
        try:
            os.writev(self._descriptor, [header, answer])
        except OSError as problem:
            # these mean that nobody waits for the answer any more
            if problem.errno not in (errno.ENOENT, errno.ENODEV, errno.EINVAL):
                raise

    def _do(self, opcode: int, node_id: int, body: memoryview) -> bytes | None:
        """The answer; None where the kernel expects none."""
        match opcode:
            case Op.LOOKUP:
                return self._look_up(node_id, bytes(body).rstrip(b"\0"))
            case Op.GETATTR:
                node = self._node(node_id)
                return protocol.ATTRIBUTES_OUT.pack(protocol.VALID_S, 0, 0) + self._attributes(node)
            case Op.OPEN:
                return self._open(node_id)
            case Op.READ:
                handle, offset, size_bytes, *_ = protocol.READ_IN.unpack_from(body)
                return self._files[handle].read(offset, size_bytes)
            case Op.RELEASE:
                self._files.pop(protocol.HANDLE_IN.unpack_from(body)[0]).close()
                return b""
            case Op.OPENDIR:
                return self._open_folder(node_id)
            case Op.READDIR | Op.READDIRPLUS:
                return self._read_folder(node_id, body, plus=opcode == Op.READDIRPLUS)
            case Op.RELEASEDIR:
                del self._folders[protocol.HANDLE_IN.unpack_from(body)[0]]
                return b""
            case Op.FORGET:
                self._forget(node_id, protocol.HANDLE_IN.unpack_from(body)[0])
                return None
            case Op.BATCH_FORGET:
                for node, lookups in protocol.FORGET_ONE.iter_unpack(body[8:]):
                    self._forget(node, lookups)
                return None
            case Op.STATFS:
                return protocol.statfs_answer()
            case Op.INIT:
                return protocol.init_answer(body)
            case Op.INTERRUPT:  # the answer is kept for the next reader
                return None
            case Op.DESTROY:
                return b""
            case _:  # the kernel does not ask again
                raise OSError(errno.ENOSYS, "not needed")

    def _look_up(self, parent_id: int, name: bytes) -> bytes:
        found = self._tree.find(self._node(parent_id).entry, name.decode("utf-8", "surrogateescape"))
        if found is None:
            raise OSError(errno.ENOENT, "no such object")
        return self._known(found)

    def _known(self, entry: DirectoryEntry) -> bytes:
        """The answer that makes an entry known to the kernel."""
        with self._lock:
            node = self._by_place.get(entry.place)
            if node is None:
                node = _Node(next(self._node_ids), entry)
                self._nodes[node.id] = self._by_place[entry.place] = node
            node.lookups += 1
        header = protocol.ENTRY.pack(node.id, 0, protocol.VALID_S, protocol.VALID_S, 0, 0)
        return header + self._attributes(node)

    def _forget(self, node_id: int, lookups: int) -> None:
        with self._lock:
            node = self._nodes[node_id]
            node.lookups -= lookups
            if node.lookups <= 0 and node_id != protocol.ROOT_ID:
                del self._nodes[node_id], self._by_place[node.entry.place]

    def _open(self, node_id: int) -> bytes:
        handle = next(self._handles)
        self._files[handle] = self._tree.open(self._node(node_id).entry)
        return protocol.OPEN_OUT.pack(handle, protocol.KEEP_CACHE | protocol.NO_FLUSH, 0)

    def _open_folder(self, node_id: int) -> bytes:
        handle = next(self._handles)
        self._folders[handle] = OpenFolder(self._tree.entries(self._node(node_id).entry))
        return protocol.OPEN_OUT.pack(handle, 0, 0)

    def _read_folder(self, node_id: int, body: memoryview, *, plus: bool) -> bytes:
        """As many entries from an offset on as fit; the first two are `.` and `..`."""
        handle, offset, size_bytes, *_ = protocol.READ_IN.unpack_from(body)
        folder = self._folders[handle]
        listed = bytearray()
        with folder.lock:
            while True:
                is_dots = offset < len(_DOTS)
                entry = _DOTS[offset] if is_dots else folder.at(offset - len(_DOTS))
                if entry is None:
                    break
                name = entry.name.encode()
                if len(listed) + protocol.listed_size(name, plus=plus) > size_bytes:
                    break
                offset += 1
                if plus:
                    listed += protocol.NO_ENTRY if is_dots else self._known(entry)
                number = node_id if is_dots else offset + (1 << 32)
                listed += protocol.listed_name(number, offset, name, is_folder=entry.is_folder)
        return bytes(listed)

    def _node(self, node_id: int) -> _Node:
        node = self._nodes.get(node_id)
        if node is None:
            raise OSError(errno.ESTALE, "forgotten")
        return node

    def _attributes(self, node: _Node) -> bytes:
        return protocol.attributes(node.id, node.entry, *self._owner)


_DOTS = (DirectoryEntry(".", "", True), DirectoryEntry("..", "", True))
