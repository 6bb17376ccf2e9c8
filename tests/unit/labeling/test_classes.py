"""Consolidation of classes."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigpoint.labeling.consolidation.classes import HIGHEST_CONFIDENCE, REFERENCE, Classes, consolidate
from trigpoint.labeling.model import WorkerQuality

Votes = Mapping[int, Mapping[str, int]]
METHODS = (None, REFERENCE)


def classes(
    votes: Votes,
    class_count: int,
    known: Mapping[str, WorkerQuality] | None = None,
    gold: Mapping[int, int] | None = None,
    method: str | None = None,
) -> Classes:
    return consolidate(votes, class_count, known=known or {}, gold=gold or {}, method=method)


def crowd(
    dice: random.Random,
    truths: Mapping[int, int],
    accuracies: Mapping[str, float],
    class_count: int,
    each: int,
) -> dict[int, dict[str, int]]:
    """Votes of workers who are right with these probabilities, `each` per object."""
    return {
        index: {
            worker: truth
            if dice.random() < accuracies[worker]
            else dice.choice([k for k in range(class_count) if k != truth])
            for worker in dice.sample(sorted(accuracies), each)
        }
        for index, truth in truths.items()
    }


def share_right(found: Classes, truths: Mapping[int, int]) -> float:
    return sum(found.choices[index] == truth for index, truth in truths.items()) / len(truths)


@pytest.mark.parametrize("method", METHODS)
def test_the_class_that_most_workers_chose_wins(method: str | None) -> None:
    found = classes({7: {"a": 1, "b": 1, "c": 0}}, 3, method=method)
    assert found.choices == {7: 1}
    assert found.confidences[7] == found.posteriors[7][1] <= HIGHEST_CONFIDENCE
    assert found.workers.keys() == {"a", "b", "c"}
    assert (found.workers["a"].agreement, found.workers["c"].agreement) == (1, 0)


@pytest.mark.parametrize("method", METHODS)
def test_a_single_answer_is_the_label_and_has_no_confidence(method: str | None) -> None:
    votes = {index: {"a": 0, "b": 0, "c": 0} for index in range(50)} | {99: {"a": 2}}
    found = classes(votes, 3, method=method)
    assert (found.choices[99], found.confidences[99]) == (2, 0)


@pytest.mark.parametrize("method", METHODS)
def test_confidences_are_capped(method: str | None) -> None:
    found = classes({k: {"a": k % 2, "b": k % 2, "c": k % 2} for k in range(100)}, 2, method=method)
    assert set(found.confidences.values()) == {HIGHEST_CONFIDENCE}


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_objects_and_workers_does_not_matter(method: str | None) -> None:
    dice = random.Random(3)
    truths = {index: dice.randrange(4) for index in range(60)}
    votes = crowd(dice, truths, {f"w{k}": dice.uniform(0.3, 0.9) for k in range(12)}, 4, 5)
    indexes = dice.sample(sorted(votes), len(votes))
    shuffled = {
        index: dict(dice.sample(sorted(votes[index].items()), len(votes[index]))) for index in indexes
    }
    one, other = classes(votes, 4, method=method), classes(shuffled, 4, method=method)
    assert (one.choices, one.confidences, one.workers) == (other.choices, other.confidences, other.workers)


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 40).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.dictionaries(
                st.integers(0, 99_999),
                st.dictionaries(st.sampled_from("abcdefghi"), st.integers(0, count - 1), min_size=1),
                min_size=1,
                max_size=20,
            ),
        )
    ),
    st.sampled_from(METHODS),
)
def test_any_votes_give_probabilities_and_what_later_rounds_can_read(
    asked: tuple[int, Votes], method: str | None
) -> None:
    class_count, votes = asked
    found = classes(votes, class_count, method=method)
    assert list(found.posteriors) == sorted(votes)
    for index, choice in found.choices.items():
        probabilities = found.posteriors[index]
        assert len(probabilities) == class_count
        assert all(0 <= each <= HIGHEST_CONFIDENCE for each in probabilities)
        assert sum(probabilities) <= 1 + 1e-9
        assert probabilities[choice] == max(probabilities)
    stored = {
        worker: WorkerQuality(**json.loads(json.dumps(asdict(each))))
        for worker, each in found.workers.items()
    }
    again = classes(votes, class_count, known=stored, method=method)
    assert all(again.workers[worker].answers == 2 * each.answers for worker, each in found.workers.items())


# -- learning about workers


def test_a_few_reliable_workers_win_against_a_majority_that_guesses() -> None:
    dice = random.Random(1)
    truths = {index: dice.randrange(3) for index in range(300)}
    accuracies = {"good1": 0.95, "good2": 0.95, "bad1": 0.4, "bad2": 0.4, "bad3": 0.4}
    votes = crowd(dice, truths, accuracies, 3, 5)
    found = classes(votes, 3)
    plain = {index: max(range(3), key=list(own.values()).count) for index, own in votes.items()}
    majority = sum(plain[index] == truth for index, truth in truths.items()) / len(truths)
    assert share_right(found, truths) > majority + 0.1
    for worker, accuracy in accuracies.items():
        assert found.workers[worker].accuracy == pytest.approx(accuracy, abs=0.07)
        assert found.workers[worker].answers == 300


def test_rounds_that_start_from_known_workers_come_near_to_one_pass_over_all() -> None:
    dice = random.Random(5)
    truths = {index: dice.randrange(4) for index in range(2_000)}
    votes = crowd(dice, truths, {f"w{k}": dice.uniform(0.25, 0.95) for k in range(20)}, 4, 3)
    at_once = share_right(classes(votes, 4), truths)
    known: dict[str, WorkerQuality] = {}
    found: dict[int, int] = {}
    for start in range(0, 2_000, 100):
        made = classes({index: votes[index] for index in range(start, start + 100)}, 4, known=known)
        known |= made.workers
        found |= made.choices
    last = range(1_500, 2_000)
    in_rounds = sum(found[index] == truths[index] for index in last) / len(last)
    one_round = classes({index: votes[index] for index in last}, 4)
    without = sum(one_round.choices[index] == truths[index] for index in last) / len(last)
    assert in_rounds > at_once - 0.02
    assert in_rounds > without
    assert sum(each.answers for each in known.values()) == 6_000


def test_known_answers_show_who_is_wrong_when_the_majority_is() -> None:
    dice = random.Random(8)
    truths = {index: dice.randrange(2) for index in range(200)}
    accuracies = {"good1": 0.95, "good2": 0.95, "wrong1": 0.2, "wrong2": 0.2, "wrong3": 0.2}
    votes = crowd(dice, truths, accuracies, 2, 5)
    misled = classes(votes, 2)
    taught = classes(votes, 2, gold={index: truths[index] for index in range(40)})
    rest = {index: truth for index, truth in truths.items() if index >= 40}
    assert share_right(misled, rest) < 0.3
    assert share_right(taught, rest) > 0.8
    assert taught.workers["good1"].accuracy == pytest.approx(0.95, abs=0.1)


def test_the_label_of_an_object_with_a_known_class_comes_from_the_answers() -> None:
    votes = {index: {"a": index % 2, "b": index % 2, "c": index % 2} for index in range(40)}
    found = classes(votes, 2, gold={0: 1})
    assert found.choices[0] == 0
    assert found.confidences[0] > 0.9


def test_an_objects_own_known_class_changes_nothing_about_its_label() -> None:
    dice = random.Random(4)
    truths = {index: dice.randrange(20) for index in range(12)}
    accuracies = {f"w{k}": dice.uniform(0.2, 0.9) for k in range(6)}
    for votes in ({0: {"a": 0, "b": 0}}, crowd(dice, truths, accuracies, 20, 3)):
        plain = classes(votes, 20)
        for index in votes:
            for known_class in (0, 1, 19):
                found = classes(votes, 20, gold={index: known_class})
                assert found.choices[index] == plain.choices[index]
                assert found.confidences[index] == plain.confidences[index]
                assert found.posteriors[index] == plain.posteriors[index]
                assert list(found.posteriors) == list(found.choices) == sorted(votes)


def test_one_mistake_at_a_known_object_turns_no_later_answers_into_their_opposite() -> None:
    first = classes({0: {"a": 0, "b": 0}}, 2, gold={0: 1})
    for answer in (0, 1):
        for workers in ("ab", "abc"):
            votes = {1: dict.fromkeys(workers, answer)}
            assert classes(votes, 2, known=first.workers).choices == {1: answer}


# -- the reference method


def reference_by_matrices(votes: Votes, class_count: int) -> list[list[float]]:
    """Section 4.2 of the specification, word for word, with full matrices."""
    workers = sorted({worker for own in votes.values() for worker in own})
    given = np.full((len(votes), len(workers)), -1)
    for i, own in enumerate(votes.values()):
        for worker, class_id in own.items():
            given[i, workers.index(worker)] = class_id

    def diag(x: float) -> np.ndarray:
        wrong = (1 - x) / (class_count - 1)
        return wrong + (x - wrong) * np.eye(class_count)

    p = np.full((len(votes), class_count), 1 / class_count)
    matrices = [diag(0.7) for _ in workers]
    last = None
    for number in range(20):
        prior = p.mean(axis=0)
        joint = np.tile(prior, (len(votes), 1))
        for i, j in zip(*np.nonzero(given >= 0), strict=True):
            joint[i] *= matrices[j][:, given[i, j]]
        likelihood = np.log(joint.sum(axis=1)).sum()
        p = joint / joint.sum(axis=1, keepdims=True)
        if last is not None and abs(likelihood - last) < 1e-8 * abs(last):
            break
        last = likelihood
        counts = [
            sum(
                np.outer(p[i], np.eye(class_count)[given[i, j]])
                for i in range(len(votes))
                if given[i, j] >= 0
            )
            for j in range(len(workers))
        ]
        n = [each.sum() for each in counts]
        a = [np.trace(each) / each.sum() for each in counts]
        mean = 0.7 if number == 0 else np.mean(a)
        matrices = []
        for j in range(len(workers)):
            c = counts[j] + n[j] * diag(a[j]) + n[j] / 2 * diag(mean)
            matrices.append(c / c.sum(axis=1, keepdims=True))
    return np.minimum(p, 0.95).tolist()


def test_the_reference_method_does_what_the_specification_says() -> None:
    dice = random.Random(2)
    truths = {index: dice.randrange(5) for index in range(80)}
    votes = crowd(dice, truths, {f"w{k}": dice.uniform(0.3, 0.9) for k in range(10)}, 5, 4)
    found = classes(votes, 5, method=REFERENCE)
    for index, expected in enumerate(reference_by_matrices(votes, 5)):
        assert found.posteriors[index] == pytest.approx(expected, abs=1e-6)


# -- size


@pytest.mark.parametrize("method", METHODS)
def test_memory_does_not_grow_with_classes_and_workers(method: str | None) -> None:
    """A matrix for each of 1,000 workers and 1,000 classes would need 8 GB."""
    dice = random.Random(4)
    truths = {index: dice.randrange(1_000) for index in range(500)}
    votes = crowd(dice, truths, {f"w{k}": 0.8 for k in range(1_000)}, 1_000, 5)
    tracemalloc.start()
    found = classes(votes, 1_000, method=method)
    share = share_right(found, truths)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert share > 0.95
    assert peak_bytes < 100 * 2**20
    assert len(json.dumps(found.workers["w1"].details)) < 20_000


def test_what_is_kept_of_a_worker_is_bounded() -> None:
    dice = random.Random(6)
    votes = {index: {worker: dice.randrange(500) for worker in ("a", "b", "c")} for index in range(3_000)}
    found = classes(votes, 500)
    assert all(len(each.details["confusion"]["count"]) <= 4_000 for each in found.workers.values())
