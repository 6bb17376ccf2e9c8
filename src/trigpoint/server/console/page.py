"""What a page of the console is made of: the request of a person, and the shell around its content.

A page module has a class with `section` (or None) and `routes()`. Its handlers are plain functions that get a
`PageRequest`, run in a worker thread, and return `page.show(...)` or `page.redirect(...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigpoint.server.console.api_text import ApiText, api_text, command_text
from trigpoint.server.console.lists import ListState
from trigpoint.server.console.live import Live
from trigpoint.server.console.notices import notice_named
from trigpoint.server.console.operations import Call, Operations
from trigpoint.server.console.site import CONSOLE, Section
from trigpoint.server.web.base_url import base_url
from trigpoint.server.web.client import client_address
from trigpoint.server.web.csrf import SAFE_METHODS, read_form
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.visits import Visit
from trigpoint.services.next_tokens import place_in, token_at
from trigpoint.services.roles import may_call
from trigpoint.settings import Settings
from trigpoint.workforce.people import CONSOLE_ROLES, Role, Worker

SHOW_CALL = "show_call"
"""The name of the button that shows the call of a form instead of making it."""

Crumb = tuple[str, str]
"""A title and a path below the prefix."""
Handler = Callable[["PageRequest"], Response]


class PageModule(Protocol):
    """The pages of one subject. `section` is its entry in the navigation; None if it has none."""

    @property
    def section(self) -> Section | None: ...

    def routes(self, console: Console) -> Sequence[GuardedRoute]: ...


class Console:
    """The shell of the console, and what its pages need. `sections` is filled when the app is put together."""

    def __init__(
        self,
        templates: Templates,
        guards: Guards,
        operations: Operations,
        live: Live,
        settings: Settings,
    ) -> None:
        self.templates = templates
        self.operations = operations
        self.live = live
        self.settings = settings
        self.sections: list[Section] = []
        self.guards = guards

    def get(self, path: str, handler: Handler, *needs: str, roles: Sequence[Role] = ()) -> GuardedRoute:
        """A page that reads. See `_route`."""
        return self._route("GET", path, handler, needs, roles)

    def post(self, path: str, handler: Handler, *needs: str, roles: Sequence[Role] = ()) -> GuardedRoute:
        """What a form of a page does. See `_route`."""
        return self._route("POST", path, handler, needs, roles)

    def _route(
        self, method: str, path: str, handler: Handler, needs: Sequence[str], roles: Sequence[Role]
    ) -> GuardedRoute:
        """A route for everybody who may call all operations that it `needs`, such as "sagemaker:StopLabelingJob".

        `services.roles` says which roles may. A page without operations names its `roles` instead.
        """
        allowed = [role for role in CONSOLE_ROLES if all(may_call(role, *each.split(":")) for each in needs)]
        return self.guards.roles(roles or allowed, method, path, self._threaded(handler))

    def _threaded(self, handler: Handler) -> Callable[[Request, Visit], Any]:
        async def run(request: Request, visit: Visit) -> Response:
            form = FormData() if request.method in SAFE_METHODS else await read_form(request)
            return await run_in_threadpool(handler, PageRequest(self, request, visit, form))

        return run


@dataclass
class PageRequest:
    """The request of a person for a page, or of a form on it."""

    console: Console
    request: Request
    visit: Visit
    form: FormData
    _texts: list[ApiText] = field(default_factory=list)
    _follows: tuple[str, str] = ("", "")

    @property
    def person(self) -> Worker:
        return self.visit.worker

    @property
    def query(self) -> Mapping[str, str]:
        """The query of the URL; the last value of each name."""
        return {name: value.replace("\0", "\ufffd") for name, value in self.request.query_params.items()}

    def path(self, name: str) -> str:
        """The part of the path that the route calls `{name}`."""
        return str(self.request.path_params[name])

    def may(self, *needs: str) -> bool:
        """Whether the person's role may call the operations, such as "sagemaker:StopLabelingJob"."""
        return all(may_call(self.person.role, *each.split(":")) for each in needs)

    @property
    def wants_call(self) -> bool:
        """Whether the form was sent with "Show API call": show it again with `note`, and change nothing."""
        return SHOW_CALL in self.form

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """The result of an operation, called as this person. The page offers the call to copy.

        Raises: see `Operations.run`.
        """
        return self._run(self.note(service, operation, **request))

    def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """As `call`, for what only helps to show the page, such as the choices of a form: it is not offered."""
        return self._run(Call(service, operation, request))

    def _run(self, call: Call) -> dict[str, Any]:
        return self.console.operations.run(
            call, self.person, client_address(self.request), base_url(self.console.settings, self.request)
        )

    def rows(
        self, service: str, operation: str, member: str, state: ListState, *, without: Sequence[str] = ()
    ) -> tuple[list[dict[str, Any]], str]:
        """One page of a list, and the place where it ends if there are more rows: the `member` of what a List operation answers.

        Args:   without: members of the request to leave out.
        """
        request = {name: value for name, value in state.request().items() if name not in without}
        if not state.can_match:
            self.note(service, operation, **request)
            return [], ""
        place = {"NextToken": token_at(state.token, operation, request)} if state.token else {}
        found = self.call(service, operation, **request, **place)
        rows = found[member]
        return rows[::-1] if state.back else rows, place_in(found.get("NextToken", ""))

    def note(self, service: str, operation: str, **request: Any) -> Call:
        """Offers a call to copy, without making it."""
        call = Call(service, operation, request)
        self._texts.append(api_text(call))
        return call

    def note_command(self, *words: str) -> None:
        """Offers a command of `trigpoint` to copy, for what AWS has no operation."""
        self._texts.append(command_text(*words))

    def note_text(self, text: ApiText) -> None:
        """Offers something else to copy, such as a file to write."""
        self._texts.append(text)

    def follow(self, topic: str) -> None:
        """Has the page shown again when the topic changes; see `live`. Call it before reading what the page shows."""
        self._follows = topic, self.console.live.version(topic)

    def show(
        self,
        template: str,
        *,
        section: Section | None,
        title: str,
        crumbs: Sequence[Crumb] = (),
        status: int = 200,
        **values: Any,
    ) -> Response:
        """The page in the shell.

        Args:   title: of the page; the last breadcrumb.
                crumbs: the pages above it, without that of the section.
        """
        shell = {
            "sections": [each for each in self.console.sections if self.person.role in each.roles],
            "section": section,
            "page_title": title,
            "crumbs": crumbs,
            "live": self._follows,
            "calls": self._texts,
            "call_is_wanted": self.wants_call,
            "notice": notice_named(self.query.get("notice", ""), self.query.get("about", "")),
            "page": self,
            "here": self._here(),
        }
        return self.console.templates.page(template, visit=self.visit, status=status, **shell, **values)

    def redirect(self, path: str, notice: str = "", about: str = "") -> Response:
        """To another page after a change, with a notice of `notices`. `about` names what has changed."""
        query = {name: value for name, value in (("notice", notice), ("about", about)) if value}
        suffix = f"{'&' if '?' in path else '?'}{urlencode(query)}" if query else ""
        return RedirectResponse(f"{CONSOLE.prefix}{path}{suffix}", status_code=303)

    def _here(self) -> str:
        """The address of the page, to come back to after a choice in the menu."""
        url = self.request.url
        if self.request.method not in SAFE_METHODS:
            return CONSOLE.home
        return url.path + (f"?{url.query}" if url.query else "")


def quoted(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")
