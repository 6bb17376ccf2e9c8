"""Automated labeling with simulated workers on a real server: how many labels people give, how right the machine is.

uv run python benchmarks/autolabel.py [signdigits] [snips] [--batch 100] [--wrong 0.1] [--objects 5000]

The sets are looked for at ../shared/data, or where TRIGPOINT_SHARED_DATA points. Of the photos of hands, 1,650 are labeled; of the
sentences all, unless --objects says less.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from helpers.automated_world import ATTRIBUTE, BUCKET, Crowd, create_job
from helpers.labeling_world import World, invite
from helpers.server_process import ServerProcess

SHARED = Path(os.environ.get("TRIGPOINT_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
PHOTOS = 1_650
LOOK_S = 2.0


@dataclass(frozen=True)
class Set:
    """A data set: the truth by what a worker sees, a text or the name of a photo, and the bytes of the photos."""

    task_type: str
    truth: Mapping[str, str]
    photos: Mapping[str, Path]

    @property
    def labels(self) -> list[str]:
        return sorted(set(self.truth.values()))


def sign_digits() -> Set:
    found = sorted(path for path in (SHARED / "signdigits" / "Dataset").glob("*/*") if path.is_file())
    chosen = sorted(random.Random(5).sample(found, min(PHOTOS, len(found))))
    names = {f"{path.parent.name}-{path.name}": path for path in chosen}
    return Set("ImageMultiClass", {name: path.parent.name for name, path in names.items()}, names)


def snips(most: int | None) -> Set:
    truth: dict[str, str] = {}
    for folder in sorted(path for path in (SHARED / "snips").iterdir() if path.is_dir()):
        content = (folder / f"train_{folder.name}_full.json").read_bytes()
        text = content.decode("latin-1" if folder.name == "PlayMusic" else "utf-8")
        for example in json.loads(text)[folder.name]:
            truth["".join(part["text"] for part in example["data"]).strip()] = folder.name
    kept = random.Random(5).sample(sorted(truth), most or len(truth))
    return Set("TextMultiClass", {text: truth[text] for text in kept}, {})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", default=["signdigits", "snips"], choices=["signdigits", "snips"])
    parser.add_argument("--batch", type=int, default=100, help="MaxConcurrentTaskCount")
    parser.add_argument(
        "--wrong", type=float, default=0.0, help="the share of answers that are a random label"
    )
    parser.add_argument("--objects", type=int, help="how many sentences")
    options = parser.parse_args()
    for name in options.sets:
        found = sign_digits() if name == "signdigits" else snips(options.objects)
        with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder) / "data").start() as server:
            label(server, name, found, options.batch, options.wrong)


def label(server: ServerProcess, name: str, found: Set, batch: int, wrong: float) -> None:
    invite(server, "first@example.com", "crowd")
    s3 = server.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    for key, path in found.photos.items():
        s3.put_object(Bucket=BUCKET, Key=f"photos/{key}", Body=path.read_bytes())
    seen = [f"s3://{BUCKET}/photos/{each}" if found.photos else each for each in found.truth]
    lines = [{"source-ref" if found.photos else "source": each} for each in seen]
    begun_s = time.monotonic()
    world = create_job(server, name, found.task_type, lines, found.labels, batch=batch)
    with Crowd(world, lambda shown: true_label(found, shown), found.labels, wrong):
        while (described := world.describe())["LabelingJobStatus"] in ("Initializing", "InProgress"):
            time.sleep(LOOK_S)
    report(world, found, described, time.monotonic() - begun_s)


def true_label(found: Set, shown: str) -> str:
    return found.truth[shown.partition("?")[0].rpartition("/")[2] if found.photos else shown]


def report(world: World, found: Set, described: Mapping[str, Any], seconds: float) -> None:
    counters = described["LabelCounters"]
    total = len(found.truth)
    source = "source-ref" if found.photos else "source"
    lines = [
        line for line in world.output_lines() if line[f"{ATTRIBUTE}-metadata"]["human-annotated"] == "no"
    ]
    right = sum(found.labels[line[ATTRIBUTE]] == true_label(found, line[source]) for line in lines)
    print(f"\n{world.job}: {total} objects, {len(found.labels)} classes, {described['LabelingJobStatus']}")
    print(
        f"labeled by people {counters['HumanLabeled'] / total:.1%}, by the machine {len(lines) / total:.1%}"
    )
    print(f"accuracy of the machine's labels {right / max(1, len(lines)):.2%}; {seconds:.0f} s in all")
    print(f"{'round':>6}{'people':>8}{'machine':>9}{'validation':>12}{'threshold':>11}{'bound':>8}")
    made = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    for each in made["rounds"]:
        threshold = "-" if each["threshold"] is None else f"{each['threshold']:.3f}"
        figures = (
            f"{each['number']:>6}{each['people']:>8}{each['machine']:>9}{each['validation_accuracy']:>12.3f}"
        )
        print(f"{figures}{threshold:>11}{each['bound']:>8.3f}")


if __name__ == "__main__":
    main()
