"""The page in the frame of a task: the rendered template, or why it cannot be shown."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from trigpoint.core.errors import Conflict
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.people import Worker

_UNSHOWN = (
    "Its template has an error ({}). Please report this to the person who runs the job, "
    "and decline the task with the button above."
)


class FramePages:
    """Renders frames. The caller adds the policy of the host that serves them."""

    def __init__(
        self, templates: Templates, tasks: Tasks, task_templates: TaskTemplates, image_urls: ImageUrls
    ) -> None:
        self._templates = templates
        self._tasks = tasks
        self._task_templates = task_templates
        self._image_urls = image_urls

    async def show(self, worker: Worker, assignment_id: str, base_url: str) -> Response:
        """The template of the worker's assignment; its images are read from `base_url`.

        Raises: NotFound: the assignment is not theirs.
        """
        try:
            return HTMLResponse(await run_in_threadpool(self._rendered, worker, assignment_id, base_url))
        except TemplateError as problem:
            return self._problem("This task cannot be shown", _UNSHOWN.format(problem.message))
        except Conflict as problem:
            return self._problem("This task is no longer open", sentence(problem.message))

    def _rendered(self, worker: Worker, assignment_id: str, base_url: str) -> str:
        assignment = self._tasks.get(worker, assignment_id)
        template, sign = self._tasks.template_of(assignment), self._image_urls.signer(base_url)
        return self._task_templates.render(template, assignment.task_input, sign)

    def _problem(self, headline: str, text: str) -> HTMLResponse:
        return self._templates.page("frame_problem.html", headline=headline, text=text)
