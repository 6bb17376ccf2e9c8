"""The errors that answers of a remote store become."""

from __future__ import annotations

import pytest

from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound
from trigpoint.remote import NoSuchRemoteBucket, RemoteUnavailable
from trigpoint.remote.errors import of_answer, of_obstore


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchKey", 404, NotFound),
        ("NoSuchBucket", 404, NoSuchRemoteBucket),
        ("", 404, NotFound),
        ("SignatureDoesNotMatch", 403, Denied),
        ("", 401, Denied),
        ("PreconditionFailed", 412, Conflict),
        ("SlowDown", 503, RemoteUnavailable),
        ("", 500, RemoteUnavailable),
        ("", 429, RemoteUnavailable),
        ("SlowDown", 200, RemoteUnavailable),
        ("EntityTooLarge", 400, Invalid),
    ],
)
def test_an_answer_becomes_an_error_of_its_kind_with_the_text_of_the_store(
    code: str, status: int, kind: type[Exception]
) -> None:
    error = of_answer("s3://b/k", "http://h", code, "as it said", status)
    assert isinstance(error, kind)
    assert error.code == code
    assert error.message == f"s3://b/k: the store at http://h answered {code or status}: as it said"


def test_the_text_of_an_obstore_error_is_parsed() -> None:
    text = (
        "Object at location k not found: Error performing GET http://h/b/k in 2ms - Server returned non-2xx "
        "status code: 404 Not Found: <Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>"
        "\n\nDebug source:\nNotFound { ... }"
    )
    error = of_obstore("s3://b/k", "http://h", Exception(text))
    assert isinstance(error, NoSuchRemoteBucket)
    assert error.message == "s3://b/k: the store at http://h answered NoSuchBucket: no such bucket"
    silent = of_obstore("s3://b/k", "http://h", Exception("error sending\n  request\n\nDebug source:\nx"))
    assert isinstance(silent, RemoteUnavailable)
    assert silent.message == "s3://b/k: the store at http://h does not answer: error sending request"
