"""Starts the model server of people's own code: prepares its room, binds its port, and becomes it.

    python -P -m trigpoint.own_code.serving FOLDER

FOLDER/serving.json is a `ServingSpec`; the model is in FOLDER/model. The number of the bound port is written to FOLDER/port.
Nothing answers there until the model is loaded.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.stored import stored
from trigpoint.own_code.containers import container_command, engine
from trigpoint.own_code.frameworks import framework_packages, missing_companions
from trigpoint.own_code.images import program_folder
from trigpoint.own_code.limits import DEFAULT_DISK_GB, Limits, Watch
from trigpoint.own_code.model import OwnProgram
from trigpoint.own_code.overlay import folders_of, make_overlay
from trigpoint.own_code.pythons import base_python
from trigpoint.own_code.requirements import Environments, Wanted, pip_variables, site_of
from trigpoint.own_code.room import Room, usable_protection
from trigpoint.own_code.variables import inherited, readable, readable_by_pip
from trigpoint.settings import Settings

SPEC: Final = "serving.json"
PORT: Final = "port"
_TICK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class ServingSpec:
    """What a model server of people's own code needs; of the settings, only those."""

    own: OwnProgram
    environment: Mapping[str, str]
    data_dir: Path
    environments_dir: Path
    max_processes: int
    max_memory_mb: int
    unconfined: bool

    @classmethod
    def of(cls, own: OwnProgram, environment: Mapping[str, str], settings: Settings) -> ServingSpec:
        """The spec of a model with this environment."""
        return cls(
            own,
            environment,
            settings.data_dir,
            settings.environments_dir,
            settings.max_job_processes,
            settings.max_job_memory_mb,
            settings.unconfined,
        )

    def write(self, folder: Path) -> None:
        """Writes the spec into the server's folder, which only the server's user may read from then on."""
        folder.chmod(0o700)
        write_json(folder / SPEC, msgspec.to_builtins(self, enc_hook=str))


_spec = stored(ServingSpec)


def serving_command(folder: Path) -> list[str]:
    """The command that starts the model server of a folder."""
    return [sys.executable, "-P", "-m", "trigpoint.own_code.serving", str(folder)]


class ServedModel:
    """One model server."""

    def __init__(self, folder: Path, write_line: Callable[[str], None]) -> None:
        self._folder = folder
        self._spec = _spec(read_json(folder / SPEC))
        self._own = self._spec.own
        self._write_line = write_line
        self._limits = Limits(self._spec.max_processes, self._spec.max_memory_mb, DEFAULT_DISK_GB, "")
        self._stack = contextlib.ExitStack()

    def run(self) -> int:
        """Serves until SIGTERM; the exit code of the server.

        Raises: TrigpointError: it cannot be started.
        """
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            port = bound.getsockname()[1]
            if self._own.kind == "container":
                return self._contained(bound, port)
            room = self._furnished()
            if self._own.kind == "command":
                bound.close()  # Decision: the program binds it; nobody else is likely to in between
                program = [*self._own.command, "serve"]
            else:
                program = [f"{room.seen_own}/bin/python", room.seen_toolkit, "serve", str(bound.fileno())]
            self._announce(port)
            inherit = () if self._own.kind == "command" else (bound.fileno(),)
            return self._watched(room.command(program), self._variables(room, port), inherit)

    def _contained(self, bound: socket.socket, port: int) -> int:
        bound.close()
        name = f"trigpoint-{self._folder.name}"
        given = dict(self._spec.environment)
        command = container_command(
            engine(),
            name,
            self._own,
            self._folder / "ml",
            given,
            self._limits,
            ["serve"],
            port=port,
            extra=[(self._folder / "model", "/opt/ml/model")],
        )
        (self._folder / "ml").mkdir(exist_ok=True)
        self._announce(port)
        return self._watched(command, {**inherited(), **given}, ())

    def _furnished(self) -> Room:
        walls = usable_protection(unconfined=self._spec.unconfined)
        base = base_python(self._own.python)
        for name in ("ml", "scratch", "environment"):
            if name != "ml":
                shutil.rmtree(self._folder / name, ignore_errors=True)
            (self._folder / name).mkdir(exist_ok=True)
        shutil.rmtree(self._folder / "environment")
        room = Room(
            walls,
            self._folder / "ml",
            self._folder / "scratch",
            self._folder / "environment",
            base,
            self._folder / "walls.json",
            self._spec.data_dir,
            network=not self._own.isolated,
            processes=self._limits.processes,
            readable=(*readable(), *program_folder(self._own)),
            extra=((self._folder / "model", "/opt/ml/model"),),
        )
        if walls.kind != "namespaces" and not (room.opt_ml / "model").exists():
            (room.opt_ml / "model").symlink_to(self._folder / "model")
        self._write_line(walls.described(network=room.network))
        more = framework_packages(self._own, base.versions, self._write_line)
        code = room.opt_ml / "code"
        code = code if code.is_dir() else self._folder / "model" / "code"
        file = code / "requirements.txt"
        wanted = Wanted(file if file.is_file() and not file.is_symlink() else None, code, more)
        below, installed = [*base.sites, room.seen_toolkit], None
        if self._own.kind == "script":
            installed = Environments(self._spec.environments_dir).provided_if_any(
                wanted,
                missing_companions(self._own, base.versions),
                replace(room, readable=readable_by_pip()),
                pip_variables(room, self._spec.environment),
                self._write_line,
                self._stack,
            )
        if installed is not None:
            below = [site_of(installed, room), *below]
        make_overlay(room.own, base, below, folders_of(installed, base))
        return replace(room, installed=installed)

    def _variables(self, room: Room, port: int) -> dict[str, str]:
        return {
            **inherited(),
            **room.variables(),
            **self._spec.environment,
            "SAGEMAKER_BIND_TO_PORT": str(port),
        }

    def _announce(self, port: int) -> None:
        part = self._folder / f".{PORT}.part"
        part.write_text(f"{port}\n", encoding="ascii")
        part.replace(self._folder / PORT)

    def _watched(self, command: list[str], variables: dict[str, str], inherit: tuple[int, ...]) -> int:
        """Runs the server to its end; passes SIGTERM on, and ends it when it exceeds a limit."""
        server = subprocess.Popen(
            command,
            cwd=self._folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            pass_fds=inherit,
            process_group=0,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, frame: server.send_signal(received))
        watch = Watch(server.pid, [self._folder], self._limits)
        watch.start()
        try:
            code = server.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
        watch.stop()
        if watch.breach:
            raise Invalid(f"the model server was stopped: {watch.breach}")
        return code if code >= 0 else 128 - code


def main(folder: Path) -> int:
    """The exit code."""

    def write_line(line: str) -> None:
        print(line, flush=True)

    try:
        return ServedModel(folder, write_line).run()
    except TrigpointError as problem:
        write_line(problem.message)
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
