"""The contract between a training container and the platform: configuration in, log lines and exit code out.

`run_training` runs an algorithm's `train` function under the whole contract. It reads `input/config` and turns SIGTERM
into a request to finish. The exit code is 0, 2 (the customer's fault) or 1 (ours); after a failure the reason is in
`output/failure`. Nothing here needs torch.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from trigpoint.algorithms.common.place import place_here

logger = logging.getLogger("trigpoint.algorithms")

EXIT_OK, EXIT_INTERNAL, EXIT_CUSTOMER = 0, 1, 2
FAILURE_CHARS = 1024
FIFO_WAIT_S = 120.0
PEER_PATIENCE_S = 15.0
"""How long a process that lost another one waits to be stopped because of it."""


class CustomerError(Exception):
    """The user's data or settings make this training impossible; the text becomes the failure reason."""


class AlgorithmError(Exception):
    """The training cannot continue, and the cause is not the user's data or settings."""


class PeerLost(AlgorithmError):
    """Another process of this training ended, or does not answer. Why is known there, not here."""


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """One entry of inputdataconfig.json."""

    name: str
    content_type: str
    input_mode: str  # File, FastFile, Pipe
    record_wrapper: str  # None, RecordIO
    distribution: str = "FullyReplicated"

    @property
    def media_type(self) -> str:
        """The content type in lower case without its parameters; "" when none was given."""
        return self.content_type.partition(";")[0].strip().lower()


class Container:
    """The directory tree of one training (`/opt/ml` on AWS), its configuration, and the request to stop."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.model_dir = root / "model"
        checkpoints = _read_config(root, "checkpointconfig.json", {"LocalPath": "/opt/ml/checkpoints"})
        self.checkpoint_dir = root / str(checkpoints["LocalPath"]).removeprefix("/opt/ml/").strip("/")
        self.stop_requested = threading.Event()
        self._next_epochs: dict[str, int] = {}  # channel -> the pipe that the platform offers next
        self.hyperparameters: dict[str, str] = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in _read_config(root, "hyperparameters.json", {}).items()
        }
        resources = _read_config(root, "resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]})
        self.host: str = resources["current_host"]
        self.hosts: list[str] = list(resources["hosts"])
        self.interface = str(resources.get("network_interface_name", ""))
        self.place = place_here(self.host, self.hosts)
        self.channels = {
            name: ChannelConfig(
                name,
                str(entry.get("ContentType", "")),
                str(entry.get("TrainingInputMode", "File")),
                str(entry.get("RecordWrapperType", "None")),
                str(entry.get("S3DistributionType", "FullyReplicated")),
            )
            for name, entry in _read_config(root, "inputdataconfig.json", {}).items()
        }

    def is_sharded(self, channel: str) -> bool:
        """Whether each instance has a part of the channel."""
        return self.place.hosts > 1 and self.channels[channel].distribution == "ShardedByS3Key"

    def channel_folder(self, channel: str) -> Path:
        """The folder of a File or FastFile channel; the pipes of a Pipe channel are in its parent folder."""
        return self.root / "input" / "data" / channel

    def open_epoch(self, channel: str, epoch: int) -> BinaryIO:
        """The pipe of this pass through the channel; waits until the platform has created it.

        Passes that nobody has opened in this process are opened and closed at once: the platform shuffles each pass
        differently, and a training that continues needs the order of its own.
        Raises: AlgorithmError: it did not appear in FIFO_WAIT_S.
        """
        for earlier in range(self._next_epochs.get(channel, 0), epoch):
            self._open_pipe(channel, earlier).close()
        self._next_epochs[channel] = epoch + 1
        return self._open_pipe(channel, epoch)

    def _open_pipe(self, channel: str, epoch: int) -> BinaryIO:
        folder = self.channel_folder(channel)
        path = folder.with_name(f"{folder.name}_{epoch}")
        deadline, pause_s = time.monotonic() + FIFO_WAIT_S, 0.002
        while not path.exists():
            if time.monotonic() > deadline:
                raise AlgorithmError(
                    f"SageMaker pipe channel timed out. ({path.name} did not appear in {FIFO_WAIT_S:.0f} s)"
                )
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 0.5)
        return path.open("rb")


def _read_config(root: Path, name: str, absent: dict[str, Any]) -> dict[str, Any]:
    path = root / "input" / "config" / name
    if not path.exists():
        return absent
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AlgorithmError(f"{name} is not JSON: {error}") from None
    if not isinstance(loaded, dict):
        raise AlgorithmError(f"{name} is not a JSON object")
    return loaded


class LogFormat(logging.Formatter):
    """``[MM/DD/YYYY HH:MM:SS INFO <thread id>] message``, in UTC, as AWS's algorithms write it."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("[%(asctime)s %(levelname)s %(thread)d] %(message)s", "%m/%d/%Y %H:%M:%S")


def log_to_stdout() -> None:
    """Sends the algorithms' log to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LogFormat())
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def run_training(train: Callable[[Container], int | None], root: Path) -> int:
    """Runs the training in the container directory `root`; the exit code of the process, which `train` may return.

    SIGTERM asks `train` to stop after its current batch, to write its model and to return; that is a success.
    """
    log_to_stdout()
    container: Container | None = None
    try:
        container = Container(root)
        if container.place.leads_host:
            print("Docker entrypoint called with argument(s): train", flush=True)
        else:
            logger.setLevel(logging.ERROR)
        _stop_on_sigterm(container)
        return train(container) or EXIT_OK
    except CustomerError as error:
        logger.error("Customer Error: %s", error)
        _write_failure(root, str(error))
        return EXIT_CUSTOMER
    except PeerLost as error:
        # Its failure must be seen before ours, so that the job's FailureReason is the cause.
        if container is not None and not container.stop_requested.wait(PEER_PATIENCE_S):
            logger.error("Algorithm Error: %s", error)
            _write_failure(root, str(error), keep=True)
        return EXIT_INTERNAL
    except AlgorithmError as error:
        logger.error("Platform Error: %s", error)
        _write_failure(root, str(error))
        return EXIT_INTERNAL
    except Exception as error:  # the last chance of a child process to report what happened
        logger.exception("Algorithm Error: %s", error)
        _write_failure(root, f"{type(error).__name__}: {error}")
        return EXIT_INTERNAL


def _stop_on_sigterm(container: Container) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        container.stop_requested.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


def _write_failure(root: Path, text: str, *, keep: bool = False) -> None:
    """keep: whether the text of another process is kept."""
    path = root / "output" / "failure"
    if keep and path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text[:FAILURE_CHARS], encoding="utf-8")
