"""Work teams and their members."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from trigpoint.core.arn import Arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded, NotFound
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.settings import Settings
from trigpoint.workforce import workforces
from trigpoint.workforce.people import MemberDefinition, Team, Worker, Workforce
from trigpoint.workforce.store import team_rows, worker_rows, workforce_rows
from trigpoint.workforce.store.lock import lock

MAX_TEAMS = 25
PRIVATE_PREFIX = "workteam/private-crowd/"
_TEAM_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")


def why_unknown(arn: str) -> str:
    """Why a work team of that ARN cannot be used: it is none of ours, or does not exist."""
    if ":workteam/public-crowd/" in arn:
        return "it is the public workforce of Amazon Mechanical Turk, which only AWS has; use a private work team"
    if ":workteam/vendor-crowd/" in arn:
        return (
            "it is the work team of a vendor in AWS Marketplace, which only AWS has; use a private work team"
        )
    return "there is no such private work team; see ListWorkteams"


class Teams:
    """The work teams of the private workforce. Case does not matter in their names and ARNs."""

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock

    def get_by_arn(self, arn: str) -> Team | None:
        """The team of that ARN. None if there is none, or if the account, Region or kind is another one."""
        name = self._name_in(arn)
        if name is None:
            return None
        with self._db.read() as connection:
            return team_rows.find(connection, self._settings, name)

    def get(self, name: str) -> Team:
        """Raises: NotFound: there is no team of that name."""
        with self._db.read() as connection:
            return existing_team(connection, self._settings, name)

    def team_arns_of(self, worker_id: str) -> list[str]:
        """The ARNs of the worker's teams, in order of name. A disabled worker has none."""
        names = team_rows.names_of_teams_with(self._db, worker_id)
        return [team_rows.team_arn(self._settings, name) for name in names]

    def names_by_worker(self, worker_ids: Sequence[str] | None = None) -> Mapping[str, Sequence[str]]:
        """The names of each worker's teams, in order of name, by worker id; those of disabled workers too.

        Args:   worker_ids: only of these workers.
        """
        with self._db.read() as connection:
            return team_rows.names_by_worker(connection, worker_ids)

    def member_counts(self) -> Mapping[str, int]:
        """How many members each team has, disabled ones too, by name of the team. Empty teams are missing."""
        with self._db.read() as connection:
            return team_rows.member_counts(connection)

    def members(self, name: str) -> list[Worker]:
        """The workers of a team, disabled ones too, in order of user name."""
        with self._db.read() as connection:
            return team_rows.members(connection, existing_team(connection, self._settings, name).id)

    def create(
        self,
        name: str,
        description: str,
        member_definitions: Sequence[MemberDefinition],
        *,
        workforce_name: str | None = None,
        notification_topic_arn: str | None = None,
        worker_access: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Team:
        """The new team. Workers in its groups become members at once.

        Raises: Conflict: the name is taken. LimitExceeded: there are 25 teams. Invalid: the definitions
            belong to another workforce. NotFound: there is no workforce of that name.
        """
        with self._db.write() as connection:
            lock(connection)
            workforce = self._workforce_for(connection, member_definitions, workforce_name)
            team = insert_team(
                connection,
                self._settings,
                self._clock,
                workforce,
                name=name,
                description=description,
                member_definitions=member_definitions,
                notification_topic_arn=notification_topic_arn,
                worker_access=worker_access,
            )
            put_tags(connection, team.arn, tags or {}, self._clock.now())
            return team

    def update(
        self,
        name: str,
        *,
        description: str | None = None,
        member_definitions: Sequence[MemberDefinition] | None = None,
        notification_topic_arn: str | None = None,
        worker_access: Mapping[str, Any] | None = None,
    ) -> Team:
        """The team after setting every argument that is not None. `member_definitions` replace all former ones.

        An empty `notification_topic_arn` or `worker_access` removes it.
        """
        values: dict[str, Any] = {"updated_at": self._clock.now()}
        if description is not None:
            values["description"] = description
        if notification_topic_arn is not None:
            values["notification_topic_arn"] = notification_topic_arn or None
        if worker_access is not None:
            values["worker_access"] = dict(worker_access) or None
        with self._db.write() as connection:
            lock(connection)
            team = existing_team(connection, self._settings, name)
            groups = None
            if member_definitions is not None:
                _check_definitions(member_definitions, workforces.existing(connection, self._settings))
                values["member_definitions"] = [asdict(d) for d in member_definitions]
                groups = _groups(member_definitions)
            team_rows.change(connection, team.id, values, groups)
            record_event(connection, "workteam", team.id, values["updated_at"], "Active", "updated")
            return existing_team(connection, self._settings, name)

    def delete(self, name: str) -> bool:
        """Deletes the team; False if there was none. Its groups and their members stay."""
        with self._db.write() as connection:
            lock(connection)
            team = team_rows.find(connection, self._settings, name)
            if team is None:
                return False
            delete_tags(connection, team.arn, get_tags(connection, team.arn))
            team_rows.remove(connection, team.id)
            record_event(connection, "workteam", team.id, self._clock.now(), "Deleted")
            return True

    def add_member(self, name: str, worker_id: str) -> None:
        """Adds the worker to the team's first group.

        Raises: NotFound: there is no such team or worker.
        """
        with self._db.write() as connection:
            lock(connection)
            team = existing_team(connection, self._settings, name)
            if worker_rows.find(connection, worker_id) is None:
                raise NotFound(f"there is no worker with id {worker_id}")
            team_rows.add_to_group(connection, worker_id, team.groups[0])

    def remove_member(self, name: str, worker_id: str) -> None:
        """Removes the worker from all groups of the team."""
        with self._db.write() as connection:
            lock(connection)
            team = existing_team(connection, self._settings, name)
            team_rows.remove_from_groups(connection, worker_id, team.groups)

    def list(self, wanted: ListFilter) -> Page[Team]:
        """One page of the teams."""
        with self._db.read() as connection:
            return team_rows.find_page(connection, self._settings, wanted)

    def _name_in(self, arn: str) -> str | None:
        try:
            parsed = Arn.parse(arn)
        except Invalid:
            return None
        place = (parsed.service, parsed.region, parsed.account_id)
        ours = place == ("sagemaker", self._settings.region, self._settings.account_id)
        if not ours or not parsed.resource.startswith(PRIVATE_PREFIX):
            return None
        return parsed.resource.removeprefix(PRIVATE_PREFIX)

    def _workforce_for(
        self, connection: Connection, definitions: Sequence[MemberDefinition], name: str | None
    ) -> Workforce:
        """The workforce of a new team.

        Decision: as on AWS, the first team with a Cognito user pool creates the workforce `default`.
        """
        workforce = workforce_rows.find(connection, self._settings)
        pool = definitions[0].cognito if definitions else None
        if workforce is None and name is None and pool is not None:
            workforce = workforces.create_cognito(connection, self._settings, self._clock.now(), pool)
        if workforce is None or name not in (None, workforce.name):
            raise NotFound(f"No workforce found with name {name or workforces.DEFAULT_NAME}; create it first")
        return workforce


def existing_team(connection: Connection, settings: Settings, name: str) -> Team:
    """The team of that name.

    Raises: NotFound: there is none. Clients of AWS search for the words of this message.
    """
    team = team_rows.find(connection, settings, name)
    if team is None:
        raise NotFound(
            f"The work team {name} does not exist; ListWorkteams and `trigpoint worker teams` list the existing ones"
        )
    return team


def ensure_team(connection: Connection, settings: Settings, clock: Clock, name: str) -> Team:
    """The team of that name. If there is none, creates one with a group of the same name.

    Raises: Invalid: the name breaks a rule.
    """
    team = team_rows.find(connection, settings, name)
    if team is not None:
        return team
    if not _TEAM_NAME.fullmatch(name):
        raise Invalid(
            f"{name!r} is not a valid work team name: use 1 to 63 letters, digits and hyphens, and begin and end with a letter or digit"
        )
    workforce = workforces.ensure_default(connection, settings, clock.now())
    definition = MemberDefinition((name,), workforce.cognito)
    return insert_team(
        connection, settings, clock, workforce, name=name, description=name, member_definitions=[definition]
    )


def insert_team(
    connection: Connection,
    settings: Settings,
    clock: Clock,
    workforce: Workforce,
    *,
    name: str,
    description: str,
    member_definitions: Sequence[MemberDefinition],
    notification_topic_arn: str | None = None,
    worker_access: Mapping[str, Any] | None = None,
) -> Team:
    """Creates the team in the caller's transaction."""
    _check_definitions(member_definitions, workforce)
    if team_rows.find(connection, settings, name) is not None:
        raise Conflict(f"The work team {name} already exists; choose another name or update it")
    if team_rows.count(connection) >= MAX_TEAMS:
        raise LimitExceeded(
            f"an account can have at most {MAX_TEAMS} work teams in a Region, and there are {MAX_TEAMS}; delete one first"
        )
    now, team_id = clock.now(), new_id()
    values: dict[str, Any] = {
        "id": team_id,
        "workforce_id": workforce.id,
        "name": name,
        "description": description,
        "member_definitions": [asdict(d) for d in member_definitions],
        "notification_topic_arn": notification_topic_arn or None,
        "worker_access": dict(worker_access) if worker_access else None,
        "created_at": now,
        "updated_at": now,
    }
    team_rows.add(connection, values, _groups(member_definitions))
    record_event(connection, "workteam", team_id, now, "Active", "created")
    return existing_team(connection, settings, name)


def _groups(definitions: Sequence[MemberDefinition]) -> list[str]:
    return list(dict.fromkeys(group for definition in definitions for group in definition.groups))


def _check_definitions(definitions: Sequence[MemberDefinition], workforce: Workforce) -> None:
    if not 1 <= len(definitions) <= 10:
        raise Invalid(f"MemberDefinitions has {len(definitions)} entries; it must have 1 to 10")
    pools = {definition.cognito for definition in definitions}
    if len(pools) > 1:
        raise Invalid(
            "MemberDefinitions must all have the same Cognito UserPool and ClientId, or must all be OIDC"
        )
    pool = pools.pop()
    if pool == workforce.cognito:
        return
    if workforce.cognito is None:
        raise Invalid(f"workforce {workforce.name} uses OIDC; its teams need an OidcMemberDefinition")
    raise Invalid(
        f"workforce {workforce.name} has UserPool {workforce.cognito.user_pool} and ClientId "
        f"{workforce.cognito.client_id}; its teams need a CognitoMemberDefinition with exactly these"
    )
