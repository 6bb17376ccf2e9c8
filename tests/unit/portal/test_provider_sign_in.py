"""Signing in at an identity provider: a real one over TLS, with real keys, and its many ways to be wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.testclient import TestClient

from helpers.cast import PASSWORD
from helpers.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Account,
    Claims,
    IdentityProvider,
    browse,
    running_provider,
)
from helpers.portal import Portal, form_token, sign_in
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict
from trigpoint.workforce.oidc.sign_in import OidcSignIn
from trigpoint.workforce.people import MemberDefinition, OidcConfig, Worker

ERIN = Account("erin-1", "Erin O'Hara", ["Straße/labelers", "staff"], "erin@example.com")


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IdentityProvider, Path]]:
    with running_provider(tmp_path_factory.mktemp("provider")) as found:
        yield found


class Office:
    """A portal whose workforce signs in at the provider, and whose team `roads` is for a group there."""

    def __init__(self, portal: Portal, provider: IdentityProvider, ca_file: Path) -> None:
        self.portal = portal
        self.provider = provider
        self.ca_file = ca_file
        people = portal.cast.people
        for name in ("street", "harbour"):
            people.teams.delete(name)
        people.workforces.delete("default")
        config = OidcConfig(
            client_id=CLIENT_ID,
            issuer=provider.url,
            authorization_endpoint=f"{provider.url}/authorize",
            token_endpoint=f"{provider.url}/token",
            user_info_endpoint=f"{provider.url}/userinfo",
            logout_endpoint=f"{provider.url}/logout",
            jwks_uri=f"{provider.url}/jwks",
            extra_params={"prompt": "login", "state": "not the client's business"},
        )
        people.workforces.create("crew", oidc=config, oidc_client_secret=CLIENT_SECRET)
        people.teams.create("roads", "about roads", [MemberDefinition(("Straße/labelers",))])
        people.teams.create("rivers", "about rivers", [MemberDefinition(("divers", "rowers"))])

    @property
    def oidc(self) -> OidcSignIn:
        return self.portal.cast.people.oidc

    def to_provider(self, visitor: TestClient, to: str = "") -> str:
        """Where the portal sends the browser."""
        begun = visitor.get("/portal/provider", params={"next": to} if to else {})
        assert begun.status_code == 303
        return begun.headers["location"]

    def back(self, visitor: TestClient, to: str = "") -> str:
        """The address to which the provider sends the browser back."""
        return browse(self.to_provider(visitor, to), self.ca_file)

    def sign_in(self, account: Account | None = ERIN, visitor: TestClient | None = None) -> httpx.Response:
        """The portal's response after all redirects between it and the provider."""
        self.provider.account = account
        visitor = visitor or self.portal.visitor()
        return visitor.get(self.back(visitor))

    def worker(self, name: str) -> Worker:
        return self.portal.cast.people.workers.named(name)

    def teams(self, worker: Worker) -> list[str]:
        arns = self.portal.cast.people.teams.team_arns_of(worker.id)
        return [arn.rsplit("/", 1)[1] for arn in arns]


@pytest.fixture
def office(portal: Portal, at_work: tuple[IdentityProvider, Path], monkeypatch: pytest.MonkeyPatch) -> Office:
    provider, ca_file = at_work
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    provider.reset()
    return Office(portal, provider, ca_file)


def test_a_worker_signs_in_at_the_provider_and_gets_the_teams_of_their_groups(office: Office) -> None:
    office.provider.account = ERIN
    visitor = office.portal.visitor()
    page = visitor.get("/portal/sign-in?next=/portal/jobs/x/work").text
    assert 'href="/portal/provider?next=/portal/jobs/x/work"' in page
    came = visitor.get(office.back(visitor, "/portal/jobs/x/work"))
    assert (came.status_code, came.headers["location"]) == (303, "/portal/jobs/x/work")
    assert "Erin O&#39;Hara" in visitor.get("/portal/").text
    erin = office.worker("erin@example.com")
    assert (erin.sub, erin.issuer, erin.email) == ("erin-1", office.provider.url, "erin@example.com")
    assert office.teams(erin) == ["roads"]
    identity = office.portal.cast.people.workers.identity_of(erin)
    assert (identity.provider_type, identity.issuer, identity.sub) == ("Oidc", office.provider.url, "erin-1")


def test_the_request_has_state_nonce_and_pkce_which_extra_parameters_cannot_replace(office: Office) -> None:
    visitor = office.portal.visitor()
    first, second = (parse_qs(urlsplit(office.to_provider(visitor)).query) for _ in range(2))
    assert first["redirect_uri"] == ["http://127.0.0.1:8400/oauth2/idpresponse"]
    assert (first["response_type"], first["client_id"], first["scope"]) == (["code"], [CLIENT_ID], ["openid"])
    assert (first["code_challenge_method"], first["prompt"]) == (["S256"], ["login"])
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) == 1 and len(first[name][0]) >= 43 and first[name] != second[name]
    https = office.portal.visitor("https://label.example.com").get("/portal/provider")
    assert parse_qs(urlsplit(https.headers["location"]).query)["redirect_uri"] == [
        "https://label.example.com/oauth2/idpresponse"
    ]
    cookie = https.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "Path=/oauth2", "SameSite=lax"))
    assert CLIENT_SECRET not in cookie and https.headers["location"].count("state=") == 1


def test_an_opaque_access_token_is_exchanged_for_the_claims_of_userinfo(office: Office) -> None:
    office.provider.opaque = True
    office.provider.basic = False  # a provider that wants the secret as a form field
    assert office.sign_in().status_code == 303
    assert office.worker("erin@example.com").display_name == "Erin O'Hara"
    office.provider.change_access_token = lambda claims: {**claims, "sub": "mallory"}
    assert office.sign_in().status_code == 403


def refused(response: httpx.Response, words: str) -> bool:
    """Whether a page says these words, nobody is signed in, and the cookie of the sign-in is gone."""
    cookies = response.headers.get_list("set-cookie")
    assert response.status_code in (403, 502), response.text
    assert "You are not signed in" in response.text
    assert not any(cookie.startswith("trigpoint_session=") for cookie in cookies)
    return words in response.text


def test_an_answer_with_the_wrong_state_is_refused(office: Office) -> None:
    office.provider.account = ERIN
    mine, theirs = office.portal.visitor(), office.portal.visitor()
    assert refused(theirs.get(office.back(mine)), "another browser")
    address = office.back(mine)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert refused(mine.get(address.replace(state, "x" * 43)), "another browser")
    assert refused(mine.get("/oauth2/idpresponse"), "another browser")
    assert mine.get(address).status_code == 303  # the right one still works


def test_a_code_cannot_be_used_twice(office: Office) -> None:
    office.provider.account = ERIN
    visitor = office.portal.visitor()
    address = office.back(visitor)
    kept = dict(visitor.cookies)
    assert visitor.get(address).status_code == 303
    assert refused(visitor.get(address), "finished before")
    for name, value in kept.items():  # a thief with the cookie, too
        visitor.cookies.set(name, value, path="/oauth2")
    assert refused(visitor.get(address), "This sign-in was used before or took too long")


def test_a_sign_in_that_takes_longer_than_ten_minutes_begins_again(office: Office, clock: FakeClock) -> None:
    office.provider.account = ERIN
    visitor = office.portal.visitor()
    address = office.back(visitor)
    clock.advance(601)
    assert refused(visitor.get(address), "took longer than ten minutes")


def id_token_with(**changes: object) -> Callable[[Claims], Claims]:
    return lambda claims: {k: v for k, v in {**claims, **changes}.items() if v is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},  # without azp
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 61},
        {"iat": int(time.time()) + 3600},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": None},
        {"sub": None},
    ],
    ids="+".join,  # not the values: all test processes must collect the same names, at whatever second
)
def test_an_id_token_for_somebody_else_or_another_time_is_refused(
    office: Office, changes: dict[str, object]
) -> None:
    office.provider.change_id_token = id_token_with(**changes)
    assert refused(office.sign_in(), "could not be verified")


def test_the_clocks_may_differ_by_a_minute(office: Office) -> None:
    office.provider.change_id_token = id_token_with(exp=int(time.time()) - 20, iat=int(time.time()) + 30)
    assert office.sign_in().status_code == 303


def test_an_answer_without_an_id_token_is_refused(office: Office) -> None:
    office.provider.change_id_token = lambda claims: {}
    assert refused(office.sign_in(), "could not be verified")


def test_forged_signatures_are_refused(office: Office) -> None:
    provider = office.provider
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forgeries: list[Callable[[Claims], str]] = [
        lambda claims: provider.signed(claims, stranger),
        lambda claims: jwt.encode(claims, None, algorithm="none"),
        lambda claims: jwt.encode(claims, CLIENT_SECRET * 2, algorithm="HS256"),
        lambda claims: provider.signed(claims)[:-4] + "AAAA",
        lambda claims: "not.a.token",
        lambda claims: "",
    ]
    for forge in forgeries:
        provider.sign = forge
        assert refused(office.sign_in(), "could not be verified")


def test_a_forged_access_token_is_refused(office: Office) -> None:
    office.provider.change_access_token = lambda claims: {**claims, "exp": int(time.time()) - 61}
    assert refused(office.sign_in(), "could not be verified")
    office.provider.change_access_token = lambda claims: {**claims, "iss": "https://evil.example"}
    assert refused(office.sign_in(), "could not be verified")


def test_new_keys_of_the_provider_are_read_when_a_token_needs_them(office: Office) -> None:
    assert office.sign_in().status_code == 303
    assert office.sign_in().status_code == 303
    assert office.provider.requests.count("/jwks") == 1
    office.provider.rotate()
    assert office.sign_in().status_code == 303
    assert office.provider.requests.count("/jwks") == 2


def test_a_person_without_a_group_of_a_team_gets_no_account(office: Office) -> None:
    stranger = Account("frank-1", "Frank", ["accounting", "staff"], "frank@example.com")
    assert refused(office.sign_in(stranger), "(accounting, staff)")
    assert office.portal.cast.people.workers.find("frank@example.com") is None


def test_teams_follow_the_groups_of_each_sign_in(office: Office) -> None:
    office.sign_in()
    erin = office.worker("erin@example.com")
    office.sign_in(Account("erin-1", "Erin Miller", ["divers", "Straße/labelers"], "new@example.com"))
    erin = office.worker("erin@example.com")  # the name of the account stays
    assert (office.teams(erin), erin.display_name, erin.email) == (
        ["rivers", "roads"],
        "Erin Miller",
        "new@example.com",
    )
    assert refused(office.sign_in(Account("erin-1", "Erin", "staff")), "none of your groups")
    assert office.teams(erin) == []


def test_people_are_known_by_their_subject_and_not_by_their_address(office: Office) -> None:
    office.sign_in()
    impostor = Account("mallory-9", "Mallory", ["Straße/labelers"], "erin@example.com")
    office.sign_in(impostor)
    thief = Account("mallory-8", "Mallory", ["Straße/labelers"], "bob@example.com")  # has a password here
    office.sign_in(thief)
    workers = office.portal.cast.people.workers.list()
    found = {worker.sub: worker for worker in workers if worker.issuer is not None}
    assert len({worker.id for worker in found.values()}) == 3
    assert found["erin-1"].user_name == "erin@example.com"
    assert found["mallory-9"].user_name == f"erin@example.com ({found['mallory-9'].id})"
    assert found["mallory-8"].id != office.portal.cast.bob.id


def test_a_disabled_worker_cannot_sign_in(office: Office) -> None:
    visitor = office.portal.visitor()
    office.sign_in(visitor=visitor)
    office.portal.cast.people.workers.disable(office.worker("erin@example.com").id)
    assert visitor.get("/portal/").status_code == 303
    assert refused(office.sign_in(), "This account is disabled")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sagemaker-client_id": "another"}, "sagemaker:client_id is not the ClientId"),
        ({"sagemaker:groups": []}, "has 0 groups"),
        ({"sagemaker:groups": [f"g{n}" for n in range(11)]}, "has 11 groups"),
        ({"sagemaker:groups": ["a b"]}, "without spaces"),
        ({"sagemaker:groups": ["g" * 64]}, "1 to 63 characters"),
        ({"sagemaker:groups": {"a": 1}}, "must be a text or a list of texts"),
        ({"sagemaker:name": ""}, "sagemaker:name must be a text"),
        ({"sagemaker:sub": 17}, "sagemaker:sub must be a text"),
    ],
)
def test_claims_that_break_a_rule_are_named(office: Office, more: Claims, words: str) -> None:
    account = Account("erin-1", "Erin", ["Straße/labelers"], more=more)
    assert refused(office.sign_in(account), words)


def test_a_missing_claim_is_named_and_hyphens_count_as_colons(office: Office) -> None:
    def renamed(claims: Claims) -> Claims:
        return {name.replace("sagemaker:", "sagemaker-"): value for name, value in claims.items()}

    office.provider.change_access_token = renamed
    assert office.sign_in().status_code == 303
    office.provider.change_access_token = lambda claims: {
        name: value for name, value in claims.items() if name != "sagemaker:groups"
    }
    assert refused(office.sign_in(), "the claim sagemaker:groups is missing")


def test_an_address_that_is_not_verified_counts_as_none(office: Office) -> None:
    office.sign_in(Account("gina-1", "Gina", ["divers"], "gina@example.com", {"email_verified": False}))
    assert office.worker("gina-1").email == ""


def test_a_refusal_of_the_provider_is_shown_in_plain_words(office: Office) -> None:
    page = office.sign_in(None)
    assert refused(page, "The sign-in was cancelled") and "<account>" not in page.text
    office.provider.account = ERIN
    office.provider.down = True
    visitor = office.portal.visitor()
    down = visitor.get(office.back(visitor))
    assert down.status_code == 502 and refused(down, "does not answer as it should")


def test_signing_out_also_leads_to_the_logout_page_of_the_provider(office: Office) -> None:
    visitor = office.portal.visitor()
    office.sign_in(visitor=visitor)
    token = form_token(visitor.get("/portal/"))
    gone = visitor.post("/portal/sign-out", data={"form_token": token})
    assert gone.headers["location"] == "/portal/signed-out"
    page = visitor.get("/portal/signed-out").text
    assert f"{office.provider.url}/logout?client_id=labels%2Bportal&amp;post_logout_redirect_uri=" in page
    assert visitor.get("/portal/").status_code == 303


def test_a_session_ends_twelve_hours_after_the_sign_in_however_busy_it_is(
    office: Office, clock: FakeClock
) -> None:
    visitor = office.portal.visitor()
    office.sign_in(visitor=visitor)
    for _ in range(11):
        clock.advance(3600)
        assert visitor.get("/portal/").status_code == 200
    clock.advance(3601)
    assert visitor.get("/portal/").status_code == 303


def test_only_the_administrator_signs_in_with_a_password(office: Office) -> None:
    refusal = sign_in(office.portal.visitor(), "bob@example.com", PASSWORD)
    assert refusal.status_code == 403
    assert "Passwords are not used any more" in refusal.text
    assert sign_in(office.portal.visitor(), "admin", PASSWORD).status_code == 303
    with pytest.raises(Conflict, match="nobody is invited here"):
        office.portal.cast.people.workers.invite("new@example.com", "roads")


def test_a_workforce_with_passwords_has_no_page_of_a_provider(portal: Portal) -> None:
    visitor = portal.visitor()
    assert visitor.get("/portal/provider").headers["location"] == "/portal/sign-in"
    assert "organization" not in visitor.get("/portal/sign-in").text
    assert visitor.get("/portal/signed-out").headers["location"] == "/portal/sign-in?signed-out=1"
