"""The first page: what runs, what waits for whom, what failed, and whether the server is well."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from anyio import from_thread
from starlette.responses import Response

from trigpoint import __version__
from trigpoint.core.clock import Clock
from trigpoint.core.errors import TrigpointError
from trigpoint.labeling.standing import JobStanding
from trigpoint.language import gettext, translatable
from trigpoint.objects.bucket_sizes import SizeCounter
from trigpoint.scenes.photos import PHOTOS
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.workforce.people import CONSOLE_ROLES

SHOWN = 6
RECENT = timedelta(days=7)

Health = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource of which the page shows what runs and what failed.

    `path` leads to the page of one, with its name at the end.
    """

    title: str
    operation: str
    summaries: str
    name: str
    status: str
    running: str
    path: str


KINDS = (
    Kind(
        translatable("Labeling"),
        "ListLabelingJobs",
        "LabelingJobSummaryList",
        "LabelingJobName",
        "LabelingJobStatus",
        "InProgress",
        "/console/labeling-jobs/",
    ),
    Kind(
        translatable("Training"),
        "ListTrainingJobs",
        "TrainingJobSummaries",
        "TrainingJobName",
        "TrainingJobStatus",
        "InProgress",
        "/console/training-jobs/",
    ),
    Kind(
        translatable("Transform"),
        "ListTransformJobs",
        "TransformJobSummaries",
        "TransformJobName",
        "TransformJobStatus",
        "InProgress",
        "/console/transform-jobs/",
    ),
    Kind(
        translatable("Endpoint"),
        "ListEndpoints",
        "Endpoints",
        "EndpointName",
        "EndpointStatus",
        "InService",
        "/console/endpoints/",
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One resource, and what the List operation says about it."""

    kind: Kind
    name: str
    status: str
    created_at: Any
    summary: Mapping[str, Any]

    @property
    def waits_for(self) -> str:
        """The work team that a labeling job waits for; "" if it waits for nobody."""
        counters = self.summary.get("LabelCounters")
        if not counters or not counters["Unlabeled"]:
            return ""
        return str(self.summary["WorkteamArn"]).rsplit("/", 1)[-1]


class OverviewPages:
    """The page."""

    section = Section("/", translatable("Overview"), "M3 3h6v6H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 11h6v6H3z")

    def __init__(self, standing: JobStanding, health: Health, sizes: SizeCounter, clock: Clock) -> None:
        self._standing = standing
        self._sizes = sizes
        self._health = health
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        needs = [f"sagemaker:{kind.operation}" for kind in KINDS]
        return [
            console.get("/", self.overview, *needs),
            console.get("/first-steps", self.first_steps, roles=CONSOLE_ROLES),
        ]

    def overview(self, page: PageRequest) -> Response:
        page.follow("overview")
        counts = self._standing.counts()
        running = [row for kind in KINDS for row in self._rows(page, kind, kind.running)]
        failed = [row for kind in KINDS for row in self._rows(page, kind, "Failed", recent=True)]
        if not (counts or running or failed):
            return self.first_steps(page)
        disk = shutil.disk_usage(page.console.settings.data_dir)
        return page.show(
            "overview.html",
            section=self.section,
            title=gettext("Overview"),
            kinds=KINDS,
            counts=counts,
            running=running,
            failed=[
                (row, _reason(page, row))
                for row in sorted(failed, key=lambda row: row.created_at, reverse=True)[:SHOWN]
            ],
            most_failed=SHOWN,
            health=from_thread.run(self._known_health),
            disk=disk,
            sizes=self._sizes.sizes(),
            version=__version__,
        )

    def first_steps(self, page: PageRequest) -> Response:
        """What a new installation needs for its first label, and which of it is done."""
        teams = page.call("sagemaker", "ListWorkteams", MaxResults=1)["Workteams"]
        return page.show(
            "first_steps.html",
            section=self.section,
            title=gettext("First steps"),
            has_team=bool(teams),
            has_job=bool(self._standing.counts()),
            may_sample=page.may("s3:CreateBucket", "s3:PutObject"),
            photos=PHOTOS,
        )

    async def _known_health(self) -> Mapping[str, Any]:
        return await self._health()

    def _rows(self, page: PageRequest, kind: Kind, status: str, *, recent: bool = False) -> list[Row]:
        request: dict[str, Any] = {
            "StatusEquals": status,
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": SHOWN,
        }
        if recent:
            request["CreationTimeAfter"] = self._clock.now() - RECENT
        found = page.call("sagemaker", kind.operation, **request)[kind.summaries]
        return [Row(kind, each[kind.name], each[kind.status], each["CreationTime"], each) for each in found]


def _reason(page: PageRequest, row: Row) -> str:
    """Why it failed. Some List operations leave the reason out, so the resource is described."""
    if "FailureReason" in row.summary:
        return str(row.summary["FailureReason"])
    try:
        found = page.ask(
            "sagemaker", f"Describe{row.kind.name.removesuffix('Name')}", **{row.kind.name: row.name}
        )
    except TrigpointError:  # it was deleted a moment ago
        return ""
    return str(found.get("FailureReason", ""))
