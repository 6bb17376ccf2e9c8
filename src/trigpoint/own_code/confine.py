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
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from trigpoint.own_code.landlock import restrict

NEW_MOUNTS, NEW_USERS, NEW_PROCESSES, NEW_NETWORK, NEW_IPC = (
    0x00020000,
    0x10000000,
    0x20000000,
    0x40000000,
    0x08000000,
)
READ_ONLY, NO_SUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
SET_MOUNT, ALL_BELOW = 442, 0x8000
SET_DEATH_SIGNAL, NO_NEW_PRIVILEGES, DROP_BOUNDING, ADOPT_ORPHANS = 1, 38, 24, 36
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
FIRST_USER = 1_879_048_192
"""Decision: above the numbers that Linux distributions and containers give to users."""

NOBODY = 65_534

DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "kfd", "dri")
GPU_DEVICES = "nvidia*"
SYSTEM_FOLDERS = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "sys")
CONFIGURATION = (
    *(
        "alternatives",
        "ca-certificates",
        "ca-certificates.conf",
        "crypto-policies",
        "fonts",
        "gai.conf",
        "group",
    ),
    *(
        "host.conf",
        "hosts",
        "ld.so.cache",
        "ld.so.conf",
        "ld.so.conf.d",
        "localtime",
        "mime.types",
        "nsswitch.conf",
    ),
    *(
        "OpenCL",
        "passwd",
        "pip.conf",
        "pki",
        "protocols",
        "resolv.conf",
        "services",
        "ssl",
        "timezone",
        "vulkan",
    ),
)
"""What programs need of /etc, where passwords and keys of other services may lie, too."""


@dataclass(frozen=True, slots=True)
class Walls:
    """What the program may reach.

    kind:      namespaces or landlock
    shown:     folders as (where they are, where the program sees them, whether it may write there); with landlock the
               second is not used
    working:   the folder in which it starts, as the program sees it
    network:   whether it may use the network
    processes: how many processes and threads it may have
    open_files: how many files a process may have open
    hosts:     host names that stand for this machine
    hidden:    a folder that is not shown even where a folder that is shown contains it; nothing is shown below it
    """

    kind: str
    shown: list[tuple[str, str, bool]]
    working: str
    network: bool = True
    processes: int = 4096
    open_files: int = 65_536
    hosts: list[str] = field(default_factory=list)
    hidden: str = ""

    @classmethod
    def read(cls, path: Path) -> Walls:
        """The walls in a file."""
        values: dict[str, Any] = json.loads(path.read_text())
        return cls(**{**values, "shown": [tuple(each) for each in values["shown"]]})


def main(arguments: list[str]) -> int:
    walls, program = Walls.read(Path(arguments[0])), arguments[2:]
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until somebody is there to take them
    if walls.kind == "landlock":
        _call("prctl", ADOPT_ORPHANS, 1)
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
        _call("prctl", SET_DEATH_SIGNAL, signal.SIGKILL)
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
        _call("unshare", flags)
        return user == 0
    except PermissionError:
        _call("unshare", flags | NEW_USERS)
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
    _build(walls, user)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        _call("prctl", SET_DEATH_SIGNAL, signal.SIGKILL)  # a new user has forgotten it
    code = _watch(_forked(lambda: _become(program, walls, None)))
    os._exit(code)


def _build(walls: Walls, user: int | None) -> None:
    """Makes a file system of what is shown, and nothing else, the root of this process."""
    root = Path("/tmp")
    _call("mount", b"none", b"/", None, RECURSIVE | PRIVATE, None)
    _call("mount", b"trigpoint", bytes(root), b"tmpfs", NO_SUID | NO_DEVICES, b"mode=755,size=64m")
    old = root / ".old"
    old.mkdir()
    _call("pivot_root", bytes(root), bytes(old))
    os.chdir("/")
    old = Path("/.old")
    for name in SYSTEM_FOLDERS:
        _show_system(old / name, Path("/") / name)
    _hide("/sys/fs/cgroup")  # with which a service's user can end the service
    _show_configuration(old / "etc", Path("/etc"), walls.hosts)
    _make_devices(old / "dev")
    Path("/proc").mkdir()
    _call("mount", b"proc", b"/proc", b"proc", NO_SUID | NO_DEVICES, None)
    for source, target, writable in walls.shown:
        inside = old / source.lstrip("/")
        if user is not None and writable:
            _give(inside, user)
        _bind(inside, Path(target), writable=writable)
    _hide(walls.hidden)
    _call("umount2", bytes(old), DETACH)
    old.rmdir()
    _call("mount", b"none", b"/", None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEVICES, None)


def _hide(folder: str) -> None:
    """Covers a folder with an empty one, where a folder that is shown contains it."""
    if folder and Path(folder).is_dir():
        _call("mount", b"trigpoint", os.fsencode(folder), b"tmpfs", READ_ONLY, b"mode=755,size=4k")


def _show_system(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif source.is_dir():
        _bind(source, target, writable=False)


def _show_configuration(source: Path, target: Path, hosts: list[str]) -> None:
    target.mkdir()
    for name in CONFIGURATION:
        found = _resolved(source / name)
        if found.exists():
            if name == "hosts":
                lines = found.read_text(errors="replace") + "".join(f"127.0.0.1 {host}\n" for host in hosts)
                (target / name).write_text(lines)
            else:
                _bind(found, target / name, writable=False)
    if not (target / "hosts").exists():
        (target / "hosts").write_text("".join(f"127.0.0.1 {host}\n" for host in ("localhost", *hosts)))


def _resolved(path: Path) -> Path:
    """Where a link of the old root leads, as seen from the new one."""
    for _ in range(8):
        if not path.is_symlink():
            return path
        leads_to = path.readlink()
        path = Path("/.old") / str(leads_to).lstrip("/") if leads_to.is_absolute() else path.parent / leads_to
    return path


def _make_devices(source: Path) -> None:
    devices = Path("/dev")
    devices.mkdir()
    for path in [*(source / name for name in DEVICES), *source.glob(GPU_DEVICES)]:
        if path.exists():
            _bind(path, devices / path.name, writable=True, devices=True)
    for name, leads_to in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0")):
        (devices / name).symlink_to(leads_to)
    (devices / "stdout").symlink_to("/proc/self/fd/1")
    (devices / "stderr").symlink_to("/proc/self/fd/2")
    (devices / "shm").mkdir()
    # Source: training.md 4.1, shared memory for the loaders of PyTorch; the kernel's default is half of the memory
    _call("mount", b"trigpoint", b"/dev/shm", b"tmpfs", NO_SUID | NO_DEVICES, b"mode=1777")


def _bind(source: Path, target: Path, *, writable: bool, devices: bool = False) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _call("mount", bytes(source), bytes(target), None, BIND | RECURSIVE, None)
    if devices:
        return
    # Source: mount_setattr(2), since Linux 5.12: the flags of all mounts below, too.
    attributes = struct.pack("=QQQQ", NO_SUID | NO_DEVICES | (0 if writable else READ_ONLY), 0, 0, 0)
    done = _libc.syscall(
        SET_MOUNT, -100, bytes(target), ALL_BELOW, attributes, ctypes.c_size_t(len(attributes))
    )
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount_setattr {target} is refused here: {os.strerror(number)}")


def _give(folder: Path, user: int) -> None:
    """Makes the user the owner of a folder with all that is in it, except what is mounted there."""
    os.lchown(folder, user, user)
    if not folder.is_dir():
        return
    device = folder.stat().st_dev
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(where, name)  # noqa: PTH118 - there may be a million
            if os.lstat(path).st_dev == device:
                os.lchown(path, user, user)
        folders[:] = [
            each
            for each in folders
            if os.lstat(os.path.join(where, each)).st_dev == device  # noqa: PTH118
        ]


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
    _call("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in _numbers_of_capabilities():
        with contextlib.suppress(OSError):  # refused to those who have no powers to give up
            _call("prctl", DROP_BOUNDING, capability, 0, 0, 0)
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if _libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "the privileges cannot be given up")


def _numbers_of_capabilities() -> Iterable[int]:
    with contextlib.suppress(OSError, ValueError):
        return range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1)
    return range(41)


def _call(name: str, *arguments: object) -> None:
    if name == "pivot_root":
        done = _libc.syscall(155 if os.uname().machine == "x86_64" else 41, *arguments)
    else:
        function = getattr(_libc, name)
        done = function(*(ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments))
    if done != 0:
        number = ctypes.get_errno()
        named = next((os.fsdecode(each) for each in arguments if isinstance(each, bytes)), "")
        raise OSError(number, f"{name} {named} is refused here: {os.strerror(number)}".replace("  ", " "))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123 - a file of the kernel
        file.write(text)


_libc = ctypes.CDLL(None, use_errno=True)

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as problem:
        sys.exit(f"{problem.strerror}{f': {problem.filename}' if problem.filename else ''}")
