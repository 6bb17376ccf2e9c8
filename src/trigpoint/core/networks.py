"""IP addresses of clients, and what counts as one client when clients are counted by their address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address


def parsed_address(text: str) -> Address | None:
    """The IP address, an IPv4 address inside IPv6 as IPv4; None if the text is no IP address."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def plain_address(text: str) -> str:
    """The one spelling of an IP address, an IPv4 address inside IPv6 as IPv4. Other texts stay as they are."""
    parsed = parsed_address(text)
    return text if parsed is None else str(parsed)


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 network of an IPv6 address, which one customer has. Other texts stay as they are."""
    parsed = parsed_address(address)
    if parsed is None:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(ip_network((int(parsed) >> 64 << 64, 64)))
