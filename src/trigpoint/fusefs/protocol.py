"""The part of the FUSE protocol that a read-only tree needs: operation codes, flags and the layout of messages.

Source: Linux, include/uapi/linux/fuse.h, protocol 7.31.
"""

from __future__ import annotations

import errno
import stat
import struct
from enum import IntEnum
from typing import Final

from trigpoint.fusefs.tree import DirectoryEntry


class Op(IntEnum):
    """The operations that the kernel requests of a read-only tree."""

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
"""How long the kernel may cache an answer: longer than any job runs, since the data of a job do not change."""
MAX_READ_BYTES = 1 << 20
MAX_NAME_BYTES = 255
REQUEST_BYTES = 64 << 10
PAGE_BYTES = 4096

IN = struct.Struct("=IIQQIIIHH")
OUT = struct.Struct("=IiQ")
INIT_OUT = struct.Struct("=IIIIHHIIHHI28x")
ATTRIBUTES = struct.Struct("=6Q10I")
ENTRY = struct.Struct("=QQQQII")
ATTRIBUTES_OUT = struct.Struct("=QII")
OPEN_OUT = struct.Struct("=QII")
READ_IN = struct.Struct("=QQIIQII")
HANDLE_IN = struct.Struct("=Q")
NAME_OUT = struct.Struct("=QQII")
STATFS_OUT = struct.Struct("=5Q4I24x")
FORGET_ONE = struct.Struct("=QQ")

NO_ENTRY = bytes(ENTRY.size + ATTRIBUTES.size)


def init_answer(body: memoryview) -> bytes:
    """The answer to INIT, with those of the kernel's features that are used.

    Raises: OSError: EPROTO: the kernel speaks another major version.
    """
    major, _minor, _readahead, offered = struct.unpack_from("=IIII", body)
    if major != MAJOR:
        raise OSError(errno.EPROTO, f"protocol {major}")
    wanted = (DO_READDIRPLUS | PARALLEL_DIROPS | MAX_PAGES) & offered
    most_pages = MAX_READ_BYTES // PAGE_BYTES
    return INIT_OUT.pack(MAJOR, MINOR, MAX_READ_BYTES, wanted, 64, 48, PAGE_BYTES, 1, most_pages, 0, 0)


def statfs_answer() -> bytes:
    """The answer to STATFS: an empty file system, whose size nobody needs."""
    return STATFS_OUT.pack(0, 0, 0, 0, 0, PAGE_BYTES, MAX_NAME_BYTES, PAGE_BYTES, 0)


def attributes(node_id: int, entry: DirectoryEntry, user: int, group: int) -> bytes:
    """The attributes of an entry, readable by everybody and writable by nobody."""
    mode = stat.S_IFDIR | 0o555 if entry.is_folder else stat.S_IFREG | 0o444
    at, size_bytes = entry.modified_s, entry.size_bytes
    blocks, links = -(-size_bytes // 512), 2 if entry.is_folder else 1
    return ATTRIBUTES.pack(
        node_id, size_bytes, blocks, at, at, at, 0, 0, 0, mode, links, user, group, 0, PAGE_BYTES, 0
    )


def listed_size(name: bytes, *, plus: bool) -> int:
    """The bytes that an entry of this name takes in the answer to READDIR, or to READDIRPLUS."""
    return (len(NO_ENTRY) if plus else 0) + -(-(NAME_OUT.size + len(name)) // 8) * 8


def listed_name(number: int, next_offset: int, name: bytes, *, is_folder: bool) -> bytes:
    """The name of an entry in a listing; `number` is its inode number, `next_offset` the offset after it."""
    kind = (stat.S_IFDIR if is_folder else stat.S_IFREG) >> 12
    listed = NAME_OUT.pack(number, next_offset, len(name), kind) + name
    return listed + bytes(-len(listed) % 8)
