"""The command line that runs an image as a container. No container was ever run by these tests."""

from __future__ import annotations

from pathlib import Path

from trigpoint.own_code.containers import container_command
from trigpoint.own_code.limits import Limits
from trigpoint.own_code.model import OwnProgram

IMAGE = "my-team/forest:1"


def words(own: OwnProgram, arguments: list[str], port: int | None = None) -> str:
    limits = Limits(processes=100, memory_mb=2)
    command = container_command(
        "podman",
        "job-1",
        own,
        Path("/jobs/1"),
        {"B": "secret", "A": "1"},
        limits,
        arguments,
        hosts=["algo-1"],
        port=port,
    )
    return " ".join(command)


def test_a_training_container_gets_its_folder_its_variables_and_limits() -> None:
    command = words(OwnProgram("container", IMAGE), ["train"])
    assert command.startswith("podman run --rm --name job-1 ")
    assert command.endswith(f"{IMAGE} train")
    for part in (
        "--volume /jobs/1:/opt/ml",
        "--env A --env B",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--pids-limit 100 --memory 2097152",
        "--network host --add-host algo-1:127.0.0.1",
    ):
        assert part in command
    assert "secret" not in command


def test_isolation_entry_points_and_ports_are_passed_on() -> None:
    isolated = words(OwnProgram("container", IMAGE, isolated=True, entrypoint=("sh", "-c")), ["echo"])
    assert "--network none" in isolated
    assert isolated.endswith(f"--entrypoint sh {IMAGE} -c echo")
    assert "--publish 127.0.0.1:9999:8080" in words(OwnProgram("container", IMAGE), ["serve"], port=9999)
