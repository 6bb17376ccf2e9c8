"""S3 answers or refuses every request and never fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helpers.s3_client import body_of, request
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.services.s3.service import S3, SUBRESOURCES
from trigpoint.services.s3.xml import MAX_DOCUMENT_BYTES, MAX_TAGS
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

NAMES = [
    *SUBRESOURCES,
    "prefix",
    "delimiter",
    "marker",
    "max-keys",
    "encoding-type",
    "continuation-token",
    "versionId",
]
NAMES += [
    "start-after",
    "max-parts",
    "part-number-marker",
    "key-marker",
    "upload-id-marker",
    "response-content-type",
]
HEADERS = [
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "content-md5",
    "origin",
]
HEADERS += [
    "x-amz-copy-source",
    "x-amz-copy-source-range",
    "x-amz-metadata-directive",
    "x-amz-tagging",
    "x-amz-trailer",
]
HEADERS += [
    "x-amz-checksum-crc32",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-type",
    "x-amz-acl",
    "x-amz-meta-x",
]
HEADERS += ["content-length", "content-type", "x-amz-expected-bucket-owner", "access-control-request-method"]
WORDS = [
    "",
    "0",
    "1",
    "2",
    "-1",
    "url",
    "/",
    "b",
    "x",
    "bytes=0-1",
    "bytes=-1",
    "*",
    '"0"',
    "CRC32",
    "CRC32C",
    "COMPOSITE",
]
WORDS += [
    "a=b",
    "b/x",
    "/b/%00",
    "%ff",
    "AAAAAA==",
    "Thu, 01 Jan 2026 12:00:00 GMT",
    "9" * 30,
    "UPLOAD",
    "x-amz-checksum-sha1",
]
WORDS += ["https://x", "GET", "null", "REPLACE", "FULL_OBJECT"]
words = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
DOCUMENTS = [
    b"",
    b"<Delete><Object><Key>x</Key></Object></Delete>",
    b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
    b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>"
    b"</CORSConfiguration>",
    b"<CreateBucketConfiguration/>",
]


@pytest.fixture
def s3(database: Database, settings: Settings, clock: FakeClock) -> Iterator[tuple[S3, str]]:
    """The service, with a bucket `b` that holds `x`, and the id of an upload to it."""
    objects = ObjectStore(database, settings.objects_dir, clock)
    objects.create_bucket("bbb")
    objects.put("bbb", "x", b"content")
    yield S3(objects, settings), objects.create_upload("bbb", "x").id


@hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]),
    bucket=st.sampled_from(["", "bbb", "bbb", "other", "../b", "\0", "\udcff"]),
    key=st.one_of(st.sampled_from(["", "x", "x", "../../x", "a\0b"]), st.text(max_size=5)),
    query=st.dictionaries(st.sampled_from(NAMES), words, max_size=3),
    headers=st.dictionaries(st.sampled_from(HEADERS), words, max_size=3),
    body=st.one_of(st.sampled_from(DOCUMENTS), st.binary(max_size=20)),
)
def test_any_request_is_answered_or_refused(
    s3: tuple[S3, str], tmp_path: Path, method: str, bucket: str, key: str, query: dict[str, str],
    headers: dict[str, str], body: bytes,
) -> None:  # fmt: skip
    service, upload_id = s3
    query = {name: upload_id if value == "UPLOAD" else value for name, value in query.items()}
    try:
        answer = service.handle(request(method, bucket, key, query=query, headers=headers, body=body))
    except AwsError as refused:
        assert 300 <= refused.status < 600
        assert refused.status not in (500, 503)
    else:
        body_of(answer)
        for name, value in answer.headers.items():
            f"{name}: {value}".encode("latin-1")
            assert not set(value) & set("\r\n\0")
    assert {path.name for path in tmp_path.iterdir()} <= {"data", "test.db", "test.db-wal", "test.db-shm"}
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"objects"}


N = MAX_TAGS
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
HOSTILE_DOCUMENTS = {
    "entities": b'<!DOCTYPE d [<!ENTITY l0 "ha">%s]><Delete>&l9;</Delete>' % LAUGHS,
    "a file": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete>&x;</Delete>',
    "an entity nobody declared": b"<Delete>&x;</Delete>",
    "tags": b"<Delete>" + b"<a/>" * N + b"</Delete>",
    "levels": b"<Delete>" * N + b"</Delete>" * N,
    "open levels": b"<a>" * (N - 1),
    "levels that are allowed": b"<a>" * (N // 2) + b"</a>" * (N // 2),
    "attributes": b"<Delete " + b" ".join(b"a%d=''" % n for n in range(N)) + b"/>",
    "name spaces": b"<Delete " + b" ".join(b"xmlns:a%d='u'" % n for n in range(N)) + b"/>",
    "too many bytes": b"<Delete>" + b" " * MAX_DOCUMENT_BYTES + b"</Delete>",
    "a long name": b"<" + b"x" * (MAX_DOCUMENT_BYTES - 10) + b"/>",
    "another encoding": '<?xml version="1.0" encoding="utf-16"?><Delete/>'.encode("utf-16"),
    "an encoding that is not there": b'<?xml version="1.0" encoding="ebcdic"?><Delete/>',
    "no UTF-8": b"<Delete>\xff\xfe</Delete>",
    "control characters": b"<Delete>\0\x01&#0;&#1;</Delete>",
    "a surrogate": b"<Delete>&#xd800;</Delete>",
    "huge numbers": b"<CompleteMultipartUpload><Part><PartNumber>%s</PartNumber><ETag>x</ETag></Part>"
    b"</CompleteMultipartUpload>" % (b"9" * 5000),
    "a number that is none": b"<CompleteMultipartUpload><Part><PartNumber>NaN</PartNumber><ETag>x</ETag></Part>"
    b"</CompleteMultipartUpload>",
}
DOCUMENT_REQUESTS = [
    ("POST", "", {"delete": ""}),
    ("POST", "x", {"uploadId": "UPLOAD"}),
    ("PUT", "x", {"tagging": ""}),
    ("PUT", "", {"cors": ""}),
    ("PUT", "", {"tagging": ""}),
    ("PUT", "", {"encryption": ""}),
]


@pytest.mark.parametrize("document", HOSTILE_DOCUMENTS.values(), ids=HOSTILE_DOCUMENTS.keys())
def test_a_hostile_document_is_refused(s3: tuple[S3, str], document: bytes) -> None:
    service, upload_id = s3
    for method, key, query in DOCUMENT_REQUESTS:
        named = {name: upload_id if value == "UPLOAD" else value for name, value in query.items()}
        with pytest.raises(AwsError) as refused:
            service.handle(request(method, "bbb", key, query=named, body=document))
        assert 400 <= refused.value.status < 500, (method, query, refused.value)
        assert len(refused.value.message) < 20_000


def test_a_document_of_ten_thousand_parts_is_read(s3: tuple[S3, str]) -> None:
    service, upload_id = s3
    part = b"<Part><PartNumber>%d</PartNumber><ETag>&quot;%s&quot;</ETag><ChecksumSHA256>%s=</ChecksumSHA256></Part>"
    parts = b"".join(part % (n, b"0" * 32, b"A" * 43) for n in range(1, 10_001))
    document = b"<CompleteMultipartUpload>" + parts + b"</CompleteMultipartUpload>"
    with pytest.raises(AwsError) as refused:
        service.handle(request("POST", "bbb", "x", query={"uploadId": upload_id}, body=document))
    assert refused.value.code == "InvalidPart"
