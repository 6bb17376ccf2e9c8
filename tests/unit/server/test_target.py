"""The service and operation of a request follow from its signature and shape."""

from __future__ import annotations

import pytest

from trigpoint.server.target import Style, Target, identify
from trigpoint.wire.claims import find_claim
from trigpoint.wire.head import RequestHead

FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")


def _identified(service: str, method: str = "POST", target: str = "/", *headers: tuple[str, str]) -> Target:
    path, _, query = target.partition("?")
    all_headers = [("host", "h"), ("x-amz-date", "20260101T000000Z"), *headers]
    if service:
        scope = f"AK/20260101/us-east-1/{service}/aws4_request"
        all_headers.append(
            ("authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
        )
    head = RequestHead(method, path, query, tuple(all_headers))
    return identify(head, find_claim(head))


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (
            _identified("sagemaker", "POST", "/", ("x-amz-target", "SageMaker.ListModels")),
            Target("sagemaker", Style.JSON, "ListModels"),
        ),
        (
            _identified("sagemaker", "POST", "/endpoints/my-end/invocations"),
            Target("sagemaker-runtime", Style.REST_JSON, "InvokeEndpoint"),
        ),
        (
            _identified("logs", "POST", "/", ("x-amz-target", "Logs_20140328.GetLogEvents")),
            Target("logs", Style.JSON, "GetLogEvents"),
        ),
        (
            _identified(
                "monitoring", "POST", "/", ("x-amz-target", "GraniteServiceVersion20100801.ListMetrics")
            ),
            Target("monitoring", Style.JSON, "ListMetrics"),
        ),
        (_identified("monitoring", "POST", "/", FORM), Target("monitoring", Style.QUERY)),
        (_identified("sts", "POST", "/", FORM), Target("sts", Style.QUERY)),
        (
            _identified("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15"),
            Target("sts", Style.QUERY, "GetCallerIdentity"),
        ),
        (_identified("iam", "POST", "/", FORM), Target("iam", Style.QUERY)),
        (_identified("s3", "PUT", "/endpoints/my-end/invocations"), Target("s3", Style.S3)),
        (_identified("s3", "POST", "/b/k?uploads", FORM), Target("s3", Style.S3)),
        (_identified("s3", "GET", "/", ("x-amz-target", "SageMaker.ListModels")), Target("s3", Style.S3)),
        (
            _identified("logs", "POST", "/", ("x-amz-target", "SageMaker.ListModels")),
            Target("logs", Style.JSON),
        ),
        (_identified("ecr", "POST", "/"), Target("ecr", Style.JSON)),
    ],
)
def test_the_scope_of_the_signature_names_the_service(found: Target, wanted: Target) -> None:
    assert found == wanted


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (_identified("", "GET", "/b/k"), Target("s3", Style.S3)),
        (_identified("", "POST", "/", FORM), Target("sts", Style.QUERY)),
        (
            _identified("", "POST", "/", ("x-amz-target", "SageMaker.ListModels")),
            Target("sagemaker", Style.JSON, "ListModels"),
        ),
        (
            _identified("", "POST", "/endpoints/e/invocations"),
            Target("sagemaker-runtime", Style.REST_JSON, "InvokeEndpoint"),
        ),
        (_identified("", "GET", "/endpoints/e/invocations"), Target("s3", Style.S3)),
    ],
)
def test_without_a_signature_the_shape_of_the_request_names_the_service(
    found: Target, wanted: Target
) -> None:
    assert found == wanted
