"""The proxy's CONNECT: it leads to this server and to no other host."""

from __future__ import annotations

import re

MAX_HEAD_BYTES = 8192
METHOD = b"CONNECT "
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REQUEST_LINE = re.compile(rb"CONNECT ([\x21-\x7e]{1,300}) HTTP/1\.[01]\r?\n")
_AWS_HOST = re.compile(r"([a-z0-9_-]{1,63}\.){1,20}amazonaws\.com(\.cn)?")


class NoTunnel(Exception):
    """CONNECT is refused; `status` and the message are the reply."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """The head of a CONNECT request and what follows it; None while it is incomplete.

    Raises: NoTunnel: it is too long.
    """
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    if end >= 0:
        return data[: end + 4], data[end + 4 :]
    if len(data) >= MAX_HEAD_BYTES:
        raise NoTunnel(
            "431 Request Header Fields Too Large",
            f"The head of a CONNECT request has at most {MAX_HEAD_BYTES} bytes.",
        )
    return None


def check_destination(head: bytes) -> None:
    """Passes when the client asks for an AWS host's port 443.

    Raises: NoTunnel: says why not and what to do.
    """
    match = _REQUEST_LINE.match(head)
    if match is None:
        raise NoTunnel("400 Bad Request", "The request line must be CONNECT <host>:<port> HTTP/1.1.")
    destination = match[1].decode("ascii")
    host, _, port = destination.lower().rpartition(":")
    if port != "443" or not _AWS_HOST.fullmatch(host):
        raise NoTunnel(
            "403 Forbidden",
            f"Trigpoint accepts CONNECT only for *.amazonaws.com:443 and *.amazonaws.com.cn:443, which it answers itself; "
            f"you asked for {destination}. HTTPS_PROXY concerns every https request of a process: "
            f"set it only for processes that use AWS, or name {host or destination} in NO_PROXY.",
        )
