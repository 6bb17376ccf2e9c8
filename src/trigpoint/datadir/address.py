"""The address of the server: recorded for commands that run while the server does, and named in certificates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trigpoint.core.clock import Clock
from trigpoint.core.json_file import write_json
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.access.authority import Authority


KEPT_ADDRESSES = 8


def record_address(settings: Settings) -> None:
    """Writes the address to server.json, and whether the server sends mail.

    Several servers may share the directory: the local addresses of the last ones are kept for the instances of jobs.
    """
    urls = [settings.local_url, *(url for url in _local_urls(settings) if url != settings.local_url)]
    recorded = {
        "url": settings.base_url,
        "local_urls": urls[:KEPT_ADDRESSES],
        "region": settings.region,
        "sends_mail": bool(settings.smtp_url),
    }
    write_json(settings.address_file, recorded)


def _local_urls(settings: Settings) -> list[str]:
    try:
        return [str(url) for url in json.loads(settings.address_file.read_text())["local_urls"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def server_sends_mail(settings: Settings) -> bool:
    """Whether the directory's server, when it was last started, had a mail server; or this process has one."""
    try:
        recorded = json.loads(settings.address_file.read_text())
        return bool(settings.smtp_url) or recorded.get("sends_mail") is True
    except (OSError, ValueError, AttributeError):
        return bool(settings.smtp_url)


def with_recorded_address(settings: Settings) -> Settings:
    """The settings, with the address at which the directory's server was last started."""
    try:
        recorded = json.loads(settings.address_file.read_text())
        return replace(settings, public_url=recorded["url"], region=recorded["region"])
    except (OSError, ValueError, KeyError):
        return settings


def own_names(settings: Settings) -> tuple[str, ...]:
    """The host names and addresses of this server, without AWS's."""
    named = (urlsplit(settings.base_url).hostname or "", settings.host)
    local = ("localhost", "127.0.0.1", "::1")
    return tuple(dict.fromkeys((*local, *(name for name in named if name not in ("", "0.0.0.0", "::")))))


def open_authority(settings: Settings, clock: Clock) -> Authority:
    """The CA of the data directory, created if there is none.

    Raises: Invalid: its files cannot be read.
    """
    from trigpoint.access.authority import Authority  # most servers never need it

    return Authority.open(settings.data_dir / "tls", own_names(settings), clock)
