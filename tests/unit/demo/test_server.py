"""The port of the demo's server."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import TrigpointError
from trigpoint.datadir.lock import locked
from trigpoint.datadir.opening import prepare
from trigpoint.demo.server import running_server, with_free_port
from trigpoint.settings import Settings


def test_zero_asks_for_any_free_port(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0)
    found = with_free_port(settings, 0)
    with socket.socket() as probe:
        probe.bind((found.host, found.port))
    assert found.port > 0


def test_the_port_asked_for_is_used_and_a_busy_default_port_is_avoided(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(data_dir=tmp_path, port=taken.getsockname()[1])
        assert with_free_port(settings, settings.port).port == settings.port
        assert with_free_port(settings, None).port not in (settings.port, 0)


def test_a_server_that_is_killed_is_reported_instead_of_the_failed_call(tmp_path: Path) -> None:
    settings = with_free_port(Settings(data_dir=tmp_path / "data"), 0)
    with locked(settings.data_dir):
        prepare(settings, SystemClock()).close()
    with (
        pytest.raises(
            TrigpointError, match=r"the server ended \(killed by signal SIGKILL\); see .*server.log"
        ),
        running_server(settings) as server,
    ):
        server.kill()
        server.wait()
        raise ConnectionError("refused")
