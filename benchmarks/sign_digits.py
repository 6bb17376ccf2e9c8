"""Accuracy of image classification on the sign digits of ../shared/data, trained from scratch.

    uv run python benchmarks/sign_digits.py [--seeds 0 1 2] [--epochs 24] [--data ../shared/data/signdigits]

2,062 photos of hands, 10 classes. The split: of each class, in the order of the file names, every fifth photo is for
validation (20 %), the others are for training. Each run is a whole training as a job does it: its channels are image files
with a .lst. Prints the best validation accuracy, the seconds, and the CPU seconds of each seed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import training_child

SETTINGS = {
    "num_classes": "10",
    "num_layers": "20",
    "image_shape": "3,32,32",
    "resize": "36",
    "augmentation_type": "crop_color_transform",
    "mini_batch_size": "32",
    "learning_rate": "0.05",
    "optimizer": "nag",
    "weight_decay": "0.0005",
    "lr_scheduler_factor": "0.1",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "signdigits"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="other hyperparameters")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not there; give the folder of the data set with --data")
    changes = dict(each.split("=", 1) for each in options.set)
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as folder:
            counts = lay_out(Path(folder), options.data / "Dataset", options.epochs, changes)
            print(f"seed {seed}: {train(Path(folder), seed)}; {counts}", flush=True)


def lay_out(root: Path, data: Path, epochs: int, changes: dict[str, str]) -> str:
    """Configures the directory of a training; the sizes of its channels."""
    lines: dict[str, list[str]] = {"train": [], "validation": []}
    for class_id, folder in enumerate(sorted(each for each in data.iterdir() if each.is_dir())):
        for place, file in enumerate(sorted(folder.glob("*.JPG"))):
            channel = lines["validation" if place % 5 == 4 else "train"]
            channel.append(f"{len(channel)}\t{class_id}\t{folder.name}/{file.name}\n")
    entry = {"ContentType": "application/x-image", "TrainingInputMode": "File", "RecordWrapperType": "None"}
    for channel, rows in lines.items():
        lists = root / "input" / "data" / f"{channel}_lst"
        lists.mkdir(parents=True)
        (lists / f"{channel}.lst").write_text("".join(rows), encoding="utf-8")
        (root / "input" / "data" / channel).symlink_to(data.resolve())
    settings = {
        **SETTINGS,
        "num_training_samples": str(len(lines["train"])),
        "epochs": str(epochs),
        "lr_scheduler_step": f"{epochs * 5 // 8 or 1},{epochs * 7 // 8 or 1}",
        **changes,
    }
    config = root / "input" / "config"
    config.mkdir()
    (config / "hyperparameters.json").write_text(json.dumps(settings), encoding="utf-8")
    channels = {f"{name}{suffix}": entry for name in lines for suffix in ("", "_lst")}
    (config / "inputdataconfig.json").write_text(json.dumps(channels), encoding="utf-8")
    return f"{len(lines['train'])} photos to train, {len(lines['validation'])} to validate"


def train(root: Path, seed: int) -> str:
    """Trains; the best accuracy and the time."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    before, start_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        training_child.command("image-classification", root, seed),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    scores = [float(value) for value in re.findall(r"Validation-accuracy=(\S+)", done.stdout)]
    if done.returncode or not scores:
        sys.exit(f"the training failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return (
        f"validation accuracy {max(scores):.4f} (last {scores[-1]:.4f}) after {len(scores)} epochs, "
        f"{time.monotonic() - start_s:.0f} s, {cpu_s:.0f} CPU seconds"
    )


if __name__ == "__main__":
    main()
