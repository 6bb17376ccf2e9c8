"""People's own code as the algorithm of an instance: fetched, given what it requires, shut in, watched."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.own_code.containers import container_command, engine
from trigpoint.own_code.frameworks import framework_packages, missing_companions
from trigpoint.own_code.images import program_folder
from trigpoint.own_code.limits import DEFAULT_DISK_GB, Limits, Watch
from trigpoint.own_code.overlay import folders_of, make_overlay
from trigpoint.own_code.pythons import base_python
from trigpoint.own_code.requirements import Environments, InstallFailed, Wanted, pip_variables, site_of
from trigpoint.own_code.room import Protection, Room, usable_protection
from trigpoint.own_code.source import PROGRAM, SUBMIT_DIRECTORY, fetch_source, named
from trigpoint.own_code.variables import inherited, readable, readable_by_pip
from trigpoint.training.launch import InstanceSpec


class OwnCodeFailed(TrigpointError):
    """The code cannot be run; the message becomes the FailureReason."""


class OwnAlgorithm:
    """The code of one instance: `prepare`, then start `command` with `variables`, `watch` it, and `finish`.

    write_line: writes a line to the job's log
    """

    def __init__(
        self,
        spec: InstanceSpec,
        open_uri: Callable[[str], BinaryIO],
        write_line: Callable[[str], None],
    ) -> None:
        assert spec.own is not None
        self._spec, self._own = spec, spec.own
        self._open_uri = open_uri
        self._write_line = write_line
        self._limits = Limits(
            spec.settings.max_job_processes,
            spec.settings.max_job_memory_mb,
            spec.own.disk_gb or DEFAULT_DISK_GB,
            "VolumeSizeInGB of the request (volume_size of the estimator)",
        )
        self._room: Room | None = None
        self._watch: Watch | None = None
        self._stack = contextlib.ExitStack()

    def prepare(self) -> None:
        """Fetches the code and installs what it requires.

        Raises: OwnCodeFailed.
        """
        try:
            if self._own.kind != "container":
                self._room = self._furnished()
        except InstallFailed as error:
            raise OwnCodeFailed(f"InstallRequirementsError: {error.message}") from error
        except TrigpointError as error:
            raise OwnCodeFailed(error.message) from error

    def command(self) -> list[str]:
        """The command that runs the code."""
        if self._room is None:
            arguments = self._own.arguments or (() if self._own.entrypoint else ("train",))
            hosts = self._config("resourceconfig")["hosts"]
            return container_command(
                engine(),
                self._container,
                self._own,
                self._spec.folder.opt_ml,
                self._given_variables(),
                self._limits,
                arguments,
                hosts=hosts,
            )
        return self._room.command(self._program(self._room))

    def variables(self) -> dict[str, str]:
        """All environment variables of the code."""
        if self._room is None:
            return {**inherited(), **self._given_variables()}
        return {**inherited(), **self._room.variables(), **self._given_variables()}

    def watch(self, pid: int) -> None:
        """Begins to watch the limits of the running code."""
        folder = self._spec.folder
        logs = folder.root.glob(f"{folder.host}-*.log")  # what it prints takes space, too
        self._watch = Watch(pid, [folder.opt_ml, folder.scratch, *logs], self._limits)
        self._watch.start()

    def finish(self) -> str | None:
        """Ends watching. The limit that was exceeded, as a sentence; None if none was."""
        self._stack.close()
        if self._own.kind == "container":
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    [engine(), "rm", "--force", self._container], capture_output=True, timeout=60, check=False
                )
        if self._watch is not None:
            self._watch.stop()
        if self._room is not None:
            shutil.rmtree(self._room.own, ignore_errors=True)
            for left in self._room.scratch.iterdir():
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        return self._watch.breach if self._watch else None

    # -- preparing

    def _furnished(self) -> Room:
        """The room, with the code and its environment in it."""
        walls = self._protection()
        base = base_python(self._own.python)
        folder = self._spec.folder
        bare = Room(
            walls,
            folder.opt_ml,
            folder.scratch,
            folder.environment,
            base,
            folder.state / "walls.json",
            self._spec.settings.data_dir,
            network=not self._own.isolated,
            processes=self._limits.processes,
            hosts=tuple(self._config("resourceconfig")["hosts"]),
            readable=(*readable(), *program_folder(self._own)),
        )
        self._write_line(walls.described(network=bare.network))
        self._fetch()
        more = framework_packages(self._own, base.versions, self._write_line)
        below = [*base.sites, bare.seen_toolkit]
        wanted = Wanted(self._requirements(), self._code(), more)
        installed = Environments(self._spec.settings.environments_dir).provided_if_any(
            wanted,
            missing_companions(self._own, base.versions),
            replace(bare, readable=readable_by_pip()),
            pip_variables(bare, self._spec.environment),
            self._write_line,
            self._stack,
        )
        if installed is not None:
            below = [site_of(installed, bare), *below]
        shutil.rmtree(bare.own, ignore_errors=True)  # of an earlier start
        make_overlay(bare.own, base, below, folders_of(installed, base))
        return replace(bare, installed=installed)

    def _protection(self) -> Protection:
        found = usable_protection(unconfined=self._spec.settings.unconfined)
        if found.kind != "namespaces" and self._own.entrypoint:
            raise Invalid(
                "ContainerEntrypoint, as ModelTrainer of the SDK's version 3 sends it, needs /opt/ml, which this system "
                f"cannot show to a job ({found.why}); use the estimators of version 2"
            )
        return found

    def _fetch(self) -> None:
        uri = named(SUBMIT_DIRECTORY, self._hyperparameters, self._spec.environment)
        if uri.startswith("s3://"):
            fetch_source(uri, self._spec.folder.opt_ml / "code", self._open_uri)
        elif self._own.kind == "script" and not (self._own.entrypoint or self._own.arguments):
            program = named(PROGRAM, self._hyperparameters, self._spec.environment)
            if not program or not (self._spec.folder.opt_ml / "code" / program).exists():
                raise Invalid(
                    "the request names no code: this image runs scripts, so give entry_point (and source_dir) to the "
                    "estimator, or the hyperparameters sagemaker_program and sagemaker_submit_directory"
                )

    def _code(self) -> Path:
        """Where the code is: in /opt/ml/code, or in the channel `code`, as version 3 of the SDK sends it."""
        data = self._spec.folder.opt_ml / "input" / "data"
        return data / "code" if (data / "sm_drivers").is_dir() else self._spec.folder.opt_ml / "code"

    def _requirements(self) -> Path | None:
        if self._own.kind == "command":
            return None
        drivers = self._spec.folder.opt_ml / "input" / "data" / "sm_drivers" / "sourcecode.json"
        name = "requirements.txt"
        with contextlib.suppress(OSError, ValueError, AttributeError):
            given = json.loads(drivers.read_text()).get("requirements")
            name = given if isinstance(given, str) and given not in ("", "auto") else name
        path = (self._code() / name).resolve()
        return path if path.is_file() and self._spec.folder.opt_ml.resolve() in path.parents else None

    # -- running

    def _program(self, room: Room) -> list[str]:
        if self._own.entrypoint:
            return [*self._own.entrypoint, *self._own.arguments]
        if self._own.kind == "command":
            return [*self._own.command, *(self._own.arguments or ("train",))]
        if self._own.arguments:
            return list(self._own.arguments)
        return [f"{room.seen_own}/bin/python", room.seen_toolkit, "train"]

    def _given_variables(self) -> dict[str, str]:
        """The variables of the request and of the platform, with credentials of the job's own."""
        given = {k: v for k, v in self._spec.environment.items() if not k.startswith("TRIGPOINT_")}
        if self._spec.keys is None or self._own.isolated:
            return given
        keys = self._spec.keys.session
        return {
            **given,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_SESSION_TOKEN": keys.session_token,
            "AWS_ENDPOINT_URL": self._spec.settings.local_url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def _container(self) -> str:
        return f"trigpoint-{self._spec.folder.root.name}-{self._spec.folder.host}"

    @property
    def _hyperparameters(self) -> dict[str, str]:
        return self._config("hyperparameters")

    def _config(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (self._spec.folder.opt_ml / "input" / "config" / f"{name}.json").read_text()
        )
        return found
