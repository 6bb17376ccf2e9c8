"""The pages of both steps, and what their forms do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response, StreamingResponse

from trigpoint.core.clock import Clock
from trigpoint.core.errors import NotFound, TrigpointError
from trigpoint.labeling.setup.inputs import MOST_OBJECTS, InputChoice, Look
from trigpoint.labeling.setup.task_template import takes_colours
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH
from trigpoint.language import gettext
from trigpoint.objects import ObjectStore
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.labeling_jobs import LabelingJobPages
from trigpoint.server.console.labeling_setup.creating import JobCreation, Made, is_free
from trigpoint.server.console.labeling_setup.draft_values import (
    FORM,
    DraftLooks,
    kept_look,
    samples_of,
    with_defaults,
)
from trigpoint.server.console.labeling_setup.frame import PreviewFrame
from trigpoint.server.console.labeling_setup.input_fields import (
    TYPE_TEXTS,
    InputProblem,
    check_attribute,
    check_fits,
    chosen_input,
    input_fields,
    type_groups,
)
from trigpoint.server.console.labeling_setup.prefill import WAYS, prefilled
from trigpoint.server.console.labeling_setup.task_fields import (
    first_values,
    task_fields,
    task_type_of,
    unneeded_fields,
)
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.console.site import CONSOLE
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.form_drafts import FormDrafts

HOME = "/labeling-jobs/create"
CREATE = "sagemaker:CreateLabelingJob"
_ACTIONS = ("form_token", "show_call", "action")


class LabelingSetupPages:
    """The pages. They have no entry in the navigation: the list of labeling jobs leads to them."""

    section = None

    def __init__(
        self,
        drafts: FormDrafts,
        looks: DraftLooks,
        creation: JobCreation,
        frame: PreviewFrame,
        objects: ObjectStore,
        clock: Clock,
    ) -> None:
        self._drafts = drafts
        self._looks = looks
        self._creation = creation
        self._frame = frame
        self._objects = objects
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        """Decision: a labeling job that is named `create` has no page of its own."""
        return [
            console.get(HOME, self.begin, CREATE),
            console.get(f"{HOME}/name", self.name_check, CREATE),
            console.get(f"{HOME}/{{draft}}", self.input_form, CREATE),
            console.post(f"{HOME}/{{draft}}", self.send_input, CREATE),
            console.get(f"{HOME}/{{draft}}/task", self.task_form, CREATE),
            console.post(f"{HOME}/{{draft}}/task", self.send_task, CREATE, "sagemaker:CreateWorkteam"),
            console.post(f"{HOME}/{{draft}}/save", self.save, CREATE),
            console.post(f"{HOME}/{{draft}}/discard", self.discard, CREATE),
            console.get(f"{HOME}/{{draft}}/look", self.look, CREATE),
            console.get(f"{HOME}/{{draft}}/preview", self.preview, CREATE),
            console.get(f"{HOME}/{{draft}}/sample", self.sample, CREATE),
        ]

    # -- the first step

    def begin(self, page: PageRequest) -> Response:
        """An empty form, or one filled in from a job: ?from=<job>&as=clone, chain, verify or adjust."""
        query = page.query
        values: dict[str, str] = {}
        if query.get("from") and query.get("as") in WAYS:
            job = page.ask("sagemaker", "DescribeLabelingJob", LabelingJobName=query["from"])
            if query.get("manifest"):  # chosen objects of a job, which may still run
                job["LabelingJobOutput"] = {"OutputDatasetS3Uri": query["manifest"]}
            values = prefilled(job, query["as"], self._objects)
        given = ("manifest", "prefix", "task_type", "reviewed", "labels")
        values |= {name: query[name][:1024] for name in given if query.get(name)}
        if query.get("manifest"):
            values["source"] = "manifest"
        form = Form(self._input_fields(), values)
        draft_id = self._drafts.new_id()
        if values:
            self._put(page, draft_id, {**values, **form.values})
            return page.redirect(f"{HOME}/{draft_id}")
        return self._input_page(page, draft_id, form, drafts=self._drafts.list(page.person.id, FORM))

    def input_form(self, page: PageRequest) -> Response:
        draft_id, values = self._draft(page)
        form = Form(self._input_fields(), values)
        return self._input_page(page, draft_id, form, self._known_look(values))

    def send_input(self, page: PageRequest) -> Response:
        """Looks at the input, and goes on to the second step; or shows what the input has."""
        draft_id, values = self._sent(page, self._input_fields())
        form = Form(self._input_fields(), values)
        look = self._try(form, lambda: self._checked_input(page, values))
        self._put(page, draft_id, values)
        is_look = page.form.get("action") == "look"
        if look is None or is_look:
            return self._input_page(page, draft_id, form, look, status=200 if look else 400)
        return page.redirect(f"{HOME}/{draft_id}/task")

    def _checked_input(self, page: PageRequest, values: dict[str, str]) -> Look:
        choice = chosen_input(values)
        check_fits(task_type_of(values), values)
        check_attribute(values)
        if page.form.get("action") != "look" and not is_free(page, values["name"]):
            raise InputProblem("name", gettext("There is already a labeling job of this name."))
        look = self._looked(values, choice)
        values |= kept_look(choice, look)
        if look.count > MOST_OBJECTS:
            raise InputProblem(
                "subset",
                gettext(
                    "The input has %(count)s objects; a job takes at most %(most)s. Take a part of them.",
                    count=f"{look.count:,}",
                    most=f"{MOST_OBJECTS:,}",
                ),
            )
        return look

    def _looked(self, values: Mapping[str, str], choice: InputChoice) -> Look:
        """Raises: InputProblem: the input cannot be used; names the field."""
        place = "manifest" if choice.manifest_uri else "prefix"
        try:
            return self._looks.look(values, choice)
        except TrigpointError as problem:
            message = problem.message
            field = "query" if choice.query and "query" in message else place
            field = "sample" if choice.sample and "sample" in message else field
            raise InputProblem(field, sentence(message)) from None

    def _input_page(
        self,
        page: PageRequest,
        draft_id: str,
        form: Form,
        look: Look | None = None,
        status: int = 200,
        drafts: Sequence[Any] = (),
    ) -> Response:
        return page.show(
            "labeling_input.html",
            section=LabelingJobPages.section,
            title=gettext("Create labeling job"),
            status=status,
            form=form,
            draft_id=draft_id,
            groups=type_groups(),
            type_texts=TYPE_TEXTS,
            look=look,
            thumbnails=[]
            if look is None
            else self._frame.pictures(f"{CONSOLE.prefix}{HOME}/{draft_id}/sample", look.samples),
            drafts=drafts,
        )

    # -- the second step

    def task_form(self, page: PageRequest) -> Response:
        draft_id, values = self._draft(page)
        if not samples_of(values):
            return page.redirect(f"{HOME}/{draft_id}")
        values = {**first_values(task_type_of(values)), **values}
        return self._task_page(page, draft_id, values, Form(self._task_fields(page), values))

    def send_task(self, page: PageRequest) -> Response:
        fields = self._task_fields(page)
        draft_id, values = self._sent(page, fields)
        values = with_defaults(values, self._input_fields())
        self._put(page, draft_id, values)
        action = page.form.get("action", "")
        if action == "back":
            return page.redirect(f"{HOME}/{draft_id}")
        if action == "preview":
            return page.redirect(f"{HOME}/{draft_id}/preview?object={str(page.form.get('object', '0'))[:6]}")
        form, made = Form(fields, values), Made(values)
        self._check_template(form, values)
        if page.wants_call:
            self._try(form, lambda: self._creation.show(page, values))
            return self._task_page(page, draft_id, values, form)
        if form.problems or self._try(form, lambda: self._done(page, made)) is None:
            form = self._after_refusal(page, draft_id, form, made)
            return self._task_page(page, draft_id, made.values, form, 400, made)
        self._drafts.remove(page.person.id, draft_id)
        if made.invitations:
            return self._created_page(page, made)
        return page.redirect(f"/labeling-jobs/{quoted(values['name'])}", "job-created", values["name"])

    def _done(self, page: PageRequest, made: Made) -> bool:
        self._creation.create(page, made)
        return True

    def _check_template(self, form: Form, values: Mapping[str, str]) -> None:
        problem = self._frame.trial.problem(values)
        if problem:
            form.problems["template"] = problem

    def _after_refusal(self, page: PageRequest, draft_id: str, form: Form, made: Made) -> Form:
        """The form, with a team that was made meanwhile."""
        self._put(page, draft_id, made.values)
        again = Form(self._task_fields(page), made.values)
        again.problems = form.problems
        return again

    def _task_page(
        self,
        page: PageRequest,
        draft_id: str,
        values: Mapping[str, str],
        form: Form,
        status: int = 200,
        made: Made | None = None,
    ) -> Response:
        task_type = task_type_of(values)
        return page.show(
            "labeling_task.html",
            section=LabelingJobPages.section,
            title=gettext("Create labeling job"),
            status=status,
            form=form,
            draft_id=draft_id,
            values=values,
            task_type=task_type,
            is_custom=task_type is PASS_THROUGH,
            unneeded=unneeded_fields(task_type),
            has_colours=takes_colours(task_type),
            samples=len(samples_of(values)),
            invitations=() if made is None else made.invitations,
        )

    def _created_page(self, page: PageRequest, made: Made) -> Response:
        """Temporary passwords are shown once: as the answer of the POST, so that no address has them."""
        return page.show(
            "labeling_created.html",
            section=LabelingJobPages.section,
            title=gettext("The labeling job is created"),
            job_name=made.values["name"],
            invitations=made.invitations,
        )

    # -- what scripts ask for

    def name_check(self, page: PageRequest) -> Response:
        """Whether a labeling job can have the name."""
        try:
            free = is_free(page, page.query.get("name", "")[:200])
        except TrigpointError as problem:
            return JSONResponse({"message": sentence(problem.message)})
        return JSONResponse(
            {"message": "" if free else gettext("There is already a labeling job of this name.")}
        )

    def save(self, page: PageRequest) -> Response:
        """Keeps what is typed."""
        fields = [*self._input_fields(), *self._task_fields(page)]
        self._drafts.merge(page.person.id, FORM, page.path("draft"), _values_in(page.form, fields))
        return Response(status_code=204)

    def look(self, page: PageRequest) -> Response:
        """What the input has, as lines of JSON while it is read: {"read": 2000}, at the end {"done": true}."""
        draft_id, values = self._draft(page)
        form = Form(self._input_fields(), values)
        choice = self._try(form, lambda: chosen_input(form.values))
        if choice is None:
            return JSONResponse(
                {"field": next(iter(form.problems)), "message": next(iter(form.problems.values()))}
            )
        return StreamingResponse(self._progress(page, draft_id, choice), media_type="application/x-ndjson")

    def _progress(self, page: PageRequest, draft_id: str, choice: InputChoice) -> Iterator[str]:
        try:
            for step in self._looks.steps(choice):
                if isinstance(step, Look):
                    seen = kept_look(choice, step)
                    self._drafts.merge(page.person.id, FORM, draft_id, seen, adds=False)
                    yield json.dumps({"done": True}) + "\n"
                else:
                    yield json.dumps({"read": step}) + "\n"
        except TrigpointError as problem:
            yield json.dumps({"message": sentence(problem.message)}) + "\n"

    def preview(self, page: PageRequest) -> Response:
        """The frame with the worker's page."""
        _, values = self._draft(page)
        values = with_defaults(values, [*self._input_fields(), *self._task_fields(page)])
        return self._frame.show(page, values)

    def sample(self, page: PageRequest) -> Response:
        """The thumbnail of an object of the input."""
        return self._frame.thumbnail(page, self._draft(page)[1])

    def discard(self, page: PageRequest) -> Response:
        self._drafts.remove(page.person.id, page.path("draft"))
        return page.redirect("/labeling-jobs")

    # -- drafts

    def _draft(self, page: PageRequest) -> tuple[str, dict[str, str]]:
        """Raises: NotFound: the person has no such draft."""
        draft_id = page.path("draft")
        return draft_id, with_defaults(self._drafts.get(page.person.id, FORM, draft_id), self._input_fields())

    def _sent(self, page: PageRequest, fields: Sequence[Field]) -> tuple[str, dict[str, str]]:
        """As `_typed`, with a value for each field."""
        draft_id, values = self._typed(page, fields)
        return draft_id, with_defaults(values, fields)

    def _typed(self, page: PageRequest, fields: Sequence[Field]) -> tuple[str, dict[str, str]]:
        """The values of the draft, with what was sent. A field that was not sent keeps its value."""
        draft_id = page.path("draft")
        try:
            kept = self._drafts.get(page.person.id, FORM, draft_id)
        except NotFound:
            kept = {}
        return draft_id, {**kept, **_values_in(page.form, fields)}

    def _put(self, page: PageRequest, draft_id: str, values: Mapping[str, str]) -> None:
        self._drafts.put(page.person.id, FORM, draft_id, values)

    def _known_look(self, values: Mapping[str, str]) -> Look | None:
        try:
            return self._looks.known(values, chosen_input(values))
        except TrigpointError:
            return None

    def _try(self, form: Form, work: Callable[[], Any]) -> Any:
        """What the work returns; None if it is refused, with the message at its field."""
        try:
            return work()
        except InputProblem as problem:
            # A field of the other step: the message belongs to the whole form.
            form.problems[problem.field if problem.field in form.values else ""] = sentence(problem.message)
        except TrigpointError as problem:
            form.refuse(problem)
        return None

    def _input_fields(self) -> list[Field]:
        return input_fields(self._clock.now())

    def _task_fields(self, page: PageRequest) -> list[Field]:
        teams = page.ask("sagemaker", "ListWorkteams", MaxResults=100, SortBy="Name", SortOrder="Ascending")
        functions = page.ask("lambda", "ListFunctions")
        return task_fields(
            [(each["WorkteamArn"], each["WorkteamName"]) for each in teams["Workteams"]],
            [(each["FunctionArn"], each["FunctionName"]) for each in functions["Functions"]],
        )


def _values_in(form: FormData, fields: Sequence[Field]) -> dict[str, str]:
    """What was sent of these fields."""
    names = {each.name for each in fields}
    return {name: _text(form, name) for name in form if name in names}


def _text(form: FormData, name: str) -> str:
    return str(form[name]).strip().replace("\r\n", "\n")
