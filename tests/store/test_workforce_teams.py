"""Workforce and teams on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from helpers.cast import make_cast
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.db import Database
from trigpoint.db.tables.tags import get_tags
from trigpoint.db.tables.workforce import workforces as workforces_table
from trigpoint.settings import Settings
from trigpoint.workforce.addresses import AllowedAddresses
from trigpoint.workforce.people import CognitoConfig, MemberDefinition, OidcConfig
from trigpoint.workforce.teams import MAX_TEAMS, Teams, why_unknown
from trigpoint.workforce.workers import Workers
from trigpoint.workforce.workforces import Workforces

POOL = CognitoConfig("us-east-1_Pool12345", "client1")
IDP = "https://idp.example.com/"
OIDC = OidcConfig("me", IDP, IDP + "a", IDP + "t", IDP + "u", IDP + "l", IDP + "j", "openid", {"k": "v"})


@pytest.fixture
def workforces(database: Database, settings: Settings, clock: FakeClock) -> Workforces:
    settings.data_dir.mkdir()
    return Workforces(database, settings, clock, SecretBox.create(settings.key_file))


@pytest.fixture
def teams(database: Database, settings: Settings, clock: FakeClock) -> Teams:
    return Teams(database, settings, clock)


def group(name: str, pool: CognitoConfig = POOL) -> MemberDefinition:
    return MemberDefinition((name,), pool)


def test_there_is_at_most_one_workforce(workforces: Workforces) -> None:
    made = workforces.create("crew", cognito=POOL, tags={"a": "1"})
    assert made.arn == "arn:aws:sagemaker:us-east-1:111122223333:workforce/crew"
    assert (made.status, made.cognito, made.oidc, made.source_cidrs) == ("Active", POOL, None, ())
    with pytest.raises(Conflict, match="workforce/crew"):
        workforces.create("another", cognito=POOL)
    assert workforces.list() == [made]


def test_a_workforce_uses_either_cognito_or_oidc(workforces: Workforces) -> None:
    for given in ({}, {"cognito": POOL, "oidc": OIDC, "oidc_client_secret": "s"}):
        with pytest.raises(Invalid, match="exactly one"):
            workforces.create("crew", **given)  # type: ignore[arg-type]


def test_the_oidc_secret_is_stored_encrypted_and_is_not_part_of_the_workforce(
    workforces: Workforces, database: Database
) -> None:
    made = workforces.create("crew", oidc=OIDC, oidc_client_secret="hush-hush")
    assert made.oidc == OIDC
    assert "hush-hush" not in repr(made)
    with database.read() as connection:
        assert "hush-hush" not in repr(connection.execute(workforces_table.select()).all())
    assert workforces.oidc_client_secret() == "hush-hush"


def test_the_oidc_provider_can_be_changed_only_without_teams(workforces: Workforces, teams: Teams) -> None:
    workforces.create("crew", oidc=OIDC, oidc_client_secret="one")
    other = OidcConfig("you", IDP, IDP + "a", IDP + "t", IDP + "u", IDP + "l", IDP + "j")
    assert workforces.update("crew", oidc=other, oidc_client_secret="two").oidc == other
    assert workforces.oidc_client_secret() == "two"
    teams.create("t", "d", [MemberDefinition(("g",))])
    with pytest.raises(Conflict, match="while it has none"):
        workforces.update("crew", oidc=OIDC, oidc_client_secret="three")
    assert workforces.update("crew", source_cidrs=["10.0.0.0/8"]).source_cidrs == ("10.0.0.0/8",)


def test_a_workforce_can_be_deleted_only_without_teams(workforces: Workforces, teams: Teams) -> None:
    workforces.create("crew", cognito=POOL)
    teams.create("t", "d", [group("g")])
    with pytest.raises(Conflict, match=r"1 work team\(s\)"):
        workforces.delete("crew")
    assert teams.delete("t")
    workforces.delete("crew")
    assert workforces.list() == []
    with pytest.raises(NotFound, match="No workforce"):
        workforces.get("crew")


def test_vpc_settings_are_kept_until_an_empty_value_removes_them(workforces: Workforces) -> None:
    vpc = {"VpcId": "vpc-1", "SecurityGroupIds": ["sg-1"], "Subnets": ["s-1"]}
    assert workforces.create("crew", cognito=POOL, vpc_config=vpc).vpc_config == vpc
    assert workforces.update("crew", ip_address_type="dualstack").vpc_config == vpc
    assert workforces.update("crew", vpc_config={}).vpc_config is None
    assert workforces.get("crew").ip_address_type == "dualstack"


def test_an_invalid_address_range_is_named_in_the_error(workforces: Workforces) -> None:
    with pytest.raises(Invalid, match=r"10\.0\.0\.0/99"):
        workforces.create("crew", cognito=POOL, source_cidrs=["10.0.0.0/99"])


def test_the_portal_is_available_only_to_the_address_ranges(
    workforces: Workforces, database: Database
) -> None:
    addresses = AllowedAddresses(database)
    assert addresses.allow("203.0.113.9")
    workforces.create("crew", cognito=POOL, source_cidrs=["10.0.0.0/8", "2001:db8::/32"])
    allowed = ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"]
    assert [a for a in [*allowed, "203.0.113.9", "2001:db9::1", ""] if addresses.allow(a)] == allowed


def test_the_first_team_on_a_user_pool_creates_the_default_workforce(
    workforces: Workforces, teams: Teams
) -> None:
    team = teams.create("Cars-1", "They know cars", [group("drivers"), group("pilots")], tags={"x": "y"})
    assert team.arn == "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/Cars-1"
    assert (team.workforce_name, workforces.get("default").cognito) == ("default", POOL)
    assert team.groups == ("drivers", "pilots")
    assert teams.get_by_arn(team.arn) == teams.get_by_arn(team.arn.lower()) == teams.get("cars-1") == team


def test_a_foreign_arn_names_no_team(teams: Teams) -> None:
    arn = teams.create("t", "d", [group("g")]).arn
    for foreign in (
        arn.replace("us-east-1", "eu-west-1"),
        arn.replace("111122223333", "999999999999"),
        arn.replace("private-crowd", "vendor-crowd"),
        arn + "x",
        "nonsense",
    ):
        assert teams.get_by_arn(foreign) is None


def test_a_team_without_a_user_pool_needs_a_workforce(teams: Teams) -> None:
    with pytest.raises(NotFound, match="No workforce found with name default"):
        teams.create("t", "d", [MemberDefinition(("g",))])
    with pytest.raises(NotFound, match="No workforce found with name crew"):
        teams.create("t", "d", [group("g")], workforce_name="crew")


def test_member_definitions_must_match_the_workforce(workforces: Workforces, teams: Teams) -> None:
    workforces.create("crew", cognito=POOL)
    with pytest.raises(Invalid, match=r"us-east-1_Pool12345 and ClientId client1"):
        teams.create("t", "d", [group("g", CognitoConfig("us-east-1_Other", "c"))])
    with pytest.raises(Invalid, match="same Cognito UserPool"):
        teams.create("t", "d", [group("g"), group("g", CognitoConfig("us-east-1_Other", "c"))])
    with pytest.raises(Invalid, match="us-east-1_Pool12345"):
        teams.create("t", "d", [MemberDefinition(("g",))])
    with pytest.raises(Invalid, match="11 entries"):
        teams.create("t", "d", [group(f"g{i}") for i in range(11)])
    assert teams.list(ListFilter()).items == []


def test_a_name_is_unique_regardless_of_case(teams: Teams) -> None:
    teams.create("Cars", "d", [group("g")])
    with pytest.raises(Conflict, match="cars"):
        teams.create("cars", "d", [group("g")])


def test_there_are_at_most_25_teams(teams: Teams) -> None:
    for i in range(MAX_TEAMS):
        teams.create(f"t{i}", "d", [group("g")])
    with pytest.raises(LimitExceeded, match="25"):
        teams.create("t25", "d", [group("g")])


def test_an_update_replaces_the_groups_and_the_members(
    teams: Teams, database: Database, settings: Settings, clock: FakeClock
) -> None:
    cast = make_cast(database, settings, clock)
    pool = cast.team.member_definitions[0].cognito
    assert pool is not None
    assert cast.people.teams.team_arns_of(cast.bob.id) == [cast.team.arn]
    clock.advance(60)
    updated = teams.update("street", description="new", member_definitions=[group("harbour", pool)])
    assert (updated.description, updated.updated_at) == ("new", clock.now())
    assert teams.team_arns_of(cast.bob.id) == []
    assert [w.user_name for w in teams.members("street")] == ["dave@example.com"]


def test_settings_of_a_team_are_kept_until_an_empty_value_removes_them(teams: Teams) -> None:
    topic, access = "arn:aws:sns:us-east-1:111122223333:t", {"S3Presign": {}}
    teams.create("t", "d", [group("g")], notification_topic_arn=topic, worker_access=access)
    kept = teams.update("t", description="e")
    assert (kept.notification_topic_arn, kept.worker_access) == (topic, access)
    removed = teams.update("t", notification_topic_arn="", worker_access={})
    assert (removed.notification_topic_arn, removed.worker_access) == (None, None)


def test_deleting_a_team_deletes_its_tags_and_keeps_its_workers(
    teams: Teams, database: Database, settings: Settings, clock: FakeClock
) -> None:
    cast = make_cast(database, settings, clock)
    assert teams.delete("street")
    assert not teams.delete("street")
    assert teams.team_arns_of(cast.bob.id) == []
    with database.read() as connection:
        assert get_tags(connection, cast.people.teams.get("harbour").arn) == {}
    assert cast.people.workers.get(cast.bob.id) == cast.bob


def test_members_are_added_and_removed(database: Database, settings: Settings, clock: FakeClock) -> None:
    cast = make_cast(database, settings, clock)
    cast.people.teams.add_member("street", cast.dave.id)
    cast.people.teams.add_member("street", cast.dave.id)
    assert cast.people.teams.team_arns_of(cast.dave.id) == [
        cast.people.teams.get("harbour").arn,
        cast.team.arn,
    ]
    cast.people.teams.remove_member("street", cast.dave.id)
    assert [w.user_name for w in cast.people.teams.members("street")] == [
        "bob@example.com",
        "carol@example.com",
    ]


def test_a_disabled_worker_has_no_teams_but_stays_in_the_member_list(
    database: Database, settings: Settings, clock: FakeClock
) -> None:
    cast = make_cast(database, settings, clock)
    cast.people.workers.disable(cast.bob.id)
    assert cast.people.teams.team_arns_of(cast.bob.id) == []
    assert [(w.user_name, w.disabled) for w in cast.people.teams.members("street")] == [
        ("bob@example.com", True),
        ("carol@example.com", False),
    ]
    cast.people.workers.enable(cast.bob.id)
    assert cast.people.teams.team_arns_of(cast.bob.id) == [cast.team.arn]


def test_one_of_many_concurrent_creations_succeeds_and_the_others_conflict(
    workforces: Workforces, teams: Teams
) -> None:
    assert _winners(lambda: workforces.create("crew", cognito=POOL)) == 1
    assert _winners(lambda: teams.create("t", "d", [group("g")])) == 1


def test_concurrent_invitations_create_one_team(
    database: Database, settings: Settings, clock: FakeClock
) -> None:
    workers = Workers(database, settings, clock)
    numbers = iter(range(8))
    assert _winners(lambda: workers.invite(f"p{next(numbers)}@example.com", "team")) == 8
    teams = Teams(database, settings, clock)
    assert [team.name for team in teams.list(ListFilter()).items] == ["team"]
    assert len(teams.members("team")) == 8


def _winners(act: Callable[[], object]) -> int:
    outcomes: list[bool] = []

    def attempt() -> None:
        try:
            act()
            outcomes.append(True)
        except Conflict:
            outcomes.append(False)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    return sum(outcomes)


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default", "Mechanical Turk"),
        ("arn:aws:sagemaker:us-east-1:123456789012:workteam/vendor-crowd/acme", "AWS Marketplace"),
        ("arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/nowhere", "see ListWorkteams"),
    ],
)
def test_a_team_that_cannot_be_used_is_explained(arn: str, words: str) -> None:
    assert words in why_unknown(arn)
