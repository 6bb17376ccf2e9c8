"""The addresses from which the workforce's web pages may be used (`SourceIpConfig`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from trigpoint.core.errors import Invalid
from trigpoint.core.networks import parsed_address
from trigpoint.db import Database
from trigpoint.workforce.store import workforce_rows

MAX_CIDRS = 10


class AllowedAddresses:
    """The address ranges of the workforce, read from the database on each call."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def allow(self, address: str) -> bool:
        """Whether requests from that IP address are accepted. Without ranges every address is."""
        with self._db.read() as connection:
            cidrs = workforce_rows.source_cidrs(connection)
        if not cidrs:
            return True
        parsed = parsed_address(address)
        return parsed is not None and any(
            parsed in ipaddress.ip_network(cidr, strict=False) for cidr in cidrs
        )


def check_cidrs(cidrs: Sequence[str]) -> None:
    """Raises: Invalid: there are more than 10 ranges, or one is not an IPv4 or IPv6 range."""
    if len(cidrs) > MAX_CIDRS:
        raise Invalid(f"SourceIpConfig.Cidrs has {len(cidrs)} entries; at most {MAX_CIDRS} are allowed")
    for cidr in cidrs:
        try:
            ipaddress.ip_network(cidr, strict=False)
        except ValueError as error:
            raise Invalid(f"SourceIpConfig.Cidrs: {cidr!r} is not an IPv4 or IPv6 range ({error})") from None
