"""Processes that do not meet, and processes that lose each other."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from helpers.algorithms.container import make_container
from helpers.mail_server import free_port
from trigpoint.algorithms.common import harness
from trigpoint.algorithms.common.harness import AlgorithmError, Container, PeerLost, run_training
from trigpoint.algorithms.common.ranks import joined


def container(root: Path, host: str, monkeypatch: pytest.MonkeyPatch, limit_s: str = "1") -> Container:
    make_container(root, {})
    resources = {"current_host": host, "hosts": ["algo-1", "algo-2"], "network_interface_name": "lo"}
    (root / "input" / "config" / "resourceconfig.json").write_text(json.dumps(resources))
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(free_port()))
    monkeypatch.setenv("TRIGPOINT_RENDEZVOUS_S", limit_s)
    return Container(root)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("algo-1", r"did not meet: algo-2 did not come within 1 s.*TRIGPOINT_RENDEZVOUS_S"),
        ("algo-2", r"did not meet: algo-1 \(127.0.0.1:\d+\) does not answer"),
    ],
)
def test_a_missing_instance_is_named_when_the_time_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, message: str
) -> None:
    with pytest.raises(AlgorithmError, match=message), joined(container(tmp_path, host, monkeypatch)):
        pass


def test_a_request_to_stop_ends_the_waiting_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = container(tmp_path, "algo-2", monkeypatch, "60")
    threading.Timer(0.3, waiting.stop_requested.set).start()
    with pytest.raises(PeerLost, match="asked to stop before"), joined(waiting):
        pass


def test_the_reason_of_a_process_that_failed_is_not_replaced_by_the_loss_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "PEER_PATIENCE_S", 0.0)
    make_container(tmp_path, {})
    (tmp_path / "output").mkdir(exist_ok=True)
    failure = tmp_path / "output" / "failure"
    failure.write_text("class id 7 is too large")

    def lose(_: Container) -> None:
        raise PeerLost("lost the connection")

    assert run_training(lose, tmp_path) == 1
    assert failure.read_text() == "class id 7 is too large"
    failure.unlink()
    assert run_training(lose, tmp_path) == 1
    assert failure.read_text() == "lost the connection"
