"""Labeling jobs: creating, describing, listing and stopping them."""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound, TrigpointError
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.tables.tags import get_tags, put_tags
from trigpoint.labeling.functions.workflow import workflow_of
from trigpoint.labeling.model import AUTOMATED_KIND, KIND, Counters, Job, JobSpec, JobStatus
from trigpoint.labeling.notices import KIND as NOTICES
from trigpoint.labeling.specs import check_spec
from trigpoint.labeling.store import data_objects, jobs
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.labeling.template_files import MissingElement, check_template, read_template
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings
from trigpoint.workforce.teams import Teams, why_unknown

log = logging.getLogger(__name__)


class LabelingJobs:
    """All labeling jobs of the account and Region. `JobProgress` takes them forward."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        teams: Teams,
        templates: TaskTemplates,
        queue: Queue,
        settings: Settings,
        clock: Clock,
        function_exists: Callable[[str], bool] = lambda name: False,
        can_learn: Callable[[str], bool] = lambda image: True,
    ) -> None:
        self._db = db
        self._can_learn = can_learn
        self._function_exists = function_exists
        self._objects = objects
        self._templates = templates
        self._teams = teams
        self._queue = queue
        self._settings = settings
        self._clock = clock

    def create(self, spec: JobSpec, tags: Mapping[str, str] | None = None) -> Job:
        """The new job, Initializing; its inputs are read later.

        Raises: Invalid: a field breaks a rule, or two together do. Conflict: a job of that name exists; upper and lower
            case are the same.
        """
        workflow = workflow_of(spec.pre_function_arn, spec.consolidation_function_arn)
        task_type = workflow.task_type
        for name in filter(None, (workflow.pre, workflow.post)):
            if not self._function_exists(name):
                raise Invalid(
                    f"there is no function {name!r}; create it through the Lambda API or with `trigpoint function add`, "
                    "or name a built-in one"
                )
        check_spec(spec, task_type)
        if spec.learner_image is not None and not self._can_learn(spec.learner_image):
            raise Invalid(
                f"tag trigpoint:learner-image: no program runs for {spec.learner_image[:200]!r}; register one with "
                "`trigpoint image add IMAGE --command COMMAND`"
            )
        team = self._teams.get_by_arn(spec.team_arn)
        if team is None:
            raise Invalid(f"WorkteamArn {spec.team_arn!r}: {why_unknown(spec.team_arn)}")
        self._check_template(spec, task_type)
        now = self._clock.now()
        job = Job(
            id=new_id(),
            arn=sagemaker_arn(self._settings.region, self._settings.account_id, KIND, spec.name),
            reference_code=self._settings.account_id + _random_code(),
            team_arn=team.arn,
            task_type=task_type.name,
            spec=spec,
            status=JobStatus.INITIALIZING,
            failure_reason=None,
            created_at=now,
            updated_at=now,
            inputs_read=False,
            labels=(),
            counters=Counters(),
            iteration=0,
            published_count=-1,
            published_at=None,
            stop_reason=None,
        )
        with self._db.write() as connection:
            if not jobs.insert(connection, job):
                raise Conflict(f"a labeling job {spec.name!r} already exists; names are case-insensitive")
            put_tags(connection, job.arn, tags or {}, now)
            self._queue.enqueue(connection, KIND, job.id)
            self._queue.enqueue(connection, NOTICES, job.id)
            if spec.algorithm_arn is not None:
                self._queue.enqueue(connection, AUTOMATED_KIND, job.id)
        self._queue.poke()
        return job

    def _check_template(self, spec: JobSpec, task_type: TaskType[Any]) -> None:
        """Refuses a template in which workers could not give an answer.

        Decision: with any other fault of its files, the job is created and fails, as on AWS.
        Raises: MissingElement.
        """
        if spec.template_uri is None:
            return
        try:
            template = read_template(self._objects, spec.template_uri)
            check_template(self._templates, template, spec.template_uri, task_type)
        except MissingElement:
            raise
        except TrigpointError as problem:
            log.info("labeling_job_template_unusable job=%s reason=%s", spec.name, problem.message)

    def describe(self, name: str) -> Job:
        """Raises: NotFound: there is no job of that name."""
        with self._db.read() as connection:
            return _existing(connection, name)

    def tags(self, job: Job) -> dict[str, str]:
        """The job's current tags."""
        with self._db.read() as connection:
            return get_tags(connection, job.arn)

    def exists(self, name: str) -> bool:
        """Whether there is a job of that name, in upper or lower case."""
        with self._db.read() as connection:
            return jobs.find_by_name(connection, name) is not None

    def list(
        self,
        wanted: ListFilter,
        *,
        team_arn: str | None = None,
        reference_code_contains: str | None = None,
    ) -> Page[Job]:
        """One page of jobs: all, or those of a work team."""
        with self._db.read() as connection:
            return jobs.page(
                connection, wanted, team_arn=team_arn, reference_code_contains=reference_code_contains
            )

    def pending(self, found: Page[Job]) -> dict[str, int]:
        """How many objects of each job of the page are offered or wait for consolidation, by job id."""
        with self._db.read() as connection:
            return data_objects.count_pending(connection, [job.id for job in found.items])

    def count_skipped(self, name: str) -> int:
        """How many objects of the job no worker saw, because its pre-annotation function said so."""
        with self._db.read() as connection:
            return data_objects.count_skipped(connection, _existing(connection, name).id)

    def failed_objects(self, name: str, limit: int = 100) -> dict[int, str]:
        """Why objects of the job could not be labeled, by their line, counted from 0."""
        with self._db.read() as connection:
            return data_objects.failures(connection, _existing(connection, name).id, limit)

    def team_arn(self, arn: str) -> str:
        """The team's own spelling of its ARN.

        Raises: NotFound: there is no such team.
        """
        team = self._teams.get_by_arn(arn)
        if team is None:
            raise NotFound(f"there is no private work team {arn!r}")
        return team.arn

    def stop(self, name: str) -> None:
        """Stops the job: existing labels are kept, open tasks are withdrawn.

        Stopping a job that is Stopping changes nothing.
        Raises: NotFound: there is no job of that name. Invalid: it has already ended.
        """
        with self._db.write() as connection:
            while (job := _existing(connection, name)).status is not JobStatus.STOPPING:
                if job.status.is_terminal:
                    raise Invalid(f"the labeling job {name!r} is already {job.status} and cannot be stopped")
                if jobs.change_status(connection, job.id, job.status, JobStatus.STOPPING, self._clock.now()):
                    break
            self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()


def _existing(connection: Connection, name: str) -> Job:
    job = jobs.find_by_name(connection, name)
    if job is None:
        raise NotFound(f"there is no labeling job {name!r}")
    return job


def _random_code() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(16))
