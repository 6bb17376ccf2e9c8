"""Presigned S3 URLs of version 2 are accepted, and changed ones are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from trigpoint.wire.claims import Claim, ClaimRefused, Reason, Scheme, find_claim
from trigpoint.wire.head import RequestHead
from trigpoint.wire.sigv2 import signature, string_to_sign, verify
from trigpoint.wire.sigv4 import Credential

DOCS = Credential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "docs")


def _signed(
    url: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[RequestHead, Claim]:
    request = AWSRequest(method=method, url=url, headers=headers or {})
    key = Credentials(DOCS.access_key_id, DOCS.secret_access_key)
    HmacV1QueryAuth(key, expires=600).add_auth(request)
    parts = urlsplit(request.url)
    head = RequestHead(method, parts.path, parts.query, (("host", parts.netloc),))
    claim = find_claim(head)
    assert claim is not None and claim.scheme is Scheme.QUERY_V2
    return head, claim


def test_the_example_of_the_s3_reference_is_accepted() -> None:
    query = (
        "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"
    )
    head = RequestHead("GET", "/photos/puppy.jpg", query, (("host", "johnsmith.s3.amazonaws.com"),))
    assert string_to_sign(head, "johnsmith") == "GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg"
    assert (
        signature(DOCS.secret_access_key, string_to_sign(head, "johnsmith"))
        == b"NpgCjnDzrM+WFzoENXmpNDUsSn8="
    )
    claim = find_claim(head)
    assert claim is not None
    verify(head, claim, DOCS, "johnsmith", datetime.fromtimestamp(1175139620, UTC))
    with pytest.raises(ClaimRefused) as late:
        verify(head, claim, DOCS, "johnsmith", datetime.fromtimestamp(1175139621, UTC))
    assert late.value.reason is Reason.EXPIRED


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8400/b/a%20b/%C3%A9.png",
        "http://localhost:8400/b/k?response-content-type=text%2Fplain&versionId=3&other=1",
        "http://localhost:8400/b?uploads",
    ],
)
def test_botocores_presigned_url_is_accepted_and_changed_ones_are_refused(url: str) -> None:
    head, claim = _signed(url)
    now = datetime.now(UTC)
    verify(head, claim, DOCS, "", now)
    changed = [
        replace(head, path=head.path + "x"),
        replace(head, method="PUT"),
        replace(head, query=head.query + "&acl"),
        replace(head, headers=(*head.headers, ("x-amz-acl", "public-read"))),
        replace(head, headers=(*head.headers, ("content-type", "text/html"))),
    ]
    for other in changed:
        with pytest.raises(ClaimRefused) as caught:
            verify(other, claim, DOCS, "", now)
        assert caught.value.reason is Reason.WRONG_SIGNATURE
    with pytest.raises(ClaimRefused):
        verify(head, claim, replace(DOCS, secret_access_key="other"), "", now)
    with pytest.raises(ClaimRefused):
        verify(head, claim, DOCS, "", now + timedelta(seconds=700))


def test_headers_that_botocore_moved_into_the_url_count() -> None:
    head, claim = _signed("http://localhost/b/k", "PUT", {"Content-Type": "image/png", "x-amz-meta-a": "1"})
    sent = replace(head, headers=(*head.headers, ("content-type", "image/png")))
    verify(sent, claim, DOCS, "", datetime.now(UTC))


@pytest.mark.parametrize("expires", ["", "soon", "9" * 40])
def test_a_malformed_expiry_is_refused(expires: str) -> None:
    with pytest.raises(ClaimRefused):
        find_claim(RequestHead("GET", "/b/k", f"AWSAccessKeyId=A&Signature=x&Expires={expires}", ()))
