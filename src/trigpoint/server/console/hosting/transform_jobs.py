"""The pages of transform jobs: the list, one job, a new one."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.core.clock import Clock
from trigpoint.hosting.standing import HostingStanding
from trigpoint.hosting.transform.processes import LOG_GROUP
from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.hosting.creating import create
from trigpoint.server.console.hosting.sections import TRANSFORMS
from trigpoint.server.console.lists import Column, ListState
from trigpoint.server.console.log_pages import read_log
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.web.guards import GuardedRoute

STATUSES = ("InProgress", "Stopping", "Completed", "Failed", "Stopped")
CHOICES = 100


class TransformJobPages:
    """The pages. They read from `standing` what the API does not have."""

    section = TRANSFORMS

    def __init__(self, standing: HostingStanding, clock: Clock) -> None:
        self._standing = standing
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        create = "sagemaker:CreateTransformJob"
        return [
            console.get("/transform-jobs", self.list, "sagemaker:ListTransformJobs"),
            console.get("/transform-jobs/create", self.form, create),
            console.post("/transform-jobs/create", self.create, create),
            console.get("/transform-jobs/{job}", self.detail, "sagemaker:DescribeTransformJob"),
            console.post("/transform-jobs/{job}/stop", self.stop, "sagemaker:StopTransformJob"),
        ]

    def list(self, page: PageRequest) -> Response:
        page.follow("transform-jobs")
        columns = [
            Column(gettext("Name"), "Name", "wide"),
            Column(gettext("Status"), "Status"),
            Column(gettext("Created"), "CreationTime"),
        ]
        state = ListState.read(page.query, columns, STATUSES)
        jobs, next_token = page.rows("sagemaker", "ListTransformJobs", "TransformJobSummaries", state)
        return page.show(
            "transform_jobs.html",
            section=TRANSFORMS,
            title=gettext("Transform jobs"),
            state=state,
            statuses=STATUSES,
            counts=self._standing.transform_counts(),
            rows=jobs,
            next_token=next_token,
            may_create=page.may("sagemaker:CreateTransformJob"),
        )

    def detail(self, page: PageRequest) -> Response:
        name = page.path("job")
        page.follow(f"transform-job:{name}")
        job = page.call("sagemaker", "DescribeTransformJob", TransformJobName=name)
        begin, end = job["CreationTime"], job.get("TransformEndTime") or self._clock.now()
        return page.show(
            "transform_job.html",
            section=TRANSFORMS,
            title=job["TransformJobName"],
            job=job,
            lasted_s=max(0.0, (end - begin).total_seconds()),
            log=read_log(page, LOG_GROUP, f"{job['TransformJobName']}/", 200),
            may_stop=job["TransformJobStatus"] == "InProgress" and page.may("sagemaker:StopTransformJob"),
        )

    def form(self, page: PageRequest) -> Response:
        given = {"model": page.query.get("model", ""), "input": page.query.get("input", "")}
        return self._form(page, Form(_fields(page), {name: value for name, value in given.items() if value}))

    def create(self, page: PageRequest) -> Response:
        form = Form.read(_fields(page), page.form)
        request = form.request()
        return create(
            page,
            "CreateTransformJob",
            form,
            request,
            self._form,
            name="TransformJobName",
            path="/transform-jobs",
        )

    def stop(self, page: PageRequest) -> Response:
        name = page.path("job")
        if page.wants_call:
            page.note("sagemaker", "StopTransformJob", TransformJobName=name)
            return self.detail(page)
        page.call("sagemaker", "StopTransformJob", TransformJobName=name)
        return page.redirect(f"/transform-jobs/{quoted(name)}", "transform-stopping", name)

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        return page.show(
            "transform_job_create.html",
            section=TRANSFORMS,
            title=gettext("Create a transform job"),
            form=form,
            status=status,
        )


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(gettext("must be a whole number")) from None


def _fields(page: PageRequest) -> Sequence[Field]:
    plain = {"autocomplete": "off", "spellcheck": "false"}
    found = page.ask(
        "sagemaker", "ListModels", SortBy="CreationTime", SortOrder="Descending", MaxResults=CHOICES
    )
    source = "TransformInput.DataSource.S3DataSource"

    def choice(name: str, label: str, member: str, options: Sequence[tuple[str, str]], default: str) -> Field:
        shown = [(value, text, "") for value, text in options]
        return Field(name, label, member=member, kind="select", required=True, options=shown, default=default)

    def number(name: str, label: str, member: str, default: str, help: str = "") -> Field:
        return Field(
            name,
            label,
            help,
            member,
            kind="number",
            default=default,
            convert=_whole,
            attributes={"min": "0", "inputmode": "numeric"},
        )

    none = ("None", gettext("None"))
    return [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens, at most 63."),
            "TransformJobName",
            required=True,
            attributes={**plain, "maxlength": "63"},
        ),
        choice(
            "model",
            gettext("Model"),
            "ModelName",
            [
                ("", gettext("Choose a model")),
                *((each["ModelName"], each["ModelName"]) for each in found["Models"]),
            ],
            "",
        ),
        Field(
            "input",
            gettext("Input"),
            gettext("Every object with this prefix is one request."),
            f"{source}.S3Uri",
            required=True,
            attributes={**plain, "maxlength": "1024", "placeholder": "s3://bucket/photos/", "data-s3": "any"},
        ),
        choice(
            "type",
            gettext("What is there"),
            f"{source}.S3DataType",
            [
                ("S3Prefix", gettext("All objects with this prefix")),
                ("ManifestFile", gettext("A manifest file (a list of objects)")),
            ],
            "S3Prefix",
        ),
        Field(
            "content",
            gettext("Content type"),
            member="TransformInput.ContentType",
            default="application/x-image",
            attributes={**plain, "maxlength": "256"},
        ),
        choice(
            "split",
            gettext("Records of an object"),
            "TransformInput.SplitType",
            [
                ("None", gettext("The object is one record")),
                ("Line", gettext("Each line")),
                ("RecordIO", "RecordIO"),
                ("TFRecord", "TFRecord"),
            ],
            "None",
        ),
        Field(
            "output",
            gettext("Output"),
            gettext("One object for each of the input, with .out after its name."),
            "TransformOutput.S3OutputPath",
            required=True,
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/predictions",
                "data-s3": "folder",
            },
        ),
        choice(
            "assemble",
            gettext("Joined by"),
            "TransformOutput.AssembleWith",
            [none, ("Line", gettext("Line breaks"))],
            "None",
        ),
        choice(
            "strategy",
            gettext("Records per request"),
            "BatchStrategy",
            [("SingleRecord", gettext("One")), ("MultiRecord", gettext("As many as fit"))],
            "SingleRecord",
        ),
        number("concurrent", gettext("Requests at a time"), "MaxConcurrentTransforms", ""),
        number("payload", gettext("Largest request (MB)"), "MaxPayloadInMB", "6"),
        number("count", gettext("Instances"), "TransformResources.InstanceCount", "1"),
        Field(
            "instance_type",
            gettext("Instance type"),
            gettext("Jobs run on this server; the algorithm only sees the name."),
            "TransformResources.InstanceType",
            required=True,
            default="ml.m5.large",
            attributes=plain,
        ),
    ]
