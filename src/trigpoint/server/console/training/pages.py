"""The pages of training jobs: the list, one job, stopping, deleting and deploying it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response, StreamingResponse

from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.clock import Clock
from trigpoint.language import gettext, translatable
from trigpoint.server.console.hosting.deploying import deploy, free_name, model_request
from trigpoint.server.console.lists import Column, ListState
from trigpoint.server.console.log_pages import read_log
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.console.site import Section
from trigpoint.server.console.training import detail
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.training.instances import LOG_GROUP
from trigpoint.training.labeled_data import LabeledData
from trigpoint.training.standing import TrainingStanding

STATUSES = ("InProgress", "Stopping", "Completed", "Failed", "Stopped")
ENDED = ("Completed", "Failed", "Stopped")

SECTION = Section(
    "/training-jobs",
    translatable("Training jobs"),
    "M3 15.5 7.5 10l3 2.5L17 5M12.5 5H17v4.5",
)


class TrainingJobPages:
    """The pages. What the API does not have comes from `standing` and `data`."""

    section = SECTION

    def __init__(self, standing: TrainingStanding, data: LabeledData, clock: Clock) -> None:
        self._standing = standing
        self._data = data
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        job = "/training-jobs/{job}"
        return [
            console.get("/training-jobs", self.list, "sagemaker:ListTrainingJobs"),
            console.get(job, self.detail, "sagemaker:DescribeTrainingJob"),
            console.get(f"{job}/model", self.download, "sagemaker:DescribeTrainingJob"),
            console.post(f"{job}/stop", self.stop, "sagemaker:StopTrainingJob"),
            console.post(f"{job}/delete", self.delete, "sagemaker:DeleteTrainingJob"),
            console.post(f"{job}/create-model", self.create_model, "sagemaker:CreateModel"),
            console.post(
                f"{job}/deploy",
                self.deploy,
                "sagemaker:CreateModel",
                "sagemaker:CreateEndpointConfig",
                "sagemaker:CreateEndpoint",
            ),
        ]

    def list(self, page: PageRequest) -> Response:
        page.follow("training-jobs")
        columns = [
            Column(gettext("Name"), "Name", "wide"),
            Column(gettext("Status"), "Status"),
            Column(gettext("Step")),
            Column(gettext("Duration"), kind="number"),
            Column(gettext("Created"), "CreationTime"),
        ]
        state = ListState.read(page.query, columns, STATUSES)
        # With MaxResults, the operation cuts the page before it filters by status; pages would be short or empty.
        without = ("MaxResults",) if state.status else ()
        jobs, next_token = page.rows(
            "sagemaker", "ListTrainingJobs", "TrainingJobSummaries", state, without=without
        )
        return page.show(
            "training_jobs.html",
            section=self.section,
            title=gettext("Training jobs"),
            state=state,
            statuses=STATUSES,
            counts=self._standing.counts(),
            rows=jobs,
            next_token=next_token,
            lasted=self._lasted_s,
            may_create=page.may("sagemaker:CreateTrainingJob"),
        )

    def detail(self, page: PageRequest) -> Response:
        name = page.path("job")
        page.follow(f"training-job:{name}")
        job = page.call("sagemaker", "DescribeTrainingJob", TrainingJobName=name)
        begin, end = job["CreationTime"], self._end_of(job)
        log = read_log(page, LOG_GROUP, f"{name}/")
        status = job["TrainingJobStatus"]
        has_model = status in ("Completed", "Stopped")
        image = job["AlgorithmSpecification"].get("TrainingImage", "")
        return page.show(
            "training_job.html",
            section=self.section,
            title=name,
            job=job,
            algorithm=builtin_algorithm(image) or image,
            transitions=self._transitions(job),
            lasted_s=self._lasted_s(job),
            percent=detail.progress_percent(job),
            curves=detail.curves(page, job, log, begin, end),
            flows=detail.flows(page, job, begin, end),
            machine=detail.machine_charts(page, job, log, begin, end),
            machine_host=detail.host_of(log.stream),
            log=log,
            model_bytes=self._data.size_bytes(job["ModelArtifacts"]["S3ModelArtifacts"])
            if has_model
            else None,
            may_stop=status == "InProgress" and page.may("sagemaker:StopTrainingJob"),
            may_delete=status in ENDED and page.may("sagemaker:DeleteTrainingJob"),
            may_create=page.may("sagemaker:CreateTrainingJob"),
            may_deploy=has_model and page.may("sagemaker:CreateModel", "sagemaker:CreateEndpoint"),
        )

    def download(self, page: PageRequest) -> Response:
        """The model of the job, when it is one archive."""
        job = page.call("sagemaker", "DescribeTrainingJob", TrainingJobName=page.path("job"))
        uri = job["ModelArtifacts"]["S3ModelArtifacts"]
        opened = self._data.opened(uri)
        headers = {
            "Content-Disposition": f'attachment; filename="{job["TrainingJobName"]}.tar.gz"',
            "Content-Length": str(opened.info.size_bytes),
        }

        def pieces() -> Any:
            with opened.file:
                while piece := opened.file.read(1 << 18):
                    yield piece

        return StreamingResponse(pieces(), media_type="application/gzip", headers=headers)

    def stop(self, page: PageRequest) -> Response:
        return self._change(page, "StopTrainingJob", "training-stopping")

    def delete(self, page: PageRequest) -> Response:
        name = page.path("job")
        if page.wants_call:
            page.note("sagemaker", "DeleteTrainingJob", TrainingJobName=name)
            return self.detail(page)
        page.call("sagemaker", "DeleteTrainingJob", TrainingJobName=name)
        return page.redirect("/training-jobs", "deleted", name)

    def create_model(self, page: PageRequest) -> Response:
        """A model of the job's artifact, under the job's name if it is free."""
        job = page.call("sagemaker", "DescribeTrainingJob", TrainingJobName=page.path("job"))
        name = free_name(page, "DescribeModel", "ModelName", job["TrainingJobName"])
        request = model_request(job, name)
        if page.wants_call:
            page.note("sagemaker", "CreateModel", **request)
            return self.detail(page)
        page.call("sagemaker", "CreateModel", **request)
        return page.redirect(f"/models/{quoted(name)}", "created", name)

    def deploy(self, page: PageRequest) -> Response:
        """Model, endpoint config and endpoint with one click."""
        job = page.call("sagemaker", "DescribeTrainingJob", TrainingJobName=page.path("job"))
        endpoint = deploy(page, job)
        if page.wants_call:
            return self.detail(page)
        return page.redirect(f"/endpoints/{quoted(endpoint)}", "endpoint-starting", endpoint)

    def _change(self, page: PageRequest, operation: str, notice: str) -> Response:
        name = page.path("job")
        if page.wants_call:
            page.note("sagemaker", operation, TrainingJobName=name)
            return self.detail(page)
        page.call("sagemaker", operation, TrainingJobName=name)
        return page.redirect(f"/training-jobs/{quoted(name)}", notice, name)

    def _end_of(self, job: dict[str, Any]) -> datetime:
        end: datetime = job.get("TrainingEndTime") or self._clock.now()
        return end

    def _lasted_s(self, job: dict[str, Any]) -> float:
        """Seconds from the creation of a job to its end, or until now."""
        begin: datetime = job["CreationTime"]
        return max(0.0, (self._end_of(job) - begin).total_seconds())

    def _transitions(self, job: dict[str, Any]) -> Sequence[tuple[dict[str, Any], float]]:
        """The statuses of a job, and how many seconds each lasted so far."""
        now = self._end_of(job)
        return [
            (each, max(0.0, ((each.get("EndTime") or now) - each["StartTime"]).total_seconds()))
            for each in job["SecondaryStatusTransitions"]
        ]
