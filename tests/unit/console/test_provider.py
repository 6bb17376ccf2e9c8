"""The console and the portal share the way back from the identity provider of the workforce."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.console import ConsoleServer
from helpers.identity_provider import CLIENT_ID, CLIENT_SECRET, Account, browse, running_provider
from trigpoint.workforce.people import Role

ERIN = Account("erin-1", "Erin O'Hara", ["labelers"], "erin@example.com")


def test_people_of_the_provider_use_the_console_once_they_have_a_role(
    server: ConsoleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_provider(tmp_path) as (provider, ca_file):
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
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

        assert sign_in("console")[0] == 403  # an account, but no role
        assert sign_in("portal")[:2] == (303, "/portal/")
        assert server.people.invite("erin@example.com", Role.VIEWER).link is None
        status, location, page = sign_in("console")
        assert (status, location) == (303, "/console/") and "Erin O&#39;Hara" in page
        # A group of a work team is for labeling; the role is enough for the console.
        provider.account = Account("erin-1", "Erin O'Hara", ["strangers"], "erin@example.com")
        assert sign_in("console")[:2] == (303, "/console/")
