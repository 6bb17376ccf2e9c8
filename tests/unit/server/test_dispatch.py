"""The operation table finds the method that serves an operation."""

from __future__ import annotations

from typing import Any

import pytest

from trigpoint.core.errors import Conflict, Denied, Invalid, LimitExceeded, NotFound
from trigpoint.remote import RemoteUnavailable
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.errors import as_aws_error
from trigpoint.wire.errors import AwsError


class Models:
    def list_models(self, ctx: Any, request: Any) -> dict[str, Any]:
        return {"Models": []}

    def delete_model(self, ctx: Any, request: Any) -> None: ...

    def something_of_its_own(self) -> None: ...


class OtherModels:
    def list_models(self, ctx: Any, request: Any) -> dict[str, Any]:
        return {"Models": []}


def test_a_method_with_botocores_name_serves_the_operation() -> None:
    table = OperationTable({"sagemaker": [Models()]})
    assert table.find("sagemaker", "ListModels").handler(None, {}) == {"Models": []}  # type: ignore[arg-type]
    assert table.names("sagemaker") == ["DeleteModel", "ListModels"]


def test_an_operation_that_is_served_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="sagemaker ListModels is served twice, again by OtherModels"):
        OperationTable({"sagemaker": [Models(), OtherModels()]}).names("sagemaker")


def test_an_object_that_serves_no_operation_is_an_error() -> None:
    with pytest.raises(ValueError, match="Models serves no operation of sts"):
        OperationTable({"sts": [Models()]}).names("sts")


@pytest.mark.parametrize(
    ("service", "operation", "code", "said"),
    [
        ("sagemaker", "CreateModel", "UnknownOperationException", "CreateModel is not served by Trigpoint"),
        ("sagemaker", "MakeTea", "UnknownOperationException", "MakeTea is not an operation of this service"),
        ("sagemaker", "", "UnknownOperationException", "This request is not an operation"),
        ("sagemaker", "CreatePipeline", "UnknownOperationException", "start the jobs in order from a script"),
        ("nonsense", "MakeTea", "UnknownOperationException", "not an operation"),
        ("sts", "AssumeRole", "InvalidAction", "is not served by Trigpoint"),
    ],
)
def test_an_operation_that_is_not_served_is_named(service: str, operation: str, code: str, said: str) -> None:
    with pytest.raises(AwsError) as caught:
        OperationTable({"sagemaker": [Models()]}).find(service, operation)
    assert (caught.value.code, caught.value.status) == (code, 400)
    assert said in caught.value.message


def test_read_only_operations_are_recognized_by_name() -> None:
    table = OperationTable({"sagemaker": [Models()]})
    assert table.find("sagemaker", "ListModels").reads_only
    assert not table.find("sagemaker", "DeleteModel").reads_only


class _Busy(Conflict):
    """A kind of conflict that a domain package defines."""


@pytest.mark.parametrize(
    ("problem", "service", "code", "status"),
    [
        (Invalid("x"), "sagemaker", "ValidationException", 400),
        (NotFound("x"), "sagemaker", "ResourceNotFound", 400),
        (Conflict("x"), "sagemaker", "ResourceInUse", 400),
        (_Busy("x"), "sagemaker", "ResourceInUse", 400),
        (LimitExceeded("x"), "sagemaker", "ResourceLimitExceeded", 400),
        (Denied("x"), "sagemaker", "AccessDeniedException", 400),
        (NotFound("x"), "sagemaker-runtime", "ValidationError", 400),
        (NotFound("x"), "logs", "ResourceNotFoundException", 400),
        (NotFound("x"), "iam", "NoSuchEntity", 404),
        (NotFound("x"), "s3", "NoSuchKey", 404),
        (NotFound("x"), "a service we do not know", "ResourceNotFound", 400),
        (RemoteUnavailable("x"), "sagemaker", "ServiceUnavailable", 503),
        (RemoteUnavailable("x"), "sagemaker-runtime", "ServiceUnavailable", 503),
        (RemoteUnavailable("x"), "s3", "ServiceUnavailable", 503),
    ],
)
def test_domain_errors_get_the_code_of_their_service(
    problem: Any, service: str, code: str, status: int
) -> None:
    error = as_aws_error(problem, service)
    assert (error.code, error.status, error.message) == (code, status, "x")
