"""The pages of work teams: the list, one team with its members and jobs, creating and deleting one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from trigpoint.core.errors import TrigpointError
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.console.workforce.frame import REQUESTERS, SECTION, worker_rows, workforce_in_use
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.workforce.teams import MAX_TEAMS, Teams
from trigpoint.workforce.workforces import own_pool

RECENT_JOBS = 20
TEAMS_PATH = "/workforce/teams"


def _fields(uses_provider: bool) -> list[Field]:
    fields = [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens. It cannot be changed later."),
            member="WorkteamName",
            required=True,
            attributes={"maxlength": "63", "autocomplete": "off", "spellcheck": "false"},
        ),
        Field(
            "description",
            gettext("Description"),
            gettext("For you and other requesters."),
            member="Description",
            required=True,
            attributes={"maxlength": "200"},
        ),
    ]
    if uses_provider:
        groups = Field(
            "groups",
            gettext("Groups at the identity provider"),
            gettext("Up to 10, separated by commas. Their members form the team."),
            member="Groups",
            required=True,
            attributes={"maxlength": "700", "autocomplete": "off", "spellcheck": "false"},
        )
        fields.append(groups)
    return fields


class TeamPages:
    """The pages, and what their forms do."""

    section = None

    def __init__(self, accounts: WorkerAccounts, teams: Teams) -> None:
        self._accounts = accounts
        self._teams = teams

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        one = TEAMS_PATH + "/{team}"
        return [
            console.get(TEAMS_PATH, self.list, "sagemaker:ListWorkteams"),
            console.get(f"{TEAMS_PATH}/create", self.create_form, "sagemaker:CreateWorkteam"),
            console.post(f"{TEAMS_PATH}/create", self.create, "sagemaker:CreateWorkteam"),
            console.get(one, self.show, "sagemaker:DescribeWorkteam"),
            console.post(f"{one}/delete", self.delete, "sagemaker:DeleteWorkteam"),
            console.post(f"{one}/members/{{person}}/remove", self.remove_member, roles=REQUESTERS),
        ]

    def list(self, page: PageRequest) -> Response:
        found = page.call(
            "sagemaker", "ListWorkteams", SortBy="Name", SortOrder="Ascending", MaxResults=MAX_TEAMS
        )
        return page.show(
            "workforce_teams.html",
            section=SECTION,
            title=gettext("Work teams"),
            teams=found["Workteams"],
            members=self._teams.member_counts(),
            most=MAX_TEAMS,
        )

    def show(self, page: PageRequest) -> Response:
        name = self._teams.get(page.path("team")).name  # the operation calls a team that is not there invalid
        team = page.call("sagemaker", "DescribeWorkteam", WorkteamName=name)["Workteam"]
        jobs = page.call(
            "sagemaker",
            "ListLabelingJobsForWorkteam",
            WorkteamArn=team["WorkteamArn"],
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=RECENT_JOBS,
        )
        return page.show(
            "workforce_team.html",
            section=SECTION,
            title=team["WorkteamName"],
            crumbs=[(gettext("Work teams"), TEAMS_PATH)],
            team=team,
            jobs=jobs["LabelingJobSummaryList"],
            more_jobs="NextToken" in jobs,
            uses_provider=_uses_provider(team),
            groups=_groups(team),
            **worker_rows(page, self._accounts, team["WorkteamName"]),
        )

    def create_form(self, page: PageRequest) -> Response:
        return self._form(page, Form(_fields(_provider_is_used(page))))

    def create(self, page: PageRequest) -> Response:
        workforce = workforce_in_use(page)
        form = Form.read(_fields(_provider_is_used(page)), page.form)
        request = self._request(page, form, workforce)
        if page.wants_call:
            page.note("sagemaker", "CreateWorkteam", **request)
            return self._form(page, form)
        try:
            page.call("sagemaker", "CreateWorkteam", **request)
        except TrigpointError as problem:
            form.refuse(problem)
            return self._form(page, form, status=400)
        return page.redirect(
            f"{TEAMS_PATH}/{quoted(request['WorkteamName'])}", "created", request["WorkteamName"]
        )

    def delete(self, page: PageRequest) -> Response:
        name = page.path("team")
        if page.wants_call:
            page.note("sagemaker", "DeleteWorkteam", WorkteamName=name)
            return self.show(page)
        page.call("sagemaker", "DeleteWorkteam", WorkteamName=name)
        return page.redirect(TEAMS_PATH, "deleted", name)

    def remove_member(self, page: PageRequest) -> Response:
        name = page.path("team")
        row = self._accounts.row(page.path("person"))
        self._teams.remove_member(name, row.worker.id)
        return page.redirect(f"{TEAMS_PATH}/{quoted(name)}", "person-changed", row.worker.user_name)

    def _request(self, page: PageRequest, form: Form, workforce: dict[str, Any] | None) -> dict[str, Any]:
        """The request of CreateWorkteam: a group of the workforce's user pool with the name of the team, or groups of
        its identity provider. The first team brings the workforce with it, as on AWS."""
        request = form.request()
        name = request.setdefault("WorkteamName", "")
        request.setdefault("Description", "")
        groups = [each.strip() for each in request.pop("Groups", "").split(",") if each.strip()]
        if workforce is not None and workforce.get("OidcConfig"):
            return {**request, "MemberDefinitions": [{"OidcMemberDefinition": {"Groups": groups}}]}
        if workforce is not None:
            pool = workforce["CognitoConfig"]
        else:
            own = own_pool(page.console.settings)
            pool = {"UserPool": own.user_pool, "ClientId": own.client_id}
        member = {"UserPool": pool["UserPool"], "UserGroup": name, "ClientId": pool["ClientId"]}
        return {**request, "MemberDefinitions": [{"CognitoMemberDefinition": member}]}

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        return page.show(
            "workforce_team_create.html",
            section=SECTION,
            title=gettext("Create work team"),
            crumbs=[(gettext("Work teams"), TEAMS_PATH)],
            form=form,
            status=status,
        )


def _provider_is_used(page: PageRequest) -> bool:
    return bool((workforce_in_use(page) or {}).get("OidcConfig"))


def _uses_provider(team: dict[str, Any]) -> bool:
    return any("OidcMemberDefinition" in each for each in team["MemberDefinitions"])


def _groups(team: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for each in team["MemberDefinitions"]:
        pool = each.get("CognitoMemberDefinition")
        found += [pool["UserGroup"]] if pool else each["OidcMemberDefinition"]["Groups"]
    return found
