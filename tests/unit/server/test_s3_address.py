"""Bucket and key are read from path and host."""

from __future__ import annotations

import pytest

from trigpoint.server.s3.address import s3_address
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead


def _address(host: str, path: str, own_host: str = "127.0.0.1") -> tuple[str, str]:
    address = s3_address(RequestHead("GET", path, "", (("host", host),)), own_host)
    return address.bucket, address.key


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", ("", "")),
        ("/b", ("b", "")),
        ("/b/", ("b", "")),
        ("/b/k", ("b", "k")),
        ("/b//k", ("b", "/k")),
        ("/b/a//b/../c%2B%20%25", ("b", "a//b/../c+ %")),
        ("/b/a+b", ("b", "a+b")),
        ("/b/%C3%A9", ("b", "é")),
        ("/b/k/", ("b", "k/")),
    ],
)
def test_the_path_is_never_normalised(path: str, wanted: tuple[str, str]) -> None:
    assert _address("127.0.0.1:8400", path) == wanted


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("pics.localhost:8400", "pics"),
        ("pics.s3.localhost:8400", "pics"),
        ("PICS.localhost", "pics"),
        ("pics.s3.amazonaws.com", "pics"),
        ("my.dotted.bucket.s3.eu-west-3.amazonaws.com", "my.dotted.bucket"),
        ("pics.s3-eu-west-1.amazonaws.com", "pics"),
        ("pics.trig.example.org", "pics"),
    ],
)
def test_a_host_can_name_the_bucket(host: str, bucket: str) -> None:
    assert _address(host, "/a/b", "trig.example.org") == (bucket, "a/b")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8400",
        "[::1]:8400",
        "localhost:8400",
        "s3.localhost:8400",
        "s3.amazonaws.com",
        "s3-us-west-2.amazonaws.com",
        "trig.example.org",
        "elsewhere.example.org",
        "",
    ],
)
def test_other_hosts_name_no_bucket(host: str) -> None:
    assert _address(host, "/a/b", "trig.example.org") == ("a", "b")


@pytest.mark.parametrize("path", ["/%FF", "/b/%C3", "/b/%00", "/b/\xff"])
def test_a_path_that_is_not_utf_8_text_is_refused(path: str) -> None:
    with pytest.raises(AwsError, match="InvalidURI"):
        _address("localhost", path)
