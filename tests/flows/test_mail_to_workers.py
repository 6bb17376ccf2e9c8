"""Mail from a running server: it waits while the mail server is down and Trigpoint is killed, and then arrives."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from helpers.labeling_world import PortalWorker
from helpers.mail_server import free_port, running_mail_server
from helpers.runner import wait_until
from helpers.server_process import ServerProcess, run_command


def test_an_invitation_survives_a_killed_server_and_leads_into_the_portal(tmp_path: Path) -> None:
    port = free_port()
    variables = {
        "TRIGPOINT_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "TRIGPOINT_MAIL_FROM": "labels@example.com",
    }
    server = ServerProcess(tmp_path / "data", port=free_port(), variables=variables).start()
    # the command has the data directory only: the running server says that it can send mail
    invite = ("worker", "invite", "bob@example.com", "--team", "street", "--data", str(server.data_dir))
    done = run_command(*invite)
    assert done.stdout == "bob@example.com: the invitation is mailed\n", done.stderr
    wait_until(lambda: "mail_server_unusable" in server.text(), limit_s=60)
    server.kill()
    with running_mail_server(port) as mail:
        # a second invitation replaces the first, and is due at once
        assert "mailed" in run_command(*invite).stdout
        with server.start():
            wait_until(lambda: len(mail.messages) == 1, limit_s=60)
            password = re.search(r"Temporary password: +(\S+)", mail.text())
            assert password is not None
            bob = PortalWorker(server.url, "bob@example.com", password[1])
            assert bob.http.get("/portal/").status_code == 200
            asked = httpx.post(
                f"{server.url}/portal/forgot", data={"user_name": "bob@example.com"}, trust_env=False
            )
            assert asked.status_code == 200
            wait_until(lambda: len(mail.messages) == 2, limit_s=60)
            link = re.search(r"(http://\S+/portal/reset)\?token=(\S+)", mail.text())
            assert link is not None and link[1].startswith(server.url)
            new = {
                "token": link[2],
                "new_password": "green boat at noon",
                "repeat_password": "green boat at noon",
            }
            assert httpx.post(link[1], data=new, trust_env=False).status_code == 303
    listed = run_command("worker", "mails", "--data", str(server.data_dir)).stdout
    assert re.findall(r"(invitation|password reset) +(sent)", listed) == [
        ("password reset", "sent"),
        ("invitation", "sent"),
    ]
