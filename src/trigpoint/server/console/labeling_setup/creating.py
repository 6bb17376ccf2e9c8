"""Creating the job of a draft: the work team, the files, and the job itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trigpoint.core.clock import Clock
from trigpoint.core.errors import NotFound, TrigpointError
from trigpoint.labeling.setup.inputs import JobInputs
from trigpoint.language import gettext
from trigpoint.objects import ObjectStore
from trigpoint.server.console.api_text import ApiText, command_text, file_text
from trigpoint.server.console.labeling_setup.input_fields import InputProblem
from trigpoint.server.console.labeling_setup.job_plan import FORM_FILE, JobPlan, plan_job
from trigpoint.server.console.labeling_setup.task_fields import NEW_TEAM, emails_of
from trigpoint.server.console.operations import Call
from trigpoint.server.console.page import PageRequest
from trigpoint.workforce.people import Invitation
from trigpoint.workforce.workers import Workers


@dataclass
class Made:
    """What was made so far. `values` are those of the form, in which a new team is now an existing one."""

    values: dict[str, str]
    invitations: Sequence[Invitation] = field(default=())


class JobCreation:
    """Creates jobs for people. What can be refused is checked before anything is made."""

    def __init__(self, inputs: JobInputs, objects: ObjectStore, workers: Workers, clock: Clock) -> None:
        self._inputs = inputs
        self._objects = objects
        self._workers = workers
        self._clock = clock

    def show(self, page: PageRequest, values: Mapping[str, str]) -> None:
        """Offers what `create` does to copy, without doing it. Raises: as `create`."""
        shown = dict(values)
        if shown["team"] == NEW_TEAM:
            name = _new_team(shown)
            for email in emails_of(shown):
                page.note_command("trigpoint", "worker", "invite", email, "--team", name)
            shown["team"] = _team_arn(page, name)
        plan = self._plan(page, shown)
        if plan.manifest_uri:
            page.note_text(_manifest_text(plan))
        for uri, content in plan.files.items():
            if uri.endswith(f"/{FORM_FILE}"):
                continue  # only the console reads it
            page.note_text(file_text(uri, content.decode()))
        page.note("sagemaker", "CreateLabelingJob", **plan.request)

    def create(self, page: PageRequest, made: Made) -> None:
        """Creates the job.

        Raises: InputProblem: a field breaks a rule. TrigpointError: the job was refused; a team that was made stays.
        """
        values = made.values
        self._check_name(page, values["name"])
        if values["team"] == NEW_TEAM:
            tried = self._plan(page, {**values, "team": _team_arn(page, _new_team(values))})
            page.console.operations.check(Call("sagemaker", "CreateLabelingJob", tried.request))
            self._make_team(page, made)
        plan = self._plan(page, values)
        try:
            if plan.manifest_uri:
                self._inputs.write(plan.choice, plan.manifest_uri)
            for uri, content in plan.files.items():
                self._objects.write_uri(uri, content, _content_type(uri))
        except TrigpointError as problem:
            raise InputProblem("output", problem.message) from None
        page.call("sagemaker", "CreateLabelingJob", **plan.request)

    def _plan(self, page: PageRequest, values: Mapping[str, str]) -> JobPlan:
        return plan_job(values, page.console.settings, self._clock.now())

    def _check_name(self, page: PageRequest, name: str) -> None:
        """The files of a job that exists must not be replaced."""
        if not is_free(page, name):
            raise InputProblem("name", gettext("There is already a labeling job of this name."))

    def _make_team(self, page: PageRequest, made: Made) -> None:
        name, emails = _new_team(made.values), emails_of(made.values)
        try:
            page.ask("sagemaker", "DescribeWorkteam", WorkteamName=name)
        except TrigpointError:
            pass
        else:
            raise InputProblem(
                "new_team", gettext("There is already a work team of this name; choose it above.")
            )
        try:
            made.invitations = self._workers.invite_all(emails, name)
        except TrigpointError as problem:
            raise InputProblem("emails", problem.message) from None
        found = page.ask("sagemaker", "DescribeWorkteam", WorkteamName=name)
        made.values |= {"team": found["Workteam"]["WorkteamArn"], "emails": "", "new_team": ""}


def is_free(page: PageRequest, name: str) -> bool:
    """Whether a labeling job can have the name."""
    try:
        page.ask("sagemaker", "DescribeLabelingJob", LabelingJobName=name)
    except NotFound:
        return True
    return False


def _team_arn(page: PageRequest, name: str) -> str:
    """The ARN that a new team will have."""
    settings = page.console.settings
    return f"arn:aws:sagemaker:{settings.region}:{settings.account_id}:workteam/private-crowd/{name}"


def _new_team(values: Mapping[str, str]) -> str:
    if not emails_of(values):
        raise InputProblem("emails", gettext("Name at least one person."))
    return values["new_team"] or f"{values['name'][:58].rstrip('-')}-team"


def _manifest_text(plan: JobPlan) -> ApiText:
    """The command that writes the same manifest."""
    choice = plan.choice
    words = (
        ["trigpoint", "manifest", "select", choice.manifest_uri, plan.manifest_uri]
        if choice.manifest_uri
        else [
            *("trigpoint", "manifest", "create", choice.prefix_uri, "--type", choice.data_type.value),
            *("--out", plan.manifest_uri),
            *(("--column", choice.csv.column) if choice.csv.column else ()),
        ]
    )
    words += ["--where", choice.query] if choice.query else []
    words += ["--sample", choice.sample] if choice.sample else []
    return command_text(*words)


def _content_type(uri: str) -> str:
    return "application/json" if uri.endswith(".json") else "text/plain; charset=utf-8"
