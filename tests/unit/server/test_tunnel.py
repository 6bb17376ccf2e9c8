"""CONNECT requests are accepted only for AWS hosts and port 443."""

from __future__ import annotations

import pytest

from trigpoint.server.front.head_limits import Refusal, refusal_bytes
from trigpoint.server.front.tunnel import NoTunnel, check_destination, split_head


@pytest.mark.parametrize(
    "destination",
    [
        "sts.us-east-1.amazonaws.com:443",
        "iam.amazonaws.com:443",
        "my.dotted-bucket_1.s3.eu-west-3.amazonaws.com:443",
        "runtime.sagemaker.us-east-1.amazonaws.com:443",
        "STS.amazonaws.com:443",
        "sagemaker.cn-north-1.amazonaws.com.cn:443",
    ],
)
def test_aws_hosts_are_accepted(destination: str) -> None:
    check_destination(f"CONNECT {destination} HTTP/1.1\r\nHost: {destination}\r\n\r\n".encode())


@pytest.mark.parametrize(
    "destination",
    [
        "pypi.org:443",
        "sts.amazonaws.com:80",
        "sts.amazonaws.com",
        "amazonaws.com.evil.org:443",
        "evilamazonaws.com:443",
        "127.0.0.1:443",
        "[::1]:443",
        "amazonaws.com:443@evil.org:443",
        "sts.amazonaws.com.:443",
    ],
)
def test_other_destinations_are_refused_with_a_hint_about_no_proxy(destination: str) -> None:
    with pytest.raises(NoTunnel) as caught:
        check_destination(f"CONNECT {destination} HTTP/1.1\r\n\r\n".encode())
    assert caught.value.status == "403 Forbidden"
    assert destination in caught.value.message and "NO_PROXY" in caught.value.message


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT \r\n\r\n",
        b"CONNECT a b HTTP/1.1\r\n\r\n",
        b"CONNECT h:443 HTTP/2\r\n\r\n",
        b"CONNECT \xff:443 HTTP/1.1\r\n\r\n",
    ],
)
def test_a_malformed_request_line_is_a_bad_request(head: bytes) -> None:
    with pytest.raises(NoTunnel) as caught:
        check_destination(head)
    assert caught.value.status == "400 Bad Request"


def test_the_head_is_split_from_the_bytes_after_it() -> None:
    assert split_head(b"CONNECT a:443 HTTP/1.1\r\n") is None
    assert split_head(b"CONNECT a:443 HTTP/1.1\r\n\r\n\x16\x03") == (
        b"CONNECT a:443 HTTP/1.1\r\n\r\n",
        b"\x16\x03",
    )


def test_a_head_without_an_end_is_refused() -> None:
    with pytest.raises(NoTunnel) as caught:
        split_head(b"CONNECT a:443 HTTP/1.1\r\nX: " + b"x" * 9000)
    assert caught.value.status.startswith("431")


def test_a_refusal_is_a_complete_response_that_closes_the_connection() -> None:
    head, _, body = refusal_bytes(Refusal("403 Forbidden", "no é")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 Forbidden\r\n") and b"Connection: close" in head
    assert body == "no é\n".encode() and f"Content-Length: {len(body)}".encode() in head
