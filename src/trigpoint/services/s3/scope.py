"""Keeps requests with the credentials of a job to the objects of that job.

Decision: a role's policies decide this at AWS. There are no policies here, so the job's request decides: what it names can
be read, its output and its checkpoints can be written. Of a bucket such credentials see only that it exists, and lists of
what they may read.
"""

from __future__ import annotations

from collections.abc import Sequence

from trigpoint.core.errors import Denied
from trigpoint.services.s3.contract import S3Request
from trigpoint.services.s3.headers import copy_source
from trigpoint.wire.scope import Scope

_LISTINGS = frozenset({("GET", ""), ("GET", "list-type"), ("GET", "versions"), ("GET", "uploads")})
_LOCATIONS = frozenset({("HEAD", ""), ("GET", "location")})


def check_scope(request: S3Request, named: Sequence[str]) -> None:
    """Passes when the request keeps to the scope of its credentials, or they have none.

    Args:   named: the sub-resources that select the operation, sorted.
    Raises: Denied.
    """
    scope = request.context.scope
    if scope is None:
        return
    if request.key:
        _check_object(request, scope)
    elif request.bucket and request.method == "POST" and named == ["delete"]:
        return  # its body names the objects, see `check_deletions`
    elif not _is_allowed_on_bucket(request, scope, named):
        raise _denied(
            f"s3://{request.bucket}/{request.query.get('prefix', '')}" if request.bucket else "buckets"
        )


def check_deletions(request: S3Request, keys: Sequence[str]) -> None:
    """As `check_scope`, for a request that deletes several objects: all of them, or none."""
    scope = request.context.scope
    for key in keys:
        if scope is not None and not scope.may_write(request.bucket, key):
            raise _denied(f"s3://{request.bucket}/{key}")


def _check_object(request: S3Request, scope: Scope) -> None:
    may = scope.may_read if request.method in ("GET", "HEAD") else scope.may_write
    if not may(request.bucket, request.key):
        raise _denied(f"s3://{request.bucket}/{request.key}")
    if "x-amz-copy-source" in request.headers:
        bucket, key = copy_source(request)
        if not scope.may_read(bucket, key):
            raise _denied(f"s3://{bucket}/{key}")


def _is_allowed_on_bucket(request: S3Request, scope: Scope, named: Sequence[str]) -> bool:
    if not request.bucket:
        return False
    asked = (request.method, "+".join(named))
    if asked in _LOCATIONS:
        return scope.may_see(request.bucket)
    return asked in _LISTINGS and scope.may_list(request.bucket, request.query.get("prefix", ""))


def _denied(what: str) -> Denied:
    return Denied(
        f"Access Denied: {what} is not among the objects of this job. Its credentials read what its request names "
        "(InputDataConfig, and s3:// URIs in hyperparameters and environment variables), and write below its output, "
        "its checkpoints and those URIs"
    )
