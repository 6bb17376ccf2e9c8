"""A container directory for an algorithm's child process, and the platform's side of its pipes.

`Platform` writes what the Pipe agent would: `<channel>_<epoch>` FIFOs, a RecordIO record for each attribute.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from PIL import Image

from helpers.recordio import frame_whole
from trigpoint.builtin import ALGORITHMS
from trigpoint.scenes import LABELS, draw_scene

Pair = tuple[bytes, bytes]
DETECTION, CLASSIFICATION = "object-detection", "image-classification"


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def annotation(size: tuple[int, int], boxes: Sequence[tuple[int, float, float, float, float]]) -> bytes:
    """The JSON of boxes given as (class id, left, top, width, height)."""
    keys = ("class_id", "left", "top", "width", "height")
    return json.dumps(
        {
            "image_size": [{"width": size[0], "height": size[1], "depth": 3}],
            "annotations": [dict(zip(keys, box, strict=True)) for box in boxes],
        }
    ).encode()


def scene_pair(seed: int, index: int) -> Pair:
    """A street scene as a line of an augmented manifest would deliver it."""
    scene = draw_scene(seed, index)
    boxes = [(LABELS.index(b.label), b.left, b.top, b.width, b.height) for b in scene.boxes]
    return jpeg(scene.image), annotation(scene.image.size, boxes)


def make_container(
    root: Path,
    hyperparameters: Mapping[str, str],
    channels: Sequence[str] = ("train", "validation"),
    wrapper: str = "RecordIO",
) -> Path:
    """Configures a directory like /opt/ml and returns its path."""
    for folder in ("input/config", "input/data", "model", "output/data"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    entry = {
        "ContentType": "application/x-recordio",
        "TrainingInputMode": "Pipe",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": wrapper,
    }
    config = root / "input" / "config"
    (config / "hyperparameters.json").write_text(json.dumps(dict(hyperparameters)))
    (config / "inputdataconfig.json").write_text(json.dumps(dict.fromkeys(channels, entry)))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    return root


class Platform:
    """Feeds the channels of a container, epoch after epoch, until the block ends.

    shuffled: each epoch begins with another example, as if the channel had a ShuffleConfig.
    """

    def __init__(
        self, root: Path, channels: Mapping[str, Sequence[Pair] | bytes], *, shuffled: bool = False
    ) -> None:
        self._folder = root / "input" / "data"
        self._shuffled = shuffled
        self._streams = dict(channels)
        self._over = threading.Event()
        for name in self._streams:
            os.mkfifo(self._folder / f"{name}_0")

    def __enter__(self) -> Platform:
        for name in self._streams:
            threading.Thread(target=self._feed, args=(name,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for fifo in self._folder.glob("*_*"):  # releases the writers that wait for a reader
            with suppress(FileNotFoundError):  # a pipe that was read to its end disappears meanwhile
                os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))

    def _feed(self, name: str) -> None:
        epoch = 0
        while not self._over.is_set():
            fifo = self._folder / f"{name}_{epoch}"
            _make_fifo(fifo)
            try:
                with fifo.open("wb") as pipe:
                    _make_fifo(self._folder / f"{name}_{epoch + 1}")
                    pipe.write(self._bytes(name, epoch))
            except BrokenPipeError:
                pass
            fifo.unlink(missing_ok=True)
            epoch += 1

    def _bytes(self, name: str, epoch: int) -> bytes:
        content = self._streams[name]
        if isinstance(content, bytes):
            return content
        first = epoch % len(content) if self._shuffled else 0
        return b"".join(frame_whole(r) for pair in [*content[first:], *content[:first]] for r in pair)


def _make_fifo(path: Path) -> None:
    """Makes a named pipe, unless a killed run has left it."""
    with suppress(FileExistsError):
        os.mkfifo(path)


def start(verb: str, root: Path, *arguments: str, algorithm: str = DETECTION) -> subprocess.Popen[str]:
    """The algorithms' child process."""
    command = [sys.executable, "-m", "trigpoint.algorithms", verb, algorithm, "--opt-ml", str(root)]
    return subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run_training(root: Path, timeout_s: float = 120) -> tuple[int, str]:
    """Runs a training to its end. Returns its exit code and log."""
    process = start("train", root)
    try:
        log, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        log, _ = process.communicate()
        raise AssertionError(f"the training did not end in {timeout_s} s:\n{log}") from None
    return process.returncode, log


def train_here(root: Path, algorithm: str = DETECTION) -> int:
    """Trains in this process and returns the exit code. Restores the handler of SIGTERM."""
    from trigpoint.algorithms.common.harness import run_training as run_in_container

    module = importlib.import_module(str(ALGORITHMS[algorithm].module))
    before = signal.getsignal(signal.SIGTERM)
    try:
        return run_in_container(module.train, root)
    finally:
        signal.signal(signal.SIGTERM, before)
