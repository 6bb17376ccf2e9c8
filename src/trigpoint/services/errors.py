"""Domain errors as AWS errors, by service; every other exception is an internal failure."""

from __future__ import annotations

from trigpoint.core.errors import (
    Conflict,
    Denied,
    Invalid,
    LimitExceeded,
    NotFound,
    Outdated,
    OutOfSpace,
    TrigpointError,
    Unavailable,
)
from trigpoint.remote import RemoteUnavailable
from trigpoint.services.alternatives import not_served_error
from trigpoint.wire.errors import AwsError

_CodesByKind = dict[type[TrigpointError], tuple[str, int]]

_SAGEMAKER: _CodesByKind = {
    Invalid: ("ValidationException", 400),
    NotFound: ("ResourceNotFound", 400),
    Conflict: ("ResourceInUse", 400),
    LimitExceeded: ("ResourceLimitExceeded", 400),
    Denied: ("AccessDeniedException", 400),
    RemoteUnavailable: ("ServiceUnavailable", 503),  # every SDK retries on this code and status
}
_BY_SERVICE: dict[str, _CodesByKind] = {
    "sagemaker-runtime": {
        Invalid: ("ValidationError", 400),
        NotFound: ("ValidationError", 400),
        Conflict: ("ValidationError", 400),
        LimitExceeded: ("ThrottlingException", 400),
    },
    "logs": {
        Invalid: ("InvalidParameterException", 400),
        NotFound: ("ResourceNotFoundException", 400),
        Conflict: ("ResourceAlreadyExistsException", 400),
        LimitExceeded: ("LimitExceededException", 400),
    },
    "lambda": {
        Invalid: ("InvalidParameterValueException", 400),
        NotFound: ("ResourceNotFoundException", 404),
        Conflict: ("ResourceConflictException", 409),
        Outdated: ("PreconditionFailedException", 412),
        LimitExceeded: ("TooManyRequestsException", 429),
        Denied: ("AccessDeniedException", 403),
    },
    "sts": {Invalid: ("ValidationError", 400), Denied: ("AccessDenied", 403)},
    "iam": {
        Invalid: ("ValidationError", 400),
        NotFound: ("NoSuchEntity", 404),
        Conflict: ("EntityAlreadyExists", 409),
        LimitExceeded: ("LimitExceeded", 409),
        Denied: ("AccessDenied", 403),
    },
    "monitoring": {
        Invalid: ("InvalidParameterValue", 400),
        NotFound: ("ResourceNotFound", 404),
        Denied: ("AccessDenied", 403),
    },
    "s3": {
        Invalid: ("InvalidArgument", 400),
        NotFound: ("NoSuchKey", 404),
        Conflict: ("OperationAborted", 409),
        LimitExceeded: ("TooManyBuckets", 400),
        Denied: ("AccessDenied", 403),
    },
}


def as_aws_error(problem: TrigpointError, service: str) -> AwsError:
    """The modelled error for a domain error in this service."""
    codes = _SAGEMAKER | _BY_SERVICE.get(service, {})
    code, status = next((codes[kind] for kind in type(problem).__mro__ if kind in codes), codes[Invalid])
    return AwsError(code, problem.message, status)


def outage_error(outage: Unavailable) -> AwsError:
    """The error for an outage of the server, in any service."""
    if isinstance(outage, OutOfSpace):  # no SDK retries on it: a full disk lasts longer than retries
        return AwsError("InsufficientStorage", outage.message, 507)
    return AwsError("ServiceUnavailable", outage.message, 503)


def internal_failure(service: str, request_id: str) -> AwsError:
    """The error for an unexpected exception; the message has the request id, the log has the traceback."""
    code = "InternalError" if service == "s3" else "InternalFailure"
    return AwsError(
        code,
        "The request failed because of an error inside Trigpoint. "
        f"The server's log has it under request id {request_id}.",
        500,
    )


def unknown_operation(service: str, operation: str, *, in_model: bool) -> AwsError:
    """The error for an operation that is not served, or that does not exist."""
    if in_model:
        return not_served_error(service, operation)
    code = "InvalidAction" if service in ("sts", "iam") else "UnknownOperationException"
    return AwsError(code, f"{operation or 'This request'} is not an operation of this service.", 400)


def read_only_key(service: str, operation: str, identity_arn: str, *, objects_only: bool = False) -> AwsError:
    """The error for an operation that changes data, called with a key that may not."""
    why = "the credentials of a function change only objects" if objects_only else "its key is read-only"
    return _not_authorized(service, operation, identity_arn, why)


def not_for_jobs(service: str, operation: str, identity_arn: str) -> AwsError:
    """The error for an operation other than S3's that the code of a job calls with the job's credentials."""
    why = "the credentials of a job only read and write the objects that its request names"
    return _not_authorized(service, operation, identity_arn, why)


def _not_authorized(service: str, operation: str, identity_arn: str, why: str) -> AwsError:
    code, status = (
        ("AccessDenied", 403) if service in ("s3", "sts", "iam") else ("AccessDeniedException", 400)
    )
    prefix = "sagemaker" if service == "sagemaker-runtime" else service
    return AwsError(
        code,
        f"User: {identity_arn} is not authorized to perform: {prefix}:{operation} ({why})",
        status,
    )
