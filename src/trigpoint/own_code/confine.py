"""Shuts a program into a world of its own, and becomes the process that watches over it.

    python -P -m trigpoint.own_code.confine SPEC -- PROGRAM ARGUMENT...

SPEC is a file with a `Walls`. Two kinds of walls exist. `namespaces`: the program sees a file system of the folders that
`Walls` names and no others, no process but its own, no user but itself, and no network if it must not; root becomes a user
that exists nowhere else. `landlock`: the kernel refuses the program everything but the same folders, which keep their
names. With both, nothing that the program starts can get further privileges, and all of it ends with this process.

SIGTERM is passed on to the program, and to nothing else that it started. The exit code is the program's, or 128 + N when
signal N ended it. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from trigpoint.own_code.landlock import restrict
from trigpoint.own_code.new_root import build_root
from trigpoint.own_code.syscalls import call
from trigpoint.own_code.walls import CONFIGURATION, DEVICES, GPU_DEVICES, SYSTEM_FOLDERS, Walls

NEW_MOUNTS, NEW_USERS, NEW_PROCESSES, NEW_NETWORK, NEW_IPC = (
    0x00020000,
    0x10000000,
    0x20000000,
    0x40000000,
    0x08000000,
)
SET_DEATH_SIGNAL, NO_NEW_PRIVILEGES, DROP_BOUNDING, ADOPT_ORPHANS = 1, 38, 24, 36
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
FIRST_USER = 1_879_048_192
"""Decision: above the numbers that Linux distributions and containers give to users."""

NOBODY = 65_534


def main(arguments: list[str]) -> int:
    walls, program = Walls.read(Path(arguments[0])), arguments[2:]
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until somebody is there to take them
    if walls.kind == "landlock":
        call("prctl", ADOPT_ORPHANS, 1)
        code = _watch(_forked(lambda: _become(program, walls, _landlocked)))
        _kill_the_rest()
        return code
    new_user = _free_user()
    flags = NEW_MOUNTS | NEW_PROCESSES | NEW_IPC | (0 if walls.network else NEW_NETWORK)
    as_root = _unshare(flags)
    if not walls.network:
        _raise_loopback()
    return _watch(_forked(lambda: _first_process(program, walls, new_user if as_root else None)))


def _forked(child: Callable[[], object]) -> int:
    """The number of a new process, which runs `child` and is killed when this process ends."""
    parent = os.getpid()
    number = os.fork()
    if number:
        return number
    try:
        call("prctl", SET_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() not in (parent, 0):  # 0: the parent is in another namespace of processes
            os._exit(1)
        child()
    except OSError as problem:
        where = f" ({problem.filename})" if problem.filename else ""
        print(f"confine: {problem.strerror}{where}", file=sys.stderr, flush=True)
    finally:
        os._exit(126)


def _watch(number: int) -> int:
    """Passes SIGTERM on; the exit code of the process when it has ended. Reaps all others that end here."""

    def pass_on(received: int, frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, received)

    for each in SIGNALS:
        signal.signal(each, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    while True:
        ended, status = os.wait()
        if ended == number:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _kill_the_rest() -> None:
    """Kills what the program left running; the kernel does it where processes have a namespace."""
    while children := Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        for child in map(int, children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)  # its own children are ours now


# -- namespaces


def _unshare(flags: int) -> bool:
    """Enters new namespaces; whether this needed no namespace of users, because this process is root."""
    user, group = os.geteuid(), os.getegid()
    try:
        call("unshare", flags)
        return user == 0
    except PermissionError:
        call("unshare", flags | NEW_USERS)
    with contextlib.suppress(FileNotFoundError):
        _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    return False


def _free_user() -> int:
    """The number of a user that has nothing: one of its own if this system has it, else that of `nobody`."""
    wanted = FIRST_USER + os.getpid()
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= wanted < first + count:
            return wanted
    return NOBODY


def _raise_loopback() -> None:
    """Lets a program without a network talk to itself: processes of one training do."""
    import fcntl
    import socket

    with contextlib.suppress(OSError), socket.socket() as any_socket:
        set_flags, up = 0x8914, 1
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", up))


def _first_process(program: list[str], walls: Walls, user: int | None) -> NoReturn:
    """The process with number 1 of the new namespace: builds the file system, then runs the program."""
    build_root(walls, user)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        call("prctl", SET_DEATH_SIGNAL, signal.SIGKILL)  # a new user has forgotten it
    code = _watch(_forked(lambda: _become(program, walls, None)))
    os._exit(code)


# -- the program


def _landlocked(walls: Walls) -> None:
    readable = (
        [f"/{name}" for name in SYSTEM_FOLDERS] + [f"/etc/{name}" for name in CONFIGURATION] + ["/proc"]
    )
    writable = [f"/dev/{name}" for name in (*DEVICES, "shm")]
    writable += [str(each) for each in Path("/dev").glob(GPU_DEVICES)]
    for source, _, may_write in walls.shown:
        (writable if may_write else readable).append(source)
    restrict(readable, writable)


def _become(program: list[str], walls: Walls, before: Callable[[Walls], None] | None) -> NoReturn:
    for what, most in (
        (resource.RLIMIT_NPROC, walls.processes),
        (resource.RLIMIT_NOFILE, walls.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit of the server stays
            resource.setrlimit(what, (most, most))
    os.chdir(walls.working)
    _drop_privileges()
    if before is not None:
        before(walls)
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores these, and the program would inherit that
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.execvp(program[0], program)


def _drop_privileges() -> None:
    """Gives up every power of root, for good. Files of the own user stay accessible."""
    call("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in _numbers_of_capabilities():
        with contextlib.suppress(OSError):  # refused to those who have no powers to give up
            call("prctl", DROP_BOUNDING, capability, 0, 0, 0)
    header = bytes((ctypes.c_uint32 * 2)(0x20080522, 0))  # version 3, this process
    call("capset", header, bytes(24))


def _numbers_of_capabilities() -> Iterable[int]:
    with contextlib.suppress(OSError, ValueError):
        return range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1)
    return range(41)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123 - a file of the kernel
        file.write(text)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as problem:
        sys.exit(f"{problem.strerror}{f': {problem.filename}' if problem.filename else ''}")
