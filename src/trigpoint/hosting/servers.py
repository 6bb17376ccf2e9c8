"""Model server processes: prepare, start, observe, stop."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from trigpoint.compute.logs import last_line
from trigpoint.compute.runner import MeasuredAs, ProcessSpec, ProcessState, Runner
from trigpoint.core.archive import ArchiveLimits
from trigpoint.hosting.artifacts import fetch_code, fetch_model
from trigpoint.hosting.records import DeployedVariant, ModelServer
from trigpoint.hosting.server_steps import ServerFacts
from trigpoint.objects import ObjectStore
from trigpoint.own_code.serving import ServingSpec, serving_command
from trigpoint.settings import Settings

if TYPE_CHECKING:
    import httpx  # loaded with the first model server, see forwarding.py

PING_LIMIT_S = 2.0
STOP_GRACE_S = 30.0
"""Source of both: training.md 8.4."""
KILL_WAIT_S = 2.0
"""How long to wait for the end of a process that was killed."""
KILL_LOOK_S = 0.02

_LOG_PREFIX = re.compile(r"^\[[^\]]{0,80}\] ")
"""What the algorithms write before each message: time, level and thread."""

ServerCommand = Callable[[str, Path], Sequence[str]]
"""The command line that serves the model of an algorithm in FOLDER/model and writes its port to FOLDER/port."""


def algorithm_server(algorithm: str, folder: Path) -> Sequence[str]:
    """The model server of the built-in algorithms."""
    return (sys.executable, "-m", "trigpoint.algorithms", "serve", algorithm, "--opt-ml", str(folder))


class ModelServers:
    """The model servers of endpoints or of transform jobs. Each has its own folder, laid out like /opt/ml.

    `area` is the name of the folder above them: endpoints or transforms.
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
        self._settings = settings
        self._folders = settings.jobs_dir / area
        self._logs = settings.jobs_dir / "logs" / area
        self._command = command
        self._features = settings.features_dir
        self._limits = ArchiveLimits(settings.max_model_bytes, setting="TRIGPOINT_MAX_MODEL_BYTES")

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        # trust_env: a proxy from the environment must not see requests to our own processes
        return httpx.Client(
            timeout=PING_LIMIT_S, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def prepare(self, server: ModelServer, variant: DeployedVariant) -> bool:
        """Downloads the model into the server's folder; False when it is there already.

        Raises: Invalid: the model's data are missing or damaged. ModelDataUnavailable.
        """
        folder = self._folder(server)
        if variant.container.own is not None:
            fetch_code(self._objects, variant.container, folder / "ml" / "code")
        return fetch_model(self._objects, variant.container, folder / "model", self._limits)

    def start(self, server: ModelServer, variant: DeployedVariant, measured_as: MeasuredAs) -> None:
        """Starts the process with the server's handle."""
        folder = self._folder(server)
        self._port_file(server).unlink(missing_ok=True)
        assert server.handle is not None
        own = variant.container.own
        if own is not None:
            ServingSpec.of(own, variant.container.environment, self._settings).write(folder)
        spec = ProcessSpec(
            argv=self._command(variant.algorithm, folder) if own is None else serving_command(folder),
            directory=folder,
            env={**variant.container.environment, "TRIGPOINT_FEATURES": str(self._features)}
            if own is None
            else {},
            log_path=self.log_path(server),
            measured_as=measured_as,
        )
        self._runner.start(spec, server.handle)

    def look(self, server: ModelServer) -> ServerFacts:
        """The state of the process, and the port on which it answers /ping."""
        process = self.poll(server)
        if process.phase != "running":
            return ServerFacts(process, last_words=_LOG_PREFIX.sub("", last_line(self.log_path(server))))
        return ServerFacts(process, self._answering_port(server))

    def poll(self, server: ModelServer) -> ProcessState:
        """The state of the server's present process; lost when it has none."""
        return self._runner.poll(server.handle) if server.handle else ProcessState("lost")

    def runs(self, server: ModelServer) -> bool:
        """Whether the server's present process runs. If not, another program may have its port."""
        return self.poll(server).phase == "running"

    def note_answer(self, server: ModelServer) -> None:
        """Records, for every Trigpoint process, that the model has just answered."""
        with contextlib.suppress(FileNotFoundError):
            self._answer_file(server).touch()

    def answered_at(self, server: ModelServer) -> float:
        """When the model last answered any request, in seconds since 1970; 0 if never."""
        try:
            return self._answer_file(server).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def stop(self, server: ModelServer, grace_s: float = STOP_GRACE_S) -> bool:
        """Asks the process to end, if there is one; True when it has ended and is forgotten.

        The server first answers the requests it has, for up to `grace_s`.
        """
        if server.handle is None:
            return True
        if self.runs(server):
            self._runner.stop(server.handle, grace_s)
            return False
        self._runner.forget(server.handle)
        return True

    def kill(self, server: ModelServer) -> None:
        """Ends a process that hangs, at once; the loop then starts another.

        Waits up to `KILL_WAIT_S` for its end: until then its port takes connections that it will never answer.
        """
        if server.handle is None:
            return
        self._runner.stop(server.handle, 0)
        end = time.monotonic() + KILL_WAIT_S
        while self.runs(server) and time.monotonic() < end:
            time.sleep(KILL_LOOK_S)

    def remove_files(self, server: ModelServer) -> None:
        """Deletes the server's folder; its log stays."""
        shutil.rmtree(self._folder(server), ignore_errors=True)

    def owner_folder(self, owner_id: str) -> Path:
        """The folder that has the folders of an owner's model servers."""
        return self._folders / owner_id

    def remove_owner_files(self, owner_id: str) -> None:
        """Deletes an owner's folder."""
        shutil.rmtree(self.owner_folder(owner_id), ignore_errors=True)

    def log_path(self, server: ModelServer) -> Path:
        """The file of the server's log stream. It is kept when the owner is deleted, like CloudWatch's logs."""
        return self._logs / server.owner_id / f"{server.id}.log"

    def _folder(self, server: ModelServer) -> Path:
        return self.owner_folder(server.owner_id) / server.id

    def _port_file(self, server: ModelServer) -> Path:
        return self._folder(server) / "port"

    def _answer_file(self, server: ModelServer) -> Path:
        return self._folder(server) / "answered"

    def _answering_port(self, server: ModelServer) -> int | None:
        import httpx

        try:
            port = int(self._port_file(server).read_text())
            answer = self._http.get(f"http://127.0.0.1:{port}/ping")
        except (FileNotFoundError, ValueError, httpx.HTTPError):
            return None
        return port if answer.status_code == httpx.codes.OK else None
