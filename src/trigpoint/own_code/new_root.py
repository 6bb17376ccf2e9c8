"""The file system that people's code sees in namespaces: what `Walls` shows, and what of the system every program needs.

Standard library only. The caller is in a mount namespace of its own, which nobody else sees.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from trigpoint.own_code.syscalls import call
from trigpoint.own_code.walls import CONFIGURATION, DEVICES, GPU_DEVICES, SYSTEM_FOLDERS, Walls

READ_ONLY, NO_SUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
AT_WORKING_FOLDER, ALL_BELOW = (1 << 64) - 100, 0x8000


def build_root(walls: Walls, user: int | None) -> None:
    """Makes a file system of what is shown, and nothing else, the root of this process."""
    root = Path("/tmp")
    call("mount", b"none", b"/", None, RECURSIVE | PRIVATE, None)
    call("mount", b"trigpoint", bytes(root), b"tmpfs", NO_SUID | NO_DEVICES, b"mode=755,size=64m")
    old = root / ".old"
    old.mkdir()
    call("pivot_root", bytes(root), bytes(old))
    os.chdir("/")
    old = Path("/.old")
    for name in SYSTEM_FOLDERS:
        _show_system(old / name, Path("/") / name)
    _hide("/sys/fs/cgroup")  # with which a service's user can end the service
    _show_configuration(old / "etc", Path("/etc"), walls.hosts)
    _make_devices(old / "dev")
    Path("/proc").mkdir()
    call("mount", b"proc", b"/proc", b"proc", NO_SUID | NO_DEVICES, None)
    for source, target, writable in walls.shown:
        inside = old / source.lstrip("/")
        if user is not None and writable:
            _give(inside, user)
        _bind(inside, Path(target), writable=writable)
    _hide(walls.hidden)
    call("umount2", bytes(old), DETACH)
    old.rmdir()
    call("mount", b"none", b"/", None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEVICES, None)


def _hide(folder: str) -> None:
    """Covers a folder with an empty one, where a folder that is shown contains it."""
    if folder and Path(folder).is_dir():
        call("mount", b"trigpoint", os.fsencode(folder), b"tmpfs", READ_ONLY, b"mode=755,size=4k")


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
    call("mount", b"trigpoint", b"/dev/shm", b"tmpfs", NO_SUID | NO_DEVICES, b"mode=1777")


def _bind(source: Path, target: Path, *, writable: bool, devices: bool = False) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    call("mount", bytes(source), bytes(target), None, BIND | RECURSIVE, None)
    if devices:
        return
    # Source: mount_setattr(2), since Linux 5.12: the flags of all mounts below, too.
    attributes = struct.pack("=QQQQ", NO_SUID | NO_DEVICES | (0 if writable else READ_ONLY), 0, 0, 0)
    call("mount_setattr", AT_WORKING_FOLDER, bytes(target), ALL_BELOW, attributes, len(attributes))


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
