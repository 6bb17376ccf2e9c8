"""Consolidation of marked spans."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.span_crowds import LABELS, Noise, f1, marked_texts, plain_vote
from trigpoint.labeling.consolidation.span_clusters import NEAREST, clusters, jaccard, similar_pairs
from trigpoint.labeling.consolidation.spans import Spans, consolidate
from trigpoint.labeling.model import WorkerQuality
from trigpoint.records.labels.spans import Span

Answers = Mapping[int, Mapping[str, Sequence[Span]]]


def spans(
    answers: Answers,
    known: Mapping[str, WorkerQuality] | None = None,
    gold: Mapping[int, Sequence[Span]] | None = None,
) -> Spans:
    return consolidate(answers, LABELS, known=known or {}, gold=gold or {})


def of_one(**answers: Sequence[Span]) -> dict[Span, float]:
    return dict(spans({0: answers}).spans[0])


def person(start: int, end: int) -> Span:
    return Span(start, end, "person")


# -- one object


def test_an_entity_that_most_workers_marked_is_kept() -> None:
    found = of_one(a=[person(0, 5), person(10, 15)], b=[person(0, 5)], c=[person(0, 5), person(30, 35)])
    assert list(found) == [person(0, 5)]
    assert 0.5 < found[person(0, 5)] <= 0.95


def test_the_answer_of_a_single_worker_is_the_label_and_has_no_confidence() -> None:
    assert of_one(a=[person(3, 4), person(0, 2)]) == {person(0, 2): 0, person(3, 4): 0}


def test_workers_who_mark_nothing_count_as_workers() -> None:
    assert of_one(a=[person(0, 5)], b=[], c=[]) == {}
    assert of_one(a=[], b=[]) == {}


def test_the_edges_are_those_that_most_workers_chose() -> None:
    assert list(of_one(a=[person(0, 6)], b=[person(0, 5)], c=[person(1, 6)])) == [person(0, 6)]


def test_the_edges_are_the_median_where_no_place_has_most_votes() -> None:
    assert list(of_one(a=[person(0, 9)], b=[person(2, 10)], c=[person(1, 11)])) == [person(1, 10)]


def test_the_label_is_the_most_frequent_one() -> None:
    assert list(of_one(a=[person(0, 5)], b=[Span(0, 5, "place")], c=[person(0, 5)])) == [person(0, 5)]


def test_a_part_may_have_several_labels_and_parts_may_overlap() -> None:
    both = [person(0, 5), Span(0, 5, "place"), Span(0, 20, "date")]
    assert list(of_one(a=both, b=both[::-1], c=both)) == sorted(both)


def test_a_worker_has_one_span_in_a_cluster() -> None:
    found = clusters({"a": [person(0, 10), person(1, 10)], "b": [person(0, 9)]})
    assert sorted(len(cluster) for cluster in found) == [1, 2]


def test_the_similarity_of_spans_counts_characters() -> None:
    assert jaccard(person(0, 4), person(2, 6)) == pytest.approx(2 / 6)
    assert (jaccard(person(0, 4), person(4, 6)), jaccard(person(0, 4), person(0, 4))) == (0, 1)


A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 30),
    st.integers(1, 12),
    st.sampled_from(LABELS),
)
SOME_ANSWERS = st.dictionaries(
    st.integers(0, 99),
    st.dictionaries(st.sampled_from("abcde"), st.lists(A_SPAN, max_size=6), min_size=1),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=50)
@given(SOME_ANSWERS, st.randoms(use_true_random=False))
def test_any_answers_give_spans_inside_of_what_was_marked_in_any_order(
    answers: Answers, dice: random.Random
) -> None:
    found = spans(answers)
    shuffled = {
        index: {
            worker: dice.sample(answers[index][worker], len(answers[index][worker]))
            for worker in dice.sample(sorted(answers[index]), len(answers[index]))
        }
        for index in dice.sample(sorted(answers), len(answers))
    }
    again = spans(shuffled)
    assert (found.spans, found.workers) == (again.spans, again.workers)
    assert found.spans.keys() == answers.keys()
    for index, own in found.spans.items():
        marked = [span for each in answers[index].values() for span in each]
        for span, confidence in own.items():
            assert span.start < span.end and 0 <= confidence <= 0.95
            assert any(each.start <= span.start < each.end for each in marked)
    for quality in found.workers.values():
        assert WorkerQuality(**json.loads(json.dumps(asdict(quality)))) == quality
        assert 0 <= quality.agreement <= quality.answers
        assert quality.accuracy is None or 0 <= quality.accuracy <= 1


@settings(deadline=None, max_examples=50)
@given(SOME_ANSWERS, st.lists(A_SPAN, max_size=4))
def test_known_labels_do_not_add_spans(answers: Answers, truth: Sequence[Span]) -> None:
    index = min(answers)
    found = spans(answers, gold={index: truth})
    marked = {place for own in answers[index].values() for span in own for place in (span.start, span.end)}
    assert {place for span in found.spans[index] for place in (span.start, span.end)} <= marked


# -- learning about workers, by simulation over known noise


@pytest.mark.parametrize(
    ("worst", "each", "gain"),
    [
        (
            Noise(miss=0.15, false=0.05, edge=0.15, label=0.1),
            3,
            -0.005,
        ),  # nothing to gain, and little to lose
        (Noise(miss=0.6, false=0.4, edge=0.6, label=0.5), 3, 0.04),
        (Noise(miss=0.6, false=0.4, edge=0.6, label=0.5), 5, 0.03),
        (Noise(miss=0.8, false=0.05, edge=0.3, label=0.1), 5, 0.06),
    ],
)
def test_learned_workers_beat_the_plain_vote(worst: Noise, each: int, gain: float) -> None:
    ours, plain = [], []
    for seed in range(2):
        truths, answers, _ = marked_texts(seed, worst, 150, each)
        ours.append(f1(spans(answers).spans, truths))
        plain.append(f1(plain_vote(answers), truths))
    assert fmean(ours) >= fmean(plain) + gain


def test_rounds_that_start_from_known_workers_come_near_to_one_pass_over_all() -> None:
    truths, answers, _ = marked_texts(3, Noise(miss=0.6, false=0.4, edge=0.6, label=0.5), 200, 5)
    known: dict[str, WorkerQuality] = {}
    found: dict[int, Mapping[Span, float]] = {}
    for start in range(0, 200, 25):
        made = spans({index: answers[index] for index in range(start, start + 25)}, known=known)
        known |= made.workers
        found |= made.spans
    assert f1(found, truths) > f1(spans(answers).spans, truths) - 0.02
    assert f1(found, truths) > f1(plain_vote(answers), truths)
    assert sum(quality.answers for quality in known.values()) == 1_000


def test_confidences_are_the_share_of_right_entities() -> None:
    truths, answers, _ = marked_texts(4, Noise(miss=0.5, false=0.3, edge=0.1, label=0.3), 300, 4)
    bins: dict[int, list[tuple[float, bool]]] = {}
    for index, own in spans(answers).spans.items():
        for span, confidence in own.items():
            hit = any(jaccard(span, truth) >= 0.5 and span.label == truth.label for truth in truths[index])
            bins.setdefault(min(9, int(confidence * 10)), []).append((confidence, hit))
    gaps = [
        abs(sum(confidence for confidence, _ in each) - sum(hit for _, hit in each)) for each in bins.values()
    ]
    assert sum(gaps) / sum(map(len, bins.values())) < 0.1


def test_what_is_known_about_workers_is_what_they_do() -> None:
    _, answers, crowd = marked_texts(5, Noise(miss=0.6, false=0.4, edge=0.3, label=0.4), 400, 5)
    found = spans(answers).workers
    by_accuracy = sorted(found, key=lambda worker: found[worker].accuracy or 0)
    worst, best = by_accuracy[:5], by_accuracy[-5:]
    assert fmean(crowd[worker].false + crowd[worker].label for worker in worst) > 0.15 + fmean(
        crowd[worker].false + crowd[worker].label for worker in best
    )
    for worker, noise in crowd.items():
        marks = found[worker].details["marks"]
        recall = marks["present_marked"] / (marks["present_marked"] + marks["present_left"])
        assert recall == pytest.approx(1 - noise.miss, abs=0.12)


def test_known_labels_show_who_marks_what_is_not_there() -> None:
    """Three workers mark a place too much, alike, and two do not: the majority is wrong."""
    right, wrong = person(0, 5), person(50, 60)
    answers = {
        index: {
            "good1": [right],
            "good2": [right],
            **{f"bad{k}": [right, wrong] for k in range(3)},
        }
        for index in range(60)
    }
    assert wrong in spans(answers).spans[59]
    taught = spans(answers, gold={index: [right] for index in range(20)})
    assert list(taught.spans[59]) == [right]


def test_the_answer_of_one_worker_to_a_known_object_teaches_about_them() -> None:
    answers = {index: {"bob": [person(0, 4), person(20, 25)]} for index in range(50)}
    made = spans(answers, gold={index: [person(0, 5), person(40, 45)] for index in range(50)})
    assert list(made.spans[0]) == [person(0, 4), person(20, 25)]
    details = made.workers["bob"].details
    assert details["edges"] == {"right": 50, "total": 100}
    assert details["marks"]["present_left"] == pytest.approx(50, abs=15)
    assert details["marks"]["absent_marked"] == 50
    assert made.workers["bob"].accuracy == pytest.approx(0.5, abs=0.05)


# -- size


def test_spans_that_all_overlap_are_not_compared_with_all_others() -> None:
    dice = random.Random(6)
    marked = sorted(
        {person(start := dice.randrange(5_000), start + dice.randrange(5_000, 9_000)) for _ in range(5_000)}
    )
    assert len(list(similar_pairs(marked))) <= 3 * NEAREST * len(marked)
    assert len(spans({0: {f"w{k}": marked[k::9] for k in range(9)}}).workers) == 9


def test_an_entity_that_one_of_three_careful_workers_missed_is_kept() -> None:
    whole = [Span(4 * k, 4 * k + 3, "person") for k in range(30)]
    answers = {index: dict.fromkeys(("ann", "bob", "cid"), whole) for index in range(5)}
    answers[5] = {"ann": whole, "bob": whole, "cid": whole[1:]}
    answers[6] = {"ann": whole, "bob": whole[:-1], "cid": whole}
    answers[7] = {"ann": [whole[3]], "bob": [], "cid": []}
    made = consolidate(answers, ["person"], known={}, gold={}).spans
    assert list(made[5]) == whole and list(made[6]) == whole
    assert not made[7], "what two of three did not mark"
