"""The console and the portal share the way back from the identity provider of the workforce."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.console import ConsoleServer
from helpers.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Account,
    IdentityProvider,
    browse,
    running_provider,
)
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role

SignIn = Callable[[str], tuple[int, str, str]]
ERIN = Account("erin-1", "Erin O'Hara", ["labelers"], "erin@example.com")


@contextmanager
def at_the_provider(server: ConsoleServer, folder: Path) -> Iterator[tuple[IdentityProvider, SignIn]]:
    """A provider for the server's workforce, and a function that signs its account in to a site."""
    with running_provider(folder) as (provider, ca_file), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(ca_file))
        config = {"ClientId": CLIENT_ID, "ClientSecret": CLIENT_SECRET, "Issuer": provider.url}
        ends = ("Authorization:authorize", "Token:token", "UserInfo:userinfo", "Logout:logout")
        config |= {f"{name}Endpoint": f"{provider.url}/{end}" for name, end in (e.split(":") for e in ends)}
        config["JwksUri"] = f"{provider.url}/jwks"
        server.aws("sagemaker", "CreateWorkforce", {"WorkforceName": "crew", "OidcConfig": config})
        team = {"WorkteamName": "roads", "WorkforceName": "crew", "Description": "Roads"}
        members = [{"OidcMemberDefinition": {"Groups": ["labelers"]}}]
        server.aws("sagemaker", "CreateWorkteam", {**team, "MemberDefinitions": members})
        provider.account = ERIN

        def sign_in(site: str) -> tuple[int, str, str]:
            browser = server.browser()
            begun = browser.get(f"/{site}/provider")
            came = browser.get(browse(begun.headers["location"], ca_file))
            return came.status_code, came.headers.get("location", ""), browser.get(f"/{site}/").text

        yield provider, sign_in


def test_people_of_the_provider_use_the_console_once_they_have_a_role(
    server: ConsoleServer, tmp_path: Path
) -> None:
    with at_the_provider(server, tmp_path) as (provider, sign_in):
        assert sign_in("console")[0] == 403  # an account, but no role
        assert sign_in("portal")[:2] == (303, "/portal/")
        assert server.people.invite("erin@example.com", Role.VIEWER).link is None
        status, location, page = sign_in("console")
        assert (status, location) == (303, "/console/") and "Erin O&#39;Hara" in page
        # A group of a work team is for labeling; the role is enough for the console.
        provider.account = Account("erin-1", "Erin O'Hara", ["strangers"], "erin@example.com")
        assert sign_in("console")[:2] == (303, "/console/")


def test_groups_of_the_provider_give_and_take_roles_if_the_operator_says_which(
    tmp_path: Path, clock: FakeClock
) -> None:
    groups = (("viewer", "staff"), ("admin", "leads"))
    server = ConsoleServer(Settings(data_dir=tmp_path / "data", console_groups=groups), clock)
    with at_the_provider(server, tmp_path) as (provider, sign_in):
        for claimed, role in ((["leads", "staff"], Role.ADMIN), (["staff"], Role.VIEWER)):
            provider.account = Account("fay-1", "Fay", claimed, "fay@example.com")
            assert sign_in("console")[:2] == (303, "/console/")
            assert server.people.named("fay@example.com").role is role
        provider.account = Account("fay-1", "Fay", ["strangers"], "fay@example.com")
        assert sign_in("console")[0] == 403
    server.close()


def test_a_malformed_list_of_groups_is_refused_at_the_start() -> None:
    for text in ("boss=leads", "admin", "viewer="):
        with pytest.raises(Invalid, match="each part must be admin=GROUP"):
            Settings.load({"TRIGPOINT_CONSOLE_GROUPS": text})
    found = Settings.load({"TRIGPOINT_CONSOLE_GROUPS": "admin=team leads, viewer=a=b"}).console_groups
    assert found == (("admin", "team leads"), ("viewer", "a=b"))
