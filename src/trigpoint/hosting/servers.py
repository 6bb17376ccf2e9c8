"""How is a model server started, looked at and stopped: the effects of hosting."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from trigpoint.compute.runner import MeasuredAs, ProcessSpec, ProcessState, Runner
from trigpoint.hosting.artifacts import fetch_model
from trigpoint.hosting.records import DeployedVariant, Instance
from trigpoint.hosting.steps import Facts
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings

if TYPE_CHECKING:
    import httpx  # loaded with the first model server; see invocation.py

PING_LIMIT_S = 2.0
STOP_GRACE_S = 30.0
"""Source of both: training.md 8.4."""

ServerCommand = Callable[[str, Path], Sequence[str]]
"""The command line that serves an algorithm's model in DIR/model and writes its port to DIR/port."""


def algorithm_server(algorithm: str, folder: Path) -> Sequence[str]:
    """The built-in algorithms' own server."""
    return (sys.executable, "-m", "trigpoint.algorithms", "serve", algorithm, "--opt-ml", str(folder))


class ModelServers:
    """Processes that serve models; each has a folder of its own, laid out like /opt/ml.

    `area` names the folder of all those that belong to one kind of owner: endpoints, transform jobs.
    """

    def __init__(
        self,
        objects: ObjectStore,
        runner: Runner,
        settings: Settings,
        command: ServerCommand = algorithm_server,
        *,
        area: str = "endpoints",
    ) -> None:
        self._objects = objects
        self._runner = runner
        self._folders = settings.jobs_dir / area
        self._logs = settings.jobs_dir / "logs" / area
        self._command = command

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        # trust_env: a proxy from the environment must not see requests to our own processes
        return httpx.Client(
            timeout=PING_LIMIT_S, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def prepare(self, instance: Instance, variant: DeployedVariant) -> bool:
        """Puts the model where the server looks for it; False when it is there.

        Raises: Invalid: the model's data are missing or broken. ModelDataUnavailable.
        """
        return fetch_model(self._objects, variant.container, self._folder(instance) / "model")

    def start(self, instance: Instance, variant: DeployedVariant, measured_as: MeasuredAs) -> None:
        """Starts the process of the instance's handle."""
        folder = self._folder(instance)
        self._port_file(instance).unlink(missing_ok=True)
        assert instance.handle is not None
        spec = ProcessSpec(
            argv=self._command(variant.algorithm, folder),
            directory=folder,
            env=variant.container.environment,
            log_path=self.log_path(instance),
            measured_as=measured_as,
        )
        self._runner.start(spec, instance.handle)

    def look(self, instance: Instance) -> Facts:
        """What the process does, and on which port it answers /ping."""
        process = self.poll(instance)
        if process.phase != "running":
            return Facts(process)
        return Facts(process, self._answering_port(instance))

    def poll(self, instance: Instance) -> ProcessState:
        """Where the process of the present attempt stands; lost when there is none."""
        return self._runner.poll(instance.handle) if instance.handle else ProcessState("lost")

    def runs(self, instance: Instance) -> bool:
        """Whether the process of the present attempt runs; else its port may be anybody's."""
        return self.poll(instance).phase == "running"

    def note_answer(self, instance: Instance) -> None:
        """Remembers, for all server processes, that the model has just answered."""
        with contextlib.suppress(FileNotFoundError):
            self._answer_file(instance).touch()

    def answered_at(self, instance: Instance) -> float:
        """When the model last answered anybody, in seconds since 1970; 0 if never."""
        try:
            return self._answer_file(instance).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def stop(self, instance: Instance, grace_s: float = STOP_GRACE_S) -> bool:
        """Asks the process to end, if there is one; True when it has ended and is forgotten.

        It answers the requests in its hands before it ends, for `grace_s` at most.
        """
        if instance.handle is None:
            return True
        if self.runs(instance):
            self._runner.stop(instance.handle, grace_s)
            return False
        self._runner.forget(instance.handle)
        return True

    def kill(self, instance: Instance) -> None:
        """Ends a process that hangs, without a time of grace; whoever looks next starts another."""
        if instance.handle is not None:
            self._runner.stop(instance.handle, 0)

    def remove_files(self, instance: Instance) -> None:
        """Removes the instance's folder; its log stays."""
        shutil.rmtree(self._folder(instance), ignore_errors=True)

    def owner_folder(self, owner_id: str) -> Path:
        """Where the folders of an owner's model servers lie."""
        return self._folders / owner_id

    def remove_owner_files(self, owner_id: str) -> None:
        """Removes what is left of an owner's folder."""
        shutil.rmtree(self.owner_folder(owner_id), ignore_errors=True)

    def log_path(self, instance: Instance) -> Path:
        """The file of the instance's log stream; it outlives its owner, as CloudWatch's logs do."""
        return self._logs / instance.owner_id / f"{instance.id}.log"

    def _folder(self, instance: Instance) -> Path:
        return self.owner_folder(instance.owner_id) / instance.id

    def _port_file(self, instance: Instance) -> Path:
        return self._folder(instance) / "port"

    def _answer_file(self, instance: Instance) -> Path:
        return self._folder(instance) / "answered"

    def _answering_port(self, instance: Instance) -> int | None:
        import httpx

        try:
            port = int(self._port_file(instance).read_text())
            answer = self._http.get(f"http://127.0.0.1:{port}/ping")
        except (FileNotFoundError, ValueError, httpx.HTTPError):
            return None
        return port if answer.status_code == httpx.codes.OK else None
