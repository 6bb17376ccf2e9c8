"""URIs of objects."""

from __future__ import annotations

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.objects.uri import parse_s3_uri, s3_uri


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://b/k", "b", "k"),
        ("s3://b/a//b/../c d%20", "b", "a//b/../c d%20"),
        ("s3://b", "b", ""),
        ("s3://b/", "b", ""),
        ("https://s3.amazonaws.com/b/k/l.jpg", "b", "k/l.jpg"),
        ("https://s3.eu-west-1.amazonaws.com/b/k%20l", "b", "k l"),
        ("https://s3-us-west-2.amazonaws.com/b/k", "b", "k"),
        ("https://b.s3.amazonaws.com/k", "b", "k"),
        ("https://my.b.s3.eu-west-1.amazonaws.com/k/l", "my.b", "k/l"),
    ],
)
def test_a_uri_names_a_bucket_and_a_key(uri: str, bucket: str, key: str) -> None:
    assert parse_s3_uri(uri) == (bucket, key)


@pytest.mark.parametrize(
    "uri", ["", "b/k", "s3:/b/k", "s3:///k", "https://example.com/b/k", "http://[", "file:///x"]
)
def test_anything_else_is_refused_with_its_text(uri: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_s3_uri(uri)
    assert repr(uri) in refused.value.message


def test_the_uri_of_an_object_can_be_parsed() -> None:
    assert parse_s3_uri(s3_uri("b", "a/ü?#")) == ("b", "a/ü?#")
