"""Gives a program folders that only it sees: makes a mount namespace, mounts FUSE folders in it, sends their
descriptors to the process that serves them, and becomes the program.

    python -I -S enter.py SOCKET FOLDER... [-- PROGRAM ARGUMENT...]

Without a program it ends when everything is mounted, which shows that this system allows it. Root (CAP_SYS_ADMIN)
gets a mount namespace; other users get a user namespace around it, in which they keep their user id. The mounts end
with the last process that sees them, so nothing is left to clean up, whichever process is killed.

It imports only the standard library, since it starts without site-packages. Linux only.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import os
import signal
import socket
import sys

UNSHARE_MOUNTS, UNSHARE_USERS = 0x00020000, 0x10000000
READ_ONLY, NO_SUID, NO_DEVICES, NO_ACCESS_TIMES = 1, 2, 4, 1024
RECURSIVE, SLAVE = 16384, 1 << 19
MAX_READ_BYTES = 1 << 20


def main(arguments: list[str]) -> int:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    folders, program = arguments[1:at], arguments[at + 1 :]
    with socket.socket(fileno=int(arguments[0])) as instance:
        enter_namespace()
        fuses = [mount_fuse(folder) for folder in folders]
        instance.sendmsg([b"m"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fuses))])
    if program:
        for name in (
            "SIGPIPE",
            "SIGXFSZ",
        ):  # Python ignores these signals, and the program would inherit that
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        os.execvp(program[0], program)
    return 0


def enter_namespace() -> None:
    """Gives this process a mount namespace of its own."""
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", UNSHARE_MOUNTS)
    except PermissionError:
        _call("unshare", UNSHARE_MOUNTS | UNSHARE_USERS)
        with contextlib.suppress(FileNotFoundError):  # kernels before 3.19 do not have the file
            _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    _call("mount", b"none", b"/", None, RECURSIVE | SLAVE, None)


def mount_fuse(folder: str) -> int:
    """Mounts a read-only FUSE file system; returns the descriptor on which it is served."""
    fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = (
        f"fd={fuse},rootmode=40555,user_id={os.geteuid()},group_id={os.getegid()},"
        f"default_permissions,allow_other,max_read={MAX_READ_BYTES}"
    )
    flags = READ_ONLY | NO_SUID | NO_DEVICES | NO_ACCESS_TIMES
    _call("mount", b"trigpoint", os.fsencode(folder), b"fuse", flags, options.encode())
    return fuse


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name} is refused here: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write(text)


_libc = ctypes.CDLL(None, use_errno=True)

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as problem:
        sys.exit(f"{problem.strerror}{f': {problem.filename}' if problem.filename else ''}")
