"""The page in the frame of a task: the rendered template, or why it cannot be shown."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.labeling.corrections import Corrections
from trigpoint.labeling.model import Assignment
from trigpoint.labeling.reserving import Reserving
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.language import current, translatable, translated
from trigpoint.server.portal.frame_watch import with_watch
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.wording import sentence
from trigpoint.services.sagemaker.workteams import limits_links
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams

_UNSHOWN = translatable(
    "Its template has an error. Please report this to the person who runs the job, and decline the task with the "
    "button above."
)


class FramePages:
    """Renders frames. The caller adds the policy of the host that serves them."""

    def __init__(
        self,
        templates: Templates,
        tasks: Tasks,
        reserving: Reserving,
        corrections: Corrections,
        teams: Teams,
        task_templates: TaskTemplates,
        image_urls: ImageUrls,
    ) -> None:
        self._templates = templates
        self._tasks = tasks
        self._reserving = reserving
        self._corrections = corrections
        self._teams = teams
        self._task_templates = task_templates
        self._image_urls = image_urls

    async def show(self, worker: Worker, assignment_id: str, base_url: str, address: str) -> Response:
        """The template of the worker's assignment, or of the one they have reserved; its images are read from `base_url`.

        If the work team asks for it, they can be read only from `address`, which the worker's request came from.
        Raises: NotFound: the assignment is not theirs.
        """
        try:
            page = await run_in_threadpool(self._rendered, worker, assignment_id, base_url, address)
            return HTMLResponse(with_watch(page))
        except TemplateError as problem:
            return self._problem(
                translatable("This task cannot be shown"), translated(_UNSHOWN), problem.message
            )
        except Conflict as problem:
            return self._problem(translatable("This task is no longer open"), sentence(problem.message))

    def _rendered(self, worker: Worker, assignment_id: str, base_url: str, address: str) -> str:
        assignment = self._shown(worker, assignment_id)
        team = self._teams.get_by_arn(self._tasks.team_arn_of(assignment))
        sign = self._image_urls.signer(base_url, address if team and limits_links(team) else None)
        template = self._tasks.template_of(assignment)
        return self._task_templates.render(template, assignment.task_input, sign, language=current())

    def _shown(self, worker: Worker, assignment_id: str) -> Assignment:
        try:
            return self._tasks.get(worker, assignment_id)
        except NotFound:
            return self._reserving.get(worker, assignment_id)
        except Conflict as problem:
            try:
                return self._corrections.look(worker, assignment_id)[0]
            except Conflict:
                raise problem from None

    def _problem(self, headline: str, explanation: str, detail: str = "") -> HTMLResponse:
        page = self._templates.page(
            "frame_problem.html", headline=translated(headline), explanation=explanation, detail=detail
        )
        return HTMLResponse(with_watch(bytes(page.body).decode()))
