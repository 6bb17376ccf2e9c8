"""Environments with what people's code requires, installed once for the same content and then shared, unchanged.

An environment is named by a hash of everything that decides what is in it: the requirements, the Python and its packages
below, the options of pip. Jobs that want the same one at the same time wait for the first, which installs it. Installing
runs code of the packages, so it happens in a room with the walls of any other job.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from trigpoint.core.errors import TrigpointError
from trigpoint.own_code.limits import Watch
from trigpoint.own_code.overlay import make_overlay, packages_in, pip_runner
from trigpoint.own_code.requirement_errors import MAX_REQUIREMENTS_BYTES, explained
from trigpoint.own_code.room import Room
from trigpoint.own_code.variables import inherited, options_of_pip

INSTALL_LIMIT_S: Final = 1800.0
UNUSED_AFTER_S: Final = 30 * 86_400.0
"""Decision: an environment that nobody used for thirty days is removed when the next one is made."""

_DONE: Final = "trigpoint-done"
_TICK_S: Final = 0.2
_LOCAL: Final = re.compile(
    r"^[ \t]*(?:-r|-c|-e|--requirement|--constraint|--editable|--find-links|-f|\.|/)|file:|"
    r"^[ \t]*[^\s:#;-][^\s:#;]*(?:/|\.whl|\.zip|\.tar\.gz)",
    re.M,
)
"""Requirements that name files of the code, so that what is installed depends on them."""


class InstallFailed(TrigpointError):
    """What the code requires cannot be installed; the message says which line, and why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to install: the file, the folder of code that it may refer to, and packages beyond the file's."""

    file: Path | None
    code: Path
    more: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The file's content.

        Raises: InstallFailed: it is too large, or no text.
        """
        if self.file is None:
            return ""
        if self.file.stat().st_size > MAX_REQUIREMENTS_BYTES:
            raise InstallFailed(f"{self.file.name} has more than {MAX_REQUIREMENTS_BYTES} bytes")
        try:
            return self.file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as problem:
            line = problem.object[: problem.start].count(b"\n") + 1
            raise InstallFailed(
                f"{self.file.name}, line {line}: byte {problem.object[problem.start]:#04x} is not UTF-8 text; save the file as UTF-8"
            ) from None

    @property
    def is_nothing(self) -> bool:
        lines = (line.partition("#")[0].strip() for line in self.text.splitlines())
        return not self.more and not any(lines)


class Environments:
    """All environments below a folder. Safe with any number of processes."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextlib.contextmanager
    def provided(
        self, wanted: Wanted, room: Room, variables: Mapping[str, str], write_line: Callable[[str], None]
    ) -> Iterator[Path]:
        """The folder of the environment, which is kept while the block runs.

        room:       a room with the code's base Python, in which pip may run
        variables:  the environment variables of pip
        write_line: gets lines for the log, pip's among them
        Raises:     InstallFailed.
        """
        key = _key(wanted, room, variables)
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self._root / key
        with (self._root / f"{key}.lock").open("a") as lock:
            _take(lock, write_line)
            if not (folder / _DONE).exists():
                self._remove_unused(key)
                _install(wanted, folder, room, variables, write_line)
                (folder / _DONE).touch()
            else:
                write_line(f"What the code requires is installed already ({key[:12]}).")
            os.utime(folder / _DONE)
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield folder

    def provided_if_any(
        self,
        wanted: Wanted,
        companions: tuple[str, ...],
        room: Room,
        variables: Mapping[str, str],
        write_line: Callable[[str], None],
        stack: contextlib.ExitStack,
    ) -> Path | None:
        """The folder of the environment, kept until the stack ends; None if nothing is wanted.

        Decision: companions are packages that the framework's image has and that the script may not need. If they cannot be
        installed, the log says so and the script runs without them.

        Raises: InstallFailed: what is wanted cannot be installed.
        """
        if companions:
            both = replace(wanted, more=(*wanted.more, *companions))
            try:
                return stack.enter_context(self.provided(both, room, variables, write_line))
            except InstallFailed as error:
                names = " and ".join(companions)
                write_line(f"The image has {names}, which cannot be installed here: {error.message}")
        if wanted.is_nothing:
            return None
        return stack.enter_context(self.provided(wanted, room, variables, write_line))

    def _remove_unused(self, besides: str) -> None:
        for folder in self._root.glob("*/"):
            done = folder / _DONE
            if folder.name == besides or (
                done.exists() and time.time() - done.stat().st_mtime < UNUSED_AFTER_S
            ):
                continue
            with (self._root / f"{folder.name}.lock").open("a") as lock, contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


def _take(lock: IO[str], write_line: Callable[[str], None]) -> None:
    """Waits until nobody else installs or removes this environment. Others may use it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if (Path(lock.name).with_suffix("") / _DONE).exists():
            fcntl.flock(lock, fcntl.LOCK_SH)
            return
        write_line("Another job installs the same requirements; this one waits for it.")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _key(wanted: Wanted, room: Room, variables: Mapping[str, str]) -> str:
    decisive: list[object] = [
        wanted.text,
        wanted.more,
        room.base.executable,
        room.base.sites,
        room.base.versions,
        room.protection.kind,
        sorted((name, value) for name, value in variables.items() if name.startswith("PIP_")),
    ]
    if _LOCAL.search(wanted.text):
        decisive.append(_digest(wanted.code))
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def _digest(folder: Path) -> str:
    """A hash of all files below a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            found.update(f"{path.relative_to(folder)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _install(
    wanted: Wanted, folder: Path, room: Room, variables: Mapping[str, str], write_line: Callable[[str], None]
) -> None:
    if not room.network:
        raise InstallFailed(
            "what the code requires is not installed yet, and EnableNetworkIsolation keeps pip from the package index; "
            "run a job with the same requirements without isolation first, or register an environment that has them"
        )
    shutil.rmtree(folder, ignore_errors=True)
    seen = room.seen_installed(folder)
    make_overlay(folder, room.base, room.base.sites)
    program = [
        *(f"{seen}/bin/python", str(pip_runner()), "install", "--disable-pip-version-check", "--no-input"),
        *("--no-cache-dir", "--no-warn-script-location", "--progress-bar", "off", *wanted.more),
    ]
    if wanted.file is not None:
        program += ["-r", room.seen(wanted.file)]
    write_line(f"Installing {wanted.file.name if wanted.file else ' '.join(wanted.more)} with pip:")
    began_s = time.monotonic()
    working = str(Path(room.seen(wanted.file)).parent) if wanted.file else ""
    command = room.command(program, installing=folder, working=working)
    output = _run(command, wanted.code if wanted.file else room.opt_ml, variables, folder, write_line)
    if output is not None:
        shutil.rmtree(folder, ignore_errors=True)
        raise InstallFailed(explained(wanted.file, wanted.code, output))
    write_line(f"Installed in {time.monotonic() - began_s:.0f} seconds.")


def _run(
    command: list[str],
    where: Path,
    variables: Mapping[str, str],
    folder: Path,
    write_line: Callable[[str], None],
) -> str | None:
    """What pip printed, if it failed; None if it succeeded."""
    printed: list[str] = []
    with subprocess.Popen(
        command,
        cwd=where,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    ) as pip:
        watch = Watch(pip.pid, [folder], time_s=INSTALL_LIMIT_S)
        watch.start()
        try:
            assert pip.stdout is not None
            for line in pip.stdout:
                printed.append(line)
                del printed[:-400]
                write_line(line.rstrip("\n")[:2000])
            code = pip.wait()
        finally:
            watch.stop()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pip.pid, 9)
    if watch.breach:
        return watch.breach
    return None if code == 0 else "".join(printed)


def pip_variables(room: Room, given: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of pip: those of the server, and those that the request gives it."""
    own = {name: value for name, value in given.items() if name.startswith("PIP_")}
    places = {"HOME": room.seen_scratch, "TMPDIR": room.seen_scratch}
    return {**inherited(), **options_of_pip(), **places, **own}


def site_of(folder: Path, room: Room) -> str:
    """The packages of an environment, as the program sees them."""
    return f"{room.seen_installed(folder)}/{packages_in(room.base)}"
