"""Every route of the portal has exactly one guard."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.routing import BaseRoute, Mount

from helpers.portal import Portal
from trigpoint.server.web.guards import GuardedRoute

LABELERS = "role admin or requester or viewer or worker"
GUARDS = {
    "GET /portal/": LABELERS,
    "GET /portal/jobs/{job}/work": LABELERS,
    "GET /portal/assignments/{assignment}": LABELERS,
    "GET /portal/assignments/{assignment}/frame": LABELERS,
    "GET /portal/api/jobs": LABELERS,
    "POST /portal/api/jobs/{job}/next": LABELERS,
    "GET /portal/api/assignments/{assignment}": LABELERS,
    "POST /portal/api/assignments/{assignment}/submit": LABELERS,
    "POST /portal/api/assignments/{assignment}/reserve": LABELERS,
    "POST /portal/api/assignments/{assignment}/propose": LABELERS,
    "POST /portal/api/jobs/{job}/choices": LABELERS,
    "GET /portal/api/jobs/{job}/progress": LABELERS,
    "GET /portal/api/assignments/{assignment}/answer": LABELERS,
    "POST /portal/api/assignments/{assignment}/correct": LABELERS,
    "POST /portal/api/assignments/{assignment}/decline": LABELERS,
    "POST /portal/api/assignments/{assignment}/release": LABELERS,
    "POST /portal/api/assignments/{assignment}/stop": LABELERS,
    "POST /portal/api/assignments/{assignment}/save": LABELERS,
    "POST /portal/api/assignments/{assignment}/resume": LABELERS,
    "GET /portal/sign-in": "public",
    "POST /portal/sign-in": "public",
    "GET /portal/enter": "public",
    "POST /portal/language": "public",
    "POST /portal/theme": "signed in",
    "POST /portal/sign-out": "public",
    "GET /portal/password": "signed in",
    "POST /portal/password": "signed in",
    "GET /portal/forgot": "public",
    "POST /portal/forgot": "public",
    "GET /portal/reset": "public",
    "POST /portal/reset": "public",
    "GET /portal/notices": "signed in",
    "POST /portal/notices": "signed in",
    "GET /portal/provider": "public",
    "GET /portal/oauth2/idpresponse": "public",
    "GET /portal/signed-out": "public",
}


def routes_below(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, BaseRoute]]:
    """Every route that is not a mount, with its path."""
    for route in routes:
        if isinstance(route, Mount):
            yield from routes_below(route.routes, prefix + route.path)
        else:
            yield prefix + getattr(route, "path", "?"), route


def test_every_route_has_one_guard(portal: Portal) -> None:
    found: dict[str, str] = {}
    for path, route in routes_below(portal.app.starlette.routes):
        assert isinstance(route, GuardedRoute), f"{path} has no guard"
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            assert f"{method} {path}" not in found, f"{method} {path} has two routes"
            found[f"{method} {path}"] = route.guard
    assert found == GUARDS


def test_every_route_is_protected_by_its_guard(portal: Portal) -> None:
    """Calls every route signed out, before a required password change, and signed in."""
    invitation = portal.cast.people.workers.invite("erin@example.com", "street")
    for name, guard in GUARDS.items():
        method, path = name.split(" ")
        path = path.format(job="no-such-job", assignment="no-such-task")
        body = {"json": {}} if "/api/" in path else {}
        status = portal.visitor().request(method, path, **body).status_code
        due = portal.visitor()
        due.cookies.set("trigpoint_session", portal.cast.people.sessions.open(invitation.worker))
        due_status = due.request(method, path, **body).status_code
        match guard:
            case "public":
                assert status != 404 and due_status != 404, name
            case "signed in":
                assert (status, due_status) == (303, 200 if method == "GET" else 403), name
            case _:
                assert (status, due_status) == ((401, 403) if "/api/" in path else (303, 303)), name
