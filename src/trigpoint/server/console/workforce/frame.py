"""What the pages of the workforce share: their section, who may use them, and the rows of workers."""

from __future__ import annotations

from typing import Any

from trigpoint.core.list_filter import ListFilter
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.language import gettext, translatable
from trigpoint.server.console.lists import PAGE_ROWS, Column, ListState
from trigpoint.server.console.page import PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.base_url import base_url
from trigpoint.workforce.people import WORKER_STATES, Role

SECTION = Section(
    "/workforce",
    translatable("Workforce"),
    "M10 8.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 17.5v-1a6.5 6.5 0 0 1 13 0v1M7.5 14.5l2 2 3.5-3.5",
)
ADMINS = (Role.ADMIN,)
REQUESTERS = (Role.ADMIN, Role.REQUESTER)
"""Decision: requesters invite workers, give them new passwords and put them into teams. To disable or delete an account,
and to change the workforce, takes an administrator. What one person has done is for requesters and administrators."""


def worker_rows(page: PageRequest, accounts: WorkerAccounts, team: str | None = None) -> dict[str, Any]:
    """The values that a page needs to list workers, or the members of a team."""
    figures = [Column(gettext("Open tasks"), kind="number"), Column(gettext("Answers"), kind="number")]
    columns = [
        Column(gettext("Name"), "Name", "wide"),
        Column(gettext("Status")),
        Column(gettext("Teams") if team is None else gettext("Other teams")),
        *(figures if sees_figures(page) else []),
        Column(gettext("Last sign-in")),
        Column(gettext("Invited"), "CreationTime"),
    ]
    state = ListState.read(page.query, columns, WORKER_STATES, ListState(sort="Name", descending=False))
    wanted = ListFilter(
        name_contains=state.search,
        sort_by="name" if state.sort == "Name" else "created_at",
        descending=state.reads_descending,
        limit=PAGE_ROWS,
        next_token=state.token,
    )
    found = accounts.page(wanted, team=team, state=state.status or None)
    return {
        "state": state,
        "statuses": WORKER_STATES,
        "counts": accounts.counts(state.search, team=team),
        "workers": found.items[::-1] if state.back else found.items,
        "next_token": found.next_token or "",
        "team_name": team,
        "sees_figures": sees_figures(page),
    }


def sees_figures(page: PageRequest) -> bool:
    """Whether the person may see what single workers have done."""
    return page.person.role in REQUESTERS


def portal_url(page: PageRequest) -> str:
    """Where workers sign in."""
    return f"{base_url(page.console.settings, page.request)}/portal/"


def workforce_in_use(page: PageRequest) -> dict[str, Any] | None:
    """The workforce; None before the first team or invitation makes one."""
    found = page.ask("sagemaker", "ListWorkforces")["Workforces"]
    return found[0] if found else None


def team_names(page: PageRequest) -> list[str]:
    """The names of all teams, of which there are at most 25, in order."""
    found = page.ask("sagemaker", "ListWorkteams", SortBy="Name", SortOrder="Ascending", MaxResults=100)
    return [team["WorkteamName"] for team in found["Workteams"]]
