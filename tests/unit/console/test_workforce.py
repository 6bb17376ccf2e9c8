"""The pages of the workforce: inviting, teams, one worker's account and figures, and who may do what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert

from helpers.console import ConsoleServer
from trigpoint.core.clock import FakeClock
from trigpoint.core.list_filter import ListFilter
from trigpoint.db.tables.labeling import labeling_assignments
from trigpoint.labeling.model import AssignmentStatus
from trigpoint.labeling.store import worker_totals
from trigpoint.server.console.workforce.addresses import addresses_in
from trigpoint.workforce.people import Role

THREE = "name,email\nAnn,ann@example.com\nbob@example.com; Carol <carol@example.com>\n"


def _password(text: str, user_name: str) -> str:
    found = re.search(rf"portal/,{re.escape(user_name)},(\S+)", text)
    assert found is not None
    return found[1]


def _portal_sign_in(server: ConsoleServer, user_name: str, password: str) -> int:
    fields = {"user_name": user_name, "password": password}
    return server.browser().post("/portal/sign-in", data=fields).status_code


def test_invited_workers_get_passwords_that_are_shown_once_and_work(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    shown = requester.post("/workforce/invite", emails=THREE, team="night-shift", show_call="1").text
    assert (
        "trigpoint worker invite ann@example.com bob@example.com carol@example.com --team night-shift"
        in shown
    )
    assert "ann@example.com" not in requester.get("/workforce").text
    shown = requester.post("/workforce/invite", emails=THREE, team="night-shift").text
    password = _password(shown, "bob@example.com")
    assert _portal_sign_in(server, "bob@example.com", password) == 303
    listed = requester.get("/workforce").text
    assert re.search(r'All <span class="muted">3</span>', listed) and password not in listed
    assert "http://127.0.0.1:8400/portal/" in listed
    assert "carol@example.com" not in requester.get("/workforce?q=ann").text
    members = requester.get("/workforce/teams/night-shift").text
    assert members.count('id="worker-') == 3


def test_a_refused_invitation_keeps_what_was_typed(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    for emails, team, field in (
        ("ann@example.com\nbob", "crew", "emails"),
        ("ann@@example.com", "crew", "emails"),
        ("", "crew", "emails"),
        ("ann@example.com", "", "team"),
        ("ann@example.com", "<script>", "team"),
    ):
        refused = requester.post("/workforce/invite", emails=emails, team=team)
        assert refused.status_code == 400
        assert f'id="problem-{field}"' in refused.text and emails in refused.text
        assert "<script>" not in refused.text


def test_addresses_are_found_in_lines_lists_and_tables() -> None:
    assert addresses_in(THREE) == ["ann@example.com", "bob@example.com", "carol@example.com"]
    assert addresses_in("a@example.com, a@example.com\n\n") == ["a@example.com"]
    with pytest.raises(ValueError, match="Line 2 has no e-mail address: email"):
        addresses_in("a@example.com\nemail")


def test_an_account_is_reset_disabled_enabled_and_deleted(server: ConsoleServer) -> None:
    admin = server.visitor(Role.ADMIN)
    first = server.application.workers.invite("bob@example.com", "street")
    path = f"/workforce/workers/{first.worker.id}"
    shown = admin.post(f"{path}/reset").text
    password = re.search(r"Temporary password: (\S+)</code>", shown)
    assert password is not None
    assert _portal_sign_in(server, "bob@example.com", str(first.temporary_password)) != 303
    assert _portal_sign_in(server, "bob@example.com", password[1]) == 303
    for command in ("disable", "enable", "delete", "reset"):
        assert f"trigpoint worker {command}" in admin.post(f"{path}/{command}", show_call="1").text
    admin.post(f"{path}/disable")
    assert _portal_sign_in(server, "bob@example.com", password[1]) != 303
    assert "status-idle" in admin.get(path).text
    assert 'id="worker-' in admin.get("/workforce?status=disabled").text
    admin.post(f"{path}/enable")
    assert _portal_sign_in(server, "bob@example.com", password[1]) == 303
    assert admin.post(f"{path}/delete").headers["location"].startswith("/console/workforce?notice=deleted")
    assert admin.get(path).status_code == 404
    assert "bob@example.com" not in admin.get("/workforce").text


def test_accounts_with_a_role_are_not_in_reach_of_a_requester(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    boss = server.people.invite("boss@example.com", Role.ADMIN).account
    shown = requester.post("/workforce/invite", emails="boss@example.com", team="crew").text
    assert "keeps their password" in shown and "portal,user_name" not in shown
    path = f"/workforce/workers/{boss.id}"
    assert requester.post(f"{path}/reset").status_code == 409
    page = requester.get(path).text
    assert "has a role in the console" in page and "Reset password" not in page


def test_what_one_worker_has_done_is_not_for_viewers(server: ConsoleServer) -> None:
    bob = server.application.workers.invite("bob@example.com", "street").worker
    viewer = server.visitor(Role.VIEWER)
    listed = viewer.get("/workforce").text
    assert "bob@example.com" in listed and "Answers" not in listed and "/workforce/workers/" not in listed
    assert viewer.get(f"/workforce/workers/{bob.id}").status_code == 403
    assert viewer.get("/workforce/invite").status_code == 403
    assert viewer.get("/workforce/teams/street").status_code == 200


def test_the_first_team_makes_the_workforce_and_teams_are_changed(server: ConsoleServer) -> None:
    admin = server.visitor(Role.ADMIN)
    assert "There is no workforce yet" in admin.get("/workforce/settings").text
    refused = admin.post("/workforce/teams/create", name="night shift", description="Boxes")
    assert (
        refused.status_code == 400 and 'id="problem-name"' in refused.text and 'value="Boxes"' in refused.text
    )
    admin.post("/workforce/teams/create", name="night", description="Boxes <b>")
    assert "Boxes &lt;b&gt;" in admin.get("/workforce/teams").text
    bob = server.application.workers.invite("bob@example.com", "day").worker
    offered = admin.post(f"/workforce/workers/{bob.id}/teams", team="night", show_call="1").text
    assert "trigpoint worker invite bob@example.com --team night" in offered
    assert f'id="worker-{bob.id}"' not in admin.get("/workforce/teams/night").text
    admin.post(f"/workforce/workers/{bob.id}/teams", team="night")
    assert f'id="worker-{bob.id}"' in admin.get("/workforce/teams/night").text
    assert f'id="worker-{bob.id}"' not in admin.get("/workforce/teams/day").text
    admin.post(f"/workforce/teams/night/members/{bob.id}/remove")
    assert "This team has no members yet." in admin.get("/workforce/teams/night").text
    admin.post("/workforce/teams/night/delete")
    assert admin.get("/workforce/teams/night").status_code == 404


def test_the_addresses_of_the_portal_are_set_and_refused_with_the_message_at_the_field(
    server: ConsoleServer,
) -> None:
    admin = server.visitor(Role.ADMIN)
    server.application.workers.invite("bob@example.com", "street")
    refused = admin.post("/workforce/settings", cidrs="203.0.113.0/24\nnowhere")
    assert refused.status_code == 400 and 'id="problem-cidrs"' in refused.text and "nowhere" in refused.text
    admin.post("/workforce/settings", cidrs="203.0.113.0/24\n198.51.100.7/32")
    found = server.aws("sagemaker", "ListWorkforces", {})["Workforces"][0]
    assert found["SourceIpConfig"]["Cidrs"] == ["203.0.113.0/24", "198.51.100.7/32"]


def test_the_page_of_a_worker_shows_answers_by_day_and_by_job(
    server: ConsoleServer, clock: FakeClock
) -> None:
    server.create_job("boxes")
    bob = server.application.workers.named("bob@example.com")
    with server.application.database.write() as connection:
        job_id = connection.exec_driver_sql("SELECT id FROM labeling_jobs").scalar_one()
        rows = [
            {
                "id": f"a{number}",
                "job_id": job_id,
                "object_index": number,
                "worker_id": bob.id,
                "status": "Submitted" if number < 5 else "Open",
                "accepted_at": clock.now(),
                "expires_at": clock.now() + timedelta(hours=1),
                "ended_at": clock.now() - timedelta(days=number % 2) if number < 5 else None,
                "time_spent_s": 12.0,
            }
            for number in range(6)
        ]
        connection.execute(insert(labeling_assignments), rows)
        for row in rows[:5]:
            worker_totals.count(connection, job_id, bob.id, AssignmentStatus.SUBMITTED, row["ended_at"], 12.0)
    page = server.visitor(Role.REQUESTER).get(f"/workforce/workers/{bob.id}").text
    assert re.search(r"<dt>Answers</dt><dd>5</dd>", page)
    assert "<dd>12 seconds</dd>" in page
    assert '"values": [' in page and "2.0, 3.0]" in page
    assert '<a class="row-link" href="/console/labeling-jobs/boxes">' in page


def test_a_list_of_workers_goes_on_where_it_ended(server: ConsoleServer) -> None:
    workers = server.application.workers
    workers.invite_all([f"w{number}@example.com" for number in range(5)], "crew")
    workers.disable(workers.named("w1@example.com").id)
    first = workers.page(ListFilter(limit=3, sort_by="name"))
    rest = workers.page(ListFilter(limit=3, sort_by="name", next_token=first.next_token))
    assert [each.worker.user_name[:2] for each in (*first.items, *rest.items)] == [
        "w0",
        "w1",
        "w2",
        "w3",
        "w4",
    ]
    assert rest.next_token is None
    assert workers.counts() == {"invited": 4, "disabled": 1}
    assert workers.counts("W1@") == {"disabled": 1}
