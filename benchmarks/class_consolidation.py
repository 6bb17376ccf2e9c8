"""Consolidation of classes on public crowds with known truth, and its speed.

Ours in one pass and in rounds of 500 objects as in a labeling job, the method that AWS has published, majority vote,
plain Dawid-Skene, and crowd-kit's aggregators in an environment of their own. Each cell: accuracy, expected calibration
error with ten bins ("-" where a method gives no probabilities), seconds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from servers import CACHE

from trigpoint.labeling.consolidation.classes import REFERENCE, consolidate
from trigpoint.labeling.model import WorkerQuality

ROUND_OBJECTS = 500
CROWD_KIT = "crowd-kit==1.4.2"
CONTENDER = Path(__file__).parent / "contenders" / "crowd_kit.py"

Votes = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True)
class CrowdSet:
    """Votes by object and worker, and the true classes."""

    votes: Votes
    truths: Mapping[int, int]
    class_count: int


@dataclass(frozen=True)
class Labels:
    """The classes of all objects. `confidences` is None for a method that gives none."""

    choices: Mapping[int, int]
    confidences: Mapping[int, float] | None


def add_options(parser: argparse.ArgumentParser) -> None:
    shared = Path(os.environ.get("TRIGPOINT_SHARED_DATA", "../shared/data"))
    parser.add_argument(
        "--crowds",
        type=Path,
        default=shared / "crowd",
        help="folder of crowd sets: NAME/label.csv, truth.csv",
    )
    parser.add_argument("--peers", type=Path, default=CACHE, help="where peers are installed")
    parser.add_argument("--no-peers", action="store_true", help="leave out crowd-kit")
    parser.add_argument("--peer-limit", type=int, default=120, metavar="SECONDS", help="for one peer and set")
    parser.add_argument("--speed-objects", type=int, default=100_000)


def run(chosen: argparse.Namespace) -> None:
    sets = {folder.name: read_set(folder) for folder in sorted(chosen.crowds.glob("*/"))}
    if not sets:
        print(f"there are no crowd sets in {chosen.crowds}")
    else:
        _compare(sets, chosen)
    for class_count in (2, 5, 10):
        _speed(chosen.speed_objects, class_count)


def _compare(sets: Mapping[str, CrowdSet], chosen: argparse.Namespace) -> None:
    print(f"{'':28}" + "".join(f"{name:>22}" for name in [*sets, "mean", "accuracy, ours / this"]))
    ours: dict[str, Result] = {}
    for name, method in METHODS.items():
        found = _measured(method, sets)
        ours = ours or found
        _print(name, found, ours)
    if not chosen.no_peers:
        for name, found in _crowd_kit(sets, chosen.peers, chosen.peer_limit):
            _print(f"crowd-kit {name}", found, ours)


def read_set(folder: Path) -> CrowdSet:
    votes: dict[int, dict[str, int]] = {}
    with (folder / "label.csv").open() as file:
        for row in csv.DictReader(file):
            votes.setdefault(int(row["item"]), {})[row["worker"]] = int(row["label"])
    with (folder / "truth.csv").open() as file:
        truths = {int(row["item"]): int(row["truth"]) for row in csv.DictReader(file)}
    highest = max(*truths.values(), *(class_id for own in votes.values() for class_id in own.values()))
    return CrowdSet(votes, truths, highest + 1)


# -- methods


def in_rounds(crowd: CrowdSet, method: str | None, size: int) -> Labels:
    known: dict[str, WorkerQuality] = {}
    choices: dict[int, int] = {}
    confidences: dict[int, float] = {}
    indexes = sorted(crowd.votes)
    for start in range(0, len(indexes), size):
        part = {index: crowd.votes[index] for index in indexes[start : start + size]}
        made = consolidate(part, crowd.class_count, known=known, gold={}, method=method)
        known |= made.workers
        choices |= made.choices
        confidences |= made.confidences
    return Labels(choices, confidences)


def majority_vote(crowd: CrowdSet) -> Labels:
    """Of equally frequent classes the lowest."""
    choices, confidences = {}, {}
    for index, own in crowd.votes.items():
        counts = np.bincount(list(own.values()), minlength=crowd.class_count)
        choices[index] = int(counts.argmax())
        confidences[index] = counts.max() / counts.sum()
    return Labels(choices, confidences)


def dawid_skene(crowd: CrowdSet) -> Labels:
    """EM with a full confusion matrix for each worker, from the shares of votes; without priors."""
    indexes = sorted(crowd.votes)
    workers = sorted({worker for own in crowd.votes.values() for worker in own})
    number_of = {worker: number for number, worker in enumerate(workers)}
    rows = [
        (position, number_of[worker], class_id)
        for position, index in enumerate(indexes)
        for worker, class_id in crowd.votes[index].items()
    ]
    item, worker, given = np.array(rows).T
    shares = np.zeros((len(indexes), crowd.class_count))
    np.add.at(shares, (item, given), 1)
    p = shares / shares.sum(axis=1, keepdims=True)
    for _ in range(100):
        confusion = np.full((len(workers), crowd.class_count, crowd.class_count), 1e-10)
        np.add.at(confusion.transpose(0, 2, 1), (worker, given), p[item])
        confusion /= confusion.sum(axis=2, keepdims=True)
        scores = np.tile(np.log(p.mean(axis=0) + 1e-10), (len(indexes), 1))
        np.add.at(scores, item, np.log(confusion[worker, :, given]))
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        previous, p = p, raised / raised.sum(axis=1, keepdims=True)
        if np.abs(p - previous).max() < 1e-5:
            break
    return Labels(
        dict(zip(indexes, p.argmax(axis=1).tolist(), strict=True)),
        dict(zip(indexes, p.max(axis=1).tolist(), strict=True)),
    )


METHODS: dict[str, Callable[[CrowdSet], Labels]] = {
    "ours": lambda crowd: in_rounds(crowd, None, len(crowd.votes)),
    "ours, rounds of 500": lambda crowd: in_rounds(crowd, None, ROUND_OBJECTS),
    "reference EM": lambda crowd: in_rounds(crowd, REFERENCE, len(crowd.votes)),
    "majority vote": majority_vote,
    "Dawid-Skene": dawid_skene,
}


# -- measuring


@dataclass(frozen=True)
class Result:
    """Of one method and set; `problem` if there are no labels."""

    accuracy: float = 0.0
    calibration_error: float | None = None
    seconds: float = 0.0
    problem: str = ""


def judged(labels: Labels, truths: Mapping[int, int], seconds: float) -> Result:
    hits = {index: labels.choices.get(index) == truth for index, truth in truths.items()}
    error = None
    if labels.confidences is not None:
        bins: dict[int, list[float]] = {}
        for index, hit in hits.items():
            confidence = labels.confidences.get(index, 0.0)
            bins.setdefault(min(9, int(confidence * 10)), []).append(hit - confidence)
        error = sum(abs(sum(each)) for each in bins.values()) / len(hits)
    return Result(fmean(hits.values()), error, seconds)


def _measured(method: Callable[[CrowdSet], Labels], sets: Mapping[str, CrowdSet]) -> dict[str, Result]:
    results = {}
    for name, crowd in sets.items():
        started_s = time.perf_counter()
        labels = method(crowd)
        results[name] = judged(labels, crowd.truths, time.perf_counter() - started_s)
    return results


def _crowd_kit(
    sets: Mapping[str, CrowdSet], peers: Path, limit_s: int
) -> Iterator[tuple[str, dict[str, Result]]]:
    """The results of crowd-kit's aggregators; none if it cannot be installed."""
    try:
        python = _environment(peers)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"crowd-kit is left out: {problem}")
        return
    names = subprocess.run([python, CONTENDER], capture_output=True, text=True, check=True).stdout.split()
    with tempfile.TemporaryDirectory(prefix="crowds-") as folder:
        for name, crowd in sets.items():
            rows = [[index, *vote] for index, own in crowd.votes.items() for vote in own.items()]
            (Path(folder) / name).write_text(json.dumps(rows))
        for aggregator in names:
            yield (
                aggregator,
                {
                    name: _one_peer(python, Path(folder) / name, aggregator, crowd, limit_s)
                    for name, crowd in sets.items()
                },
            )


def _one_peer(python: Path, file: Path, aggregator: str, crowd: CrowdSet, limit_s: int) -> Result:
    try:
        done = subprocess.run(
            [python, CONTENDER, file, aggregator],
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(problem=f"> {limit_s} s")
    if done.returncode:
        return Result(problem="crashed")
    found = json.loads(done.stdout.splitlines()[-1])
    choices = {int(index): int(choice) for index, choice in found["choices"].items()}
    confidences = found["confidences"] and {int(index): each for index, each in found["confidences"].items()}
    return judged(Labels(choices, confidences), crowd.truths, found["seconds"])


def _environment(peers: Path) -> Path:
    """The interpreter with crowd-kit; installed when it is not there."""
    home = peers / "crowd-kit"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), CROWD_KIT], check=True)
    return python


def _print(method: str, found: Mapping[str, Result], ours: Mapping[str, Result]) -> None:
    cells = [_cell(each) for each in found.values()]
    if not any(each.problem for each in found.values()):
        accuracy = fmean(each.accuracy for each in found.values())
        errors = [each.calibration_error for each in found.values()]
        error = None if None in errors else fmean(each for each in errors if each is not None)
        cells.append(_cell(Result(accuracy, error, sum(each.seconds for each in found.values()))))
        cells.append(f"{fmean(each.accuracy for each in ours.values()) / accuracy:.3f}")
    print(f"{method:28}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def _cell(result: Result) -> str:
    if result.problem:
        return result.problem
    error = "-" if result.calibration_error is None else f"{result.calibration_error:.3f}"
    return f"{result.accuracy:.3f} {error} {result.seconds:.2f}"


def _speed(objects: int, class_count: int) -> None:
    """Objects with 5 answers each of 100 workers, in one pass and in rounds, in seconds of processor time."""
    dice = random.Random(class_count)
    skills = {f"w{k}": dice.uniform(0.5, 0.95) for k in range(100)}
    names = sorted(skills)
    truths = {index: dice.randrange(class_count) for index in range(objects)}
    votes = {
        index: {
            worker: truth if dice.random() < skills[worker] else dice.randrange(class_count)
            for worker in dice.sample(names, 5)
        }
        for index, truth in truths.items()
    }
    crowd = CrowdSet(votes, truths, class_count)
    cells = []
    for size in (objects, ROUND_OBJECTS):
        started_s = time.process_time()
        labels = in_rounds(crowd, None, size)
        seconds = time.process_time() - started_s
        cells.append(f"{seconds:.1f} s (accuracy {judged(labels, truths, 0).accuracy:.4f})")
    print(
        f"{objects:,} objects, 5 answers each, {class_count} classes: one pass {cells[0]}, rounds {cells[1]}",
        flush=True,
    )
