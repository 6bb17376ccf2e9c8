"""What each role may do is the same in the console and with a person's own access key, and is complete."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from helpers.console import ConsoleServer
from helpers.portal import form_token
from trigpoint.db.tables import load_all
from trigpoint.services.roles import LEAST_ROLE, may_call
from trigpoint.workforce.people import CONSOLE_ROLES, Role

FORMS = [
    ("/labeling-jobs/create/0123", Role.REQUESTER),
    ("/labeling-jobs/create/0123/task", Role.REQUESTER),
    ("/labeling-jobs/create/0123/save", Role.REQUESTER),
    ("/labeling-jobs/create/0123/discard", Role.REQUESTER),
    ("/labeling-jobs/street/stop", Role.REQUESTER),
    ("/labeling-jobs/street/objects/send", Role.REQUESTER),
    ("/labeling-jobs/street/download", Role.VIEWER),
    ("/sample-images", Role.REQUESTER),
    ("/training-jobs/create", Role.REQUESTER),
    ("/training-jobs/create/upload", Role.REQUESTER),
    ("/training-jobs/from-labeling-job", Role.REQUESTER),
    ("/training-jobs/street/stop", Role.REQUESTER),
    ("/training-jobs/street/delete", Role.REQUESTER),
    ("/training-jobs/street/create-model", Role.REQUESTER),
    ("/training-jobs/street/deploy", Role.REQUESTER),
    ("/buckets/create", Role.REQUESTER),
    ("/buckets/add-remote", Role.ADMIN),
    ("/buckets/photos/delete", Role.REQUESTER),
    ("/buckets/photos/create-manifest", Role.REQUESTER),
    ("/buckets/photos/upload", Role.REQUESTER),
    ("/buckets/photos/unfinished/delete", Role.REQUESTER),
    ("/buckets/photos/objects/delete", Role.REQUESTER),
    ("/api/uploads/begin", Role.REQUESTER),
    ("/api/uploads/complete", Role.REQUESTER),
    ("/api/uploads/whole", Role.REQUESTER),
    ("/api/uploads/part", Role.REQUESTER),
    ("/models/create", Role.REQUESTER),
    ("/models/a-model/delete", Role.REQUESTER),
    ("/endpoint-configs/create", Role.REQUESTER),
    ("/endpoint-configs/a-config/delete", Role.REQUESTER),
    ("/endpoints/create", Role.REQUESTER),
    ("/endpoints/an-endpoint/update", Role.REQUESTER),
    ("/endpoints/an-endpoint/weights", Role.REQUESTER),
    ("/endpoints/an-endpoint/delete", Role.REQUESTER),
    ("/endpoints/an-endpoint/upload", Role.REQUESTER),
    ("/transform-jobs/create", Role.REQUESTER),
    ("/transform-jobs/street/stop", Role.REQUESTER),
    ("/people/invite", Role.ADMIN),
    ("/people/0123456789abcdef/role", Role.ADMIN),
    ("/people/0123456789abcdef/disable", Role.ADMIN),
    ("/people/0123456789abcdef/enable", Role.ADMIN),
    ("/people/0123456789abcdef/reset", Role.ADMIN),
    ("/workforce/invite", Role.REQUESTER),
    ("/workforce/settings", Role.ADMIN),
    ("/workforce/teams/create", Role.REQUESTER),
    ("/workforce/teams/crew/delete", Role.REQUESTER),
    ("/workforce/teams/crew/members/0123456789abcdef/remove", Role.REQUESTER),
    ("/workforce/workers/0123456789abcdef/teams", Role.REQUESTER),
    ("/workforce/workers/0123456789abcdef/reset", Role.REQUESTER),
    ("/workforce/workers/0123456789abcdef/disable", Role.ADMIN),
    ("/workforce/workers/0123456789abcdef/enable", Role.ADMIN),
    ("/workforce/workers/0123456789abcdef/delete", Role.ADMIN),
    ("/settings/keys", Role.VIEWER),
    ("/settings/keys/AKIA/revoke", Role.VIEWER),
]
"""Every form of the console, and the lowest role that may send it."""


def test_the_table_of_roles_has_exactly_the_operations_that_are_served(server: ConsoleServer) -> None:
    table = server.application.operations
    served = {(service, name) for service in table.services for name in table.names(service)}
    assert set(LEAST_ROLE) == served


def test_a_viewer_may_call_only_what_changes_nothing(server: ConsoleServer) -> None:
    table = server.application.operations
    for service, name in LEAST_ROLE:
        if may_call(Role.VIEWER, service, name):
            assert table.find(service, name).reads_only, name
        assert may_call(Role.ADMIN, service, name)
        assert not may_call(Role.WORKER, service, name)
    assert may_call(Role.VIEWER, "s3", "ListObjectsV2") and not may_call(Role.VIEWER, "s3", "PutObject")
    assert may_call(Role.REQUESTER, "s3", "DeleteObjects") and not may_call(Role.WORKER, "s3", "GetObject")
    assert not may_call(Role.ADMIN, "sagemaker", "NoSuchOperation")


def test_every_form_of_the_console_is_refused_to_lower_roles(server: ConsoleServer) -> None:
    routes = server.application.console.starlette.routes[0].routes  # type: ignore[attr-defined]
    with_role = {r.path for r in routes if "POST" in r.methods and r.guard.startswith("role ")}
    patterns = {path.replace("street", "{job}").replace("0123456789abcdef", "{person}") for path, _ in FORMS}
    patterns = {re.sub(r"/0123\b", "/{draft}", path.replace("AKIA", "{key}")) for path in patterns}
    patterns = {path.replace("photos", "{bucket}").replace("crew", "{team}") for path in patterns}
    for name, word in (
        ("a-model", "{model}"),
        ("a-config", "{config}"),
        ("an-endpoint", "{endpoint}"),
    ):
        patterns = {path.replace(name, word) for path in patterns}
    assert patterns == with_role
    for_everybody = {r.path for r in routes if "POST" in r.methods} - with_role
    own = {"/language", "/theme", "/notices", "/password"}  # change only what is the visitor's own
    assert for_everybody == own | {"/sign-in", "/sign-out", "/forgot", "/reset"}
    visitors = {role: server.visitor(role) for role in CONSOLE_ROLES}
    for path, least in FORMS:
        for role, visitor in visitors.items():
            is_lower = CONSOLE_ROLES.index(role) > CONSOLE_ROLES.index(least)
            assert (visitor.post(path).status_code == 403) is is_lower, (path, role)


def test_no_form_is_accepted_without_the_token_of_its_session_or_from_another_site(
    server: ConsoleServer,
) -> None:
    """Requests that another page makes through the browser of an administrator, to every form there is."""
    admin, other = server.visitor(Role.ADMIN), server.visitor(Role.REQUESTER)
    own, foreign = (form_token(each.get("/settings")) for each in (admin, other))
    before = _contents(server)
    for path, _ in FORMS:
        url = f"/console{path}"
        for attempt in (
            {"data": {}},
            {"data": {"form_token": foreign}},
            {"data": {"form_token": own}, "headers": {"origin": "https://evil.example"}},
            {"data": {"form_token": own}, "headers": {"sec-fetch-site": "cross-site"}},
            {"content": b"{}", "headers": {"content-type": "text/plain"}},
            {"content": b"x", "headers": {"x-form-token": foreign}},
            {"files": {"file": b"x"}, "data": {"form_token": foreign}},
        ):
            refused = admin.browser.post(url, **attempt)
            assert refused.status_code in (400, 403, 415), (path, attempt, refused.status_code)
        stranger = server.browser().post(url, data={"form_token": own})
        assert stranger.status_code in (303, 401) and "sign-in" in stranger.headers.get("location", "sign-in")
        assert admin.get(path).status_code in (200, 303, 404, 405), "a form is not sent by GET"
    assert _contents(server) == before


def _contents(server: ConsoleServer) -> dict[str, int]:
    """How many rows each table has that a form may change."""
    tables = load_all().tables.values()
    with server.application.database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
            if table.name != "worker_sessions"
        }


def test_a_page_that_a_role_may_not_see_says_so_and_is_not_in_the_navigation(server: ConsoleServer) -> None:
    viewer = server.visitor(Role.VIEWER)
    refused = viewer.get("/people")
    assert refused.status_code == 403
    assert "Your account has the role viewer, which may not use this page." in refused.text
    assert "/console/people" not in viewer.get("/labeling-jobs").text


def test_a_worker_cannot_sign_in_to_the_console(server: ConsoleServer) -> None:
    invited = server.application.workers.invite("bob@example.com", "street")
    fields = {"user_name": "bob@example.com", "password": invited.temporary_password}
    refused = server.browser().post("/console/sign-in", data=fields)
    assert refused.status_code == 403
    assert "Bob@example.com may not use this site: ask an administrator for a role." in refused.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REQUESTER])
def test_the_role_is_read_with_each_request(server: ConsoleServer, role: Role) -> None:
    visitor = server.visitor(role)
    account = server.people.named(f"{role}@example.com")
    server.people.set_role(account.id, Role.WORKER)
    assert visitor.get("/").status_code == 403
    server.people.invite(account.user_name, Role.ADMIN)
    assert visitor.get("/people").status_code == 200
