"""Figures of a labeling job for its page: classes, confidences, agreement, workers, failures, and the time that is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import NotFound
from trigpoint.labeling.gallery import Gallery, JobFiguresInAll
from trigpoint.labeling.standing import Activity
from trigpoint.labeling.worker_figures import JobFigures
from trigpoint.server.console.charts import Chart
from trigpoint.workforce.workers import Workers

FAILURES: Final = 20
MOST_WORKERS: Final = 50
SHOWN_CLASSES: Final = 12
WINDOW_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast answers come: those of the last `window_s` seconds, and the seconds that the rest takes at that pace.

    `left_s` is None if nothing came, or nothing is left.
    """

    answers: int
    window_s: int
    left_s: float | None

    @property
    def per_hour(self) -> float:
        return self.answers * 3600 / self.window_s


@dataclass(frozen=True, slots=True)
class FiguresView:
    """`workers`: names with figures, who answered most first. `failures`: index and reason, from `failures_from` on."""

    labels: JobFiguresInAll
    workers: Sequence[tuple[str, JobFigures]]
    worker_count: int
    answers: int
    failures: Sequence[tuple[int, str]]
    failures_from: int
    pace: Pace | None

    @property
    def most_things(self) -> int:
        return max((each.things for each in self.labels.classes), default=1)

    @property
    def most_in_a_tenth(self) -> int:
        return max(1, *self.labels.confidences)


class JobFigureViews:
    """Reads the figures."""

    def __init__(self, gallery: Gallery, workers: Workers) -> None:
        self._gallery = gallery
        self._workers = workers

    def of(self, job: dict[str, Any], activity: Activity, chart: Chart, failures_from: int) -> FiguresView:
        """The figures of a job as DescribeLabelingJob describes it."""
        found = self._gallery.job(job["LabelingJobName"])
        everybody = sorted(self._gallery.workers(found), key=lambda each: -each.answers)
        return FiguresView(
            labels=self._gallery.figures(found),
            workers=[(self._name(each.worker_id), each) for each in everybody[:MOST_WORKERS]],
            worker_count=len(everybody),
            answers=sum(each.answers for each in everybody),
            failures=self._gallery.failures(found, failures_from, FAILURES),
            failures_from=failures_from,
            pace=_pace(job, activity, chart) if job["LabelingJobStatus"] == "InProgress" else None,
        )

    def _name(self, worker_id: str) -> str:
        try:
            return self._workers.get(worker_id).user_name
        except NotFound:
            return worker_id


def first_failure(query: Mapping[str, str]) -> int:
    """From which failed object on a page shows them."""
    text = query.get("failures", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _pace(job: dict[str, Any], activity: Activity, chart: Chart) -> Pace | None:
    """The pace of the last hour, or of the last two periods of the chart if these are longer."""
    if len(chart.times) < 2:
        return None
    window_s = max(WINDOW_S, 2 * (chart.times[1] - chart.times[0]))
    since = chart.times[-1] - window_s
    answers = int(sum(value for at, value in zip(chart.times, chart.values, strict=True) if at > since))
    wanted = job["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"]
    rest = job["LabelCounters"]["Unlabeled"] * wanted - activity.answers
    return Pace(answers, window_s, rest / answers * window_s if answers and rest > 0 else None)
