"""Where the scripts of a page may come from."""

from __future__ import annotations

import pytest

from trigpoint.server.web.headers import script_sources


@pytest.mark.parametrize(
    ("host", "base_url", "sources"),
    [
        ("127.0.0.1:8400", "http://127.0.0.1:8400", "127.0.0.1:8400/static/"),
        ("localhost:8400", "http://127.0.0.1:8400", "127.0.0.1:8400/static/ localhost:8400/static/"),
        ("server:8400", "https://label.example", "label.example/static/ server:8400/static/"),
        ("server", "http://0.0.0.0:8400", "server/static/"),
        # A policy cannot name these.
        ("192.168.1.5:8400", "http://0.0.0.0:8400", "'self'"),
        ("[::1]:8400", "http://[::1]:8400", "'self'"),
        (None, "http://127.0.0.1:8400", "'self'"),
        # Nobody writes a policy of their own.
        ("evil.example; script-src *", "http://127.0.0.1:8400", "'self'"),
        ("* 'unsafe-inline'", "http://127.0.0.1:8400", "'self'"),
    ],
)
def test_scripts_come_from_static_only_where_a_policy_can_say_so(
    host: str | None, base_url: str, sources: str
) -> None:
    assert script_sources(host, base_url) == sources
