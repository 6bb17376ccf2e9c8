"""`trigpoint worker ...` while the server runs."""

from __future__ import annotations

import json
import re
import subprocess

from helpers.labeling_world import PortalWorker, invite
from helpers.server_process import ServerProcess, run_command


def worker(server: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("worker", *arguments, environment={"TRIGPOINT_DATA": str(server.data_dir)})


def test_the_account_of_a_worker_from_invitation_to_deletion(server: ServerProcess) -> None:
    name, temporary = invite(server, "erin@example.com", "docks")
    erin = PortalWorker(server.url, name, temporary)
    assert erin.http.get("/portal/").status_code == 200

    listed = json.loads(worker(server, "list", "--team", "docks", "--json").stdout)
    assert (listed["user_name"], listed["state"], listed["teams"]) == (name, "active", ["docks"])
    assert listed["last_sign_in"] is not None
    table = worker(server, "list", "--team", "docks").stdout.splitlines()
    assert table[0].split()[:2] == ["USER", "NAME"] and table[1].split()[:3] == [name, "active", "docks"]

    reset = worker(server, "reset-password", name)
    again = re.search(r"Temporary password: (\S+)", reset.stdout)
    assert again is not None, reset.stderr
    assert erin.http.get("/portal/").status_code == 303  # signed out
    erin = PortalWorker(server.url, name, again[1])

    invite(server, "frank@example.com", "cranes")
    assert worker(server, "teams", name, "--add", "cranes", "--remove", "docks").stdout == "cranes\n"
    assert re.search(r"cranes +2\n", worker(server, "teams").stdout)
    unknown = worker(server, "teams", name, "--add", "nowhere").stderr
    assert "nowhere" in unknown and "`trigpoint worker teams`" in unknown

    assert worker(server, "disable", name).returncode == 0
    assert erin.http.get("/portal/").status_code == 303
    assert worker(server, "enable", name).returncode == 0
    assert "add --yes" in worker(server, "delete", name).stderr
    deleted = worker(server, "delete", name, "--yes")
    assert deleted.stdout == f"{name} is deleted; answers kept: 0.\n", deleted.stderr
    unknown = worker(server, "enable", "fran@example.com")
    assert unknown.returncode == 2
    assert "did you mean frank@example.com?" in unknown.stderr
