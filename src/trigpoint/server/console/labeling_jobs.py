"""The pages of labeling jobs: the list, one job, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from trigpoint.autolabel.review import AutomationReview
from trigpoint.core.clock import Clock
from trigpoint.core.errors import NotFound
from trigpoint.labeling.job_log import GROUP
from trigpoint.labeling.metrics import WORKERS
from trigpoint.labeling.standing import JobStanding
from trigpoint.language import gettext, translatable
from trigpoint.server.console.automation import rounds_view
from trigpoint.server.console.charts import Chart, counted, period_s
from trigpoint.server.console.labeling_figures import JobFigureViews, first_failure
from trigpoint.server.console.labeling_setup.prefill import possible_ways
from trigpoint.server.console.lists import Column, ListState
from trigpoint.server.console.log_lines import log_lines
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.console.site import Section
from trigpoint.server.web.guards import GuardedRoute

STATUSES = ("InProgress", "Initializing", "Completed", "Failed", "Stopping", "Stopped")
ENDED = ("Completed", "Stopped")
TERMINAL = ("Completed", "Failed", "Stopped")
RUNNING = ("Initializing", "InProgress")
LOG_LINES = 50


class LabelingJobPages:
    """The pages. They read what the API does not have, such as how many jobs have each status, from `standing`."""

    section = Section(
        "/labeling-jobs",
        translatable("Labeling jobs"),
        "M3 3h14v14H3zM6.5 7h7v6h-7z",
    )

    def __init__(
        self, standing: JobStanding, clock: Clock, figures: JobFigureViews, automation: AutomationReview
    ) -> None:
        self._standing = standing
        self._automation = automation
        self._clock = clock
        self._figures = figures

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/labeling-jobs", self.list, "sagemaker:ListLabelingJobs"),
            console.get("/labeling-jobs/{job}", self.detail, "sagemaker:DescribeLabelingJob"),
            console.post("/labeling-jobs/{job}/stop", self.stop, "sagemaker:StopLabelingJob"),
        ]

    def list(self, page: PageRequest) -> Response:
        page.follow("labeling-jobs")
        columns = [
            Column(gettext("Name"), "Name", "wide"),
            Column(gettext("Status"), "Status"),
            Column(gettext("Type")),
            Column(gettext("Progress")),
            Column(gettext("Created"), "CreationTime"),
        ]
        state = ListState.read(page.query, columns, STATUSES)
        jobs, next_token = page.rows("sagemaker", "ListLabelingJobs", "LabelingJobSummaryList", state)
        return page.show(
            "labeling_jobs.html",
            section=self.section,
            title=gettext("Labeling jobs"),
            state=state,
            statuses=STATUSES,
            counts=self._standing.counts(),
            rows=jobs,
            next_token=next_token,
            may_create=page.may("sagemaker:CreateLabelingJob"),
        )

    def detail(self, page: PageRequest) -> Response:
        name = page.path("job")
        page.follow(f"labeling-job:{name}")
        job = page.call("sagemaker", "DescribeLabelingJob", LabelingJobName=name)
        automation = self._automation.of(name)
        activity, chart = self._standing.activity(name), self._answers(page, job)
        return page.show(
            "labeling_job.html",
            section=self.section,
            title=job["LabelingJobName"],
            job=job,
            activity=activity,
            chart=chart,
            automation=automation,
            rounds_view=automation
            and rounds_view(automation, has_ended=job["LabelingJobStatus"] in TERMINAL),
            figures=self._figures.of(job, activity, chart, first_failure(page.query)),
            log=self._log(page, job["LabelingJobName"]),
            ways=possible_ways(job) if page.may("sagemaker:CreateLabelingJob") else [],
            may_train=job["LabelingJobStatus"] in ENDED
            and job["LabelCounters"]["TotalLabeled"] > 0
            and page.may("sagemaker:CreateTrainingJob"),
            may_stop=job["LabelingJobStatus"] in RUNNING and page.may("sagemaker:StopLabelingJob"),
            team=job["HumanTaskConfig"]["WorkteamArn"].rsplit("/", 1)[-1],
        )

    def stop(self, page: PageRequest) -> Response:
        name = page.path("job")
        if page.wants_call:
            page.note("sagemaker", "StopLabelingJob", LabelingJobName=name)
            return self.detail(page)
        page.call("sagemaker", "StopLabelingJob", LabelingJobName=name)
        return page.redirect(f"/labeling-jobs/{quoted(name)}", "job-stopping", name)

    def _answers(self, page: PageRequest, job: dict[str, Any]) -> Chart:
        """How many answers workers gave, by period from the creation of the job to its end."""
        begin = job["CreationTime"]
        has_ended = job["LabelingJobStatus"] in TERMINAL
        end = max(job["LastModifiedTime"] if has_ended else self._clock.now(), begin)
        period = period_s(begin, end)
        start = datetime.fromtimestamp(int(begin.timestamp()) // period * period, UTC)
        found = page.call(
            "monitoring",
            "GetMetricStatistics",
            Namespace=WORKERS,
            MetricName="TasksSubmitted",
            Dimensions=[{"Name": "LabelingJobName", "Value": job["LabelingJobName"]}],
            StartTime=start,
            EndTime=datetime.fromtimestamp(int(end.timestamp()) + period, UTC),
            Period=period,
            Statistics=["Sum"],
        )
        return counted(gettext("Answers received"), found["Datapoints"], start, end, period)

    def _log(self, page: PageRequest, name: str) -> Sequence[tuple[datetime, str, str]]:
        """The last lines of the job's log: time, event, message."""
        try:
            found = page.call(
                "logs",
                "GetLogEvents",
                logGroupName=GROUP,
                logStreamName=name,
                limit=LOG_LINES,
                startFromHead=False,
            )
        except NotFound:  # nothing has been logged yet
            return []
        return log_lines(found["events"])
