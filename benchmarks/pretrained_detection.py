"""Object detection with a pretrained backbone against a small network from scratch: mAP and CPU time by epoch.

    uv run python benchmarks/pretrained_detection.py bccd raccoon --networks efficientnet-lite0 resnet-10 --seeds 0 1 2

Trains through the child process of the algorithm, as a training job does, on the image folders of ../shared/data (or of
TRIGPOINT_SHARED_DATA). The split is fixed: of BCCD the set's own (trained on `trainval`, scored on `test`); of raccoon
every fifth image by name is scored. CPU time is that of the whole child: loading, decoding, training and scoring.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import training_child

DATA = Path(os.environ.get("TRIGPOINT_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
CLASSES = {"bccd": ("RBC", "WBC", "Platelets"), "raccoon": ("raccoon",)}
SETTINGS = {
    "image_shape": "300",
    "mini_batch_size": "16",
    "optimizer": "adam",
    "learning_rate": "0.001",
    "use_pretrained_model": "1",
}
SCORE = re.compile(r"validation mAP <score>=\((\S+)\)")


def split(name: str) -> tuple[list[tuple[Path, Path]], list[tuple[Path, Path]]]:
    """Pairs of image and annotation to train on, and to score."""
    if name == "bccd":
        root = DATA / "bccd"

        def of(part: str) -> list[tuple[Path, Path]]:
            ids = (root / "ImageSets" / "Main" / f"{part}.txt").read_text().split()
            return [(root / "JPEGImages" / f"{i}.jpg", root / "Annotations" / f"{i}.xml") for i in ids]

        return of("trainval"), of("test")
    root = DATA / "raccoon"
    images = sorted((root / "images").iterdir())
    pairs = [(image, root / "annotations" / f"{image.stem}.xml") for image in images]
    return [p for k, p in enumerate(pairs) if k % 5], pairs[::5]


def annotation(path: Path, classes: Sequence[str]) -> dict[str, object]:
    """The algorithm's JSON of a Pascal VOC file."""
    root = ET.parse(path).getroot()
    size = {key: int(root.findtext(f"size/{key}", "0")) for key in ("width", "height", "depth")}
    boxes = []
    for found in root.iter("object"):
        x1, y1, x2, y2 = (
            float(found.findtext(f"bndbox/{key}", "0")) for key in ("xmin", "ymin", "xmax", "ymax")
        )
        if x2 > x1 and y2 > y1:
            box = {"left": x1, "top": y1, "width": x2 - x1, "height": y2 - y1}
            boxes.append({"class_id": classes.index(found.findtext("name", "")), **box})
    return {"file": "", "image_size": [size], "annotations": boxes}


def lay_out(root: Path, name: str, hyperparameters: dict[str, str]) -> None:
    """A directory like /opt/ml with the four channels of an image folder."""
    parts = dict(zip(("train", "validation"), split(name), strict=True))
    channels = {}
    for channel, pairs in parts.items():
        for folder in (channel, f"{channel}_annotation"):
            (root / "input" / "data" / folder).mkdir(parents=True)
            channels[folder] = {"ContentType": "image/jpeg", "TrainingInputMode": "File"}
        for image, xml in pairs:
            (root / "input/data" / channel / image.name).symlink_to(image)
            text = json.dumps(annotation(xml, CLASSES[name]))
            (root / "input/data" / f"{channel}_annotation" / f"{image.stem}.json").write_text(text)
    given = {
        "num_classes": len(CLASSES[name]),
        "num_training_samples": len(parts["train"]),
        **hyperparameters,
    }
    config = root / "input" / "config"
    config.mkdir(parents=True)
    (root / "model").mkdir()
    (config / "hyperparameters.json").write_text(json.dumps({k: str(v) for k, v in given.items()}))
    (config / "inputdataconfig.json").write_text(json.dumps(channels))


def measure(name: str, hyperparameters: dict[str, str], seed: int, verbose: bool) -> None:
    """One training; prints the mAP and the CPU seconds after each epoch."""
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder), name, hyperparameters)
        command = training_child.command("object-detection", Path(folder), seed)
        before = children_cpu_s()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        scores = []
        for line in child.stdout:
            if verbose:
                print(line, end="", flush=True)
            if found := SCORE.search(line):
                scores.append(float(found[1]))
                print(
                    f"  epoch {len(scores):2}  mAP {scores[-1]:.3f}  CPU {cpu_s(child.pid):5.0f} s",
                    flush=True,
                )
        child.wait()
    best = f"{max(scores):.3f}" if scores else "none"
    print(f"{name} {hyperparameters}, seed {seed}: best mAP {best}, CPU {children_cpu_s() - before:.0f} s")


def children_cpu_s() -> float:
    """The CPU time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_s(pid: int) -> float:
    """The CPU time of a running process."""
    import psutil

    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", choices=list(CLASSES))
    parser.add_argument("--networks", nargs="+", default=["efficientnet-lite0", "resnet-10"])
    parser.add_argument("--epochs", default="10")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="other hyperparameters")
    parser.add_argument("--verbose", action="store_true", help="show the log of the trainings")
    options = parser.parse_args()
    more = dict(pair.split("=", 1) for pair in options.set)
    for name in options.sets:
        for network in options.networks:
            for seed in options.seeds:
                print(f"{name}, {network}, seed {seed}", flush=True)
                chosen = SETTINGS | {"base_network": network, "epochs": options.epochs} | more
                measure(name, chosen, seed, options.verbose)


if __name__ == "__main__":
    main()
