"""The audit: which labels of the machine people check, and the interval of what they find."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy.stats import beta, binom

from trigpoint.autolabel.auditing import AuditFigures, audit_figures, is_confirmed, to_audit, with_audits
from trigpoint.autolabel.box_kind import BoxKind
from trigpoint.autolabel.class_kind import ClassKind
from trigpoint.autolabel.exact_interval import clopper_pearson
from trigpoint.core.errors import Invalid
from trigpoint.labeling.algorithm_specs import audit_share_of
from trigpoint.labeling.model import Counters, Job
from trigpoint.labeling.store.audits import AuditStatus

NOTHING = AuditFigures(share=0.05, machine=0, chosen=0, confirmed=0, changed=0, unanswered=0)
JOB = cast(
    Job,
    SimpleNamespace(
        arn="arn:aws:sagemaker:us-east-1:000000000000:labeling-job/birds",
        spec=SimpleNamespace(audit_share=0.05, label_attribute="kind"),
        labels=("a", "b", "c", "d"),
        counters=Counters(auto_labeled=90),
    ),
)


@pytest.mark.parametrize(("right", "count"), [(0, 7), (7, 7), (1, 2), (95, 100), (48, 50), (9_600, 10_000)])
def test_the_interval_is_that_of_the_beta_distribution(right: int, count: int) -> None:
    low, high = clopper_pearson(right, count)
    assert low == pytest.approx(beta.ppf(0.025, right, count - right + 1) if right else 0, abs=1e-9)
    assert high == pytest.approx(beta.ppf(0.975, right + 1, count - right) if right < count else 1, abs=1e-9)


@pytest.mark.parametrize("share", [0.5, 0.93, 0.99])
def test_at_least_95_of_100_intervals_hold_the_true_share(share: float) -> None:
    count = 60
    held = [low <= share <= high for low, high in (clopper_pearson(k, count) for k in range(count + 1))]
    assert binom.pmf(np.arange(count + 1), count, share)[held].sum() >= 0.95


def test_without_a_sample_nothing_is_known() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="6 of 5"):
        clopper_pearson(6, 5)


def test_each_round_adds_as_many_as_make_the_share_of_all_labels() -> None:
    first = to_audit(JOB, 1, range(100, 130), NOTHING)
    assert len(first) == 2 and set(first) <= set(range(100, 130))  # 1.5, rounded up
    second = to_audit(JOB, 2, range(200, 210), NOTHING.plus(30, 2))
    assert second == []
    assert len(to_audit(JOB, 3, range(300, 400), NOTHING.plus(40, 2))) == 5
    assert to_audit(JOB, 1, [], NOTHING) == []


def test_the_choice_can_be_repeated_and_differs_between_rounds() -> None:
    labeled = range(1_000)
    assert to_audit(JOB, 1, labeled, NOTHING) == to_audit(JOB, 1, labeled, NOTHING)
    assert to_audit(JOB, 1, labeled, NOTHING) != to_audit(JOB, 2, labeled, NOTHING)


def test_audits_take_half_of_a_batch_and_what_others_leave_free() -> None:
    people, audited = list(range(10)), list(range(100, 130))
    batch = with_audits(people, audited, 10, "s")
    assert len(batch) == 10 and sum(each >= 100 for each in batch) == 5
    assert sum(each >= 100 for each in with_audits(people[:2], audited, 10, "s")) == 8
    assert sorted(people) == with_audits(people, [], 10, "s")
    assert with_audits(people, audited, 1, "s")[0] >= 100
    assert len(with_audits(people, audited[:3], 10, "s")) == 10


def test_figures_count_what_people_found() -> None:
    counts = {
        AuditStatus.CONFIRMED: 4,
        AuditStatus.CHANGED: 1,
        AuditStatus.DROPPED: 2,
        AuditStatus.WAITING: 3,
    }
    figures = audit_figures(JOB, counts)
    assert figures is not None
    assert (figures.machine, figures.chosen, figures.answered, figures.unanswered) == (91, 10, 5, 2)
    report = figures.report()
    assert report["accuracy"] == 0.8 and report["interval"] == [0.2836, 0.9949]
    assert replace(figures, confirmed=0, changed=0).report()["interval"] is None
    assert audit_figures(cast(Job, SimpleNamespace(spec=SimpleNamespace(audit_share=None))), {}) is None


def test_only_the_label_is_compared() -> None:
    machine = '"kind":3,"kind-metadata":{"confidence":0.97,"human-annotated":"no"}'
    kind = ClassKind(JOB)
    assert is_confirmed(kind, machine, '"kind":3,"kind-metadata":{"confidence":0.6,"human-annotated":"yes"}')
    assert not is_confirmed(kind, machine, '"kind":2')
    assert not is_confirmed(kind, machine, '"kind":4')  # no class of the job


def test_boxes_are_confirmed_that_overlap_as_much_as_is_promised() -> None:
    def members(left: int) -> str:
        box = {"class_id": 0, "left": left, "top": 10, "width": 100, "height": 100}
        size = {"width": 640, "height": 480, "depth": 3}
        label = {"annotations": [box], "image_size": [size]}
        metadata = {"class-map": {"0": "a"}, "objects": [{"confidence": 0.9}], "human-annotated": "no"}
        return json.dumps(
            {"kind": label, "kind-metadata": {**metadata, "type": "groundtruth/object-detection"}}
        )[1:-1]

    kind = BoxKind(JOB, cast(Any, None))
    assert is_confirmed(kind, members(10), members(30))  # IoU 0.67
    assert not is_confirmed(kind, members(10), members(40))  # IoU 0.54


@pytest.mark.parametrize("written", ["", "5%", "0", "1.01", "nan", "-0.1", "0.0001", "inf", "x" * 300])
def test_what_is_no_share_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match=r"trigpoint:audit-share: .*from 0.001 to 1"):
        audit_share_of(written)


def test_a_share_is_read() -> None:
    values: list[Any] = [audit_share_of(each) for each in (None, "0.05", "1", "1e-3")]
    assert values == [None, 0.05, 1.0, 0.001]
