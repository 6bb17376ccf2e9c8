"""The signed policy of an S3 form upload, and what it allows.

Source: Amazon S3 API Reference, "POST policy" and "Browser-based uploads using POST".
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trigpoint.wire.claims import (
    ALGORITHM,
    BASIC_TIME,
    LONGEST_PRESIGNED,
    MAX_SKEW,
    ClaimRefused,
    Reason,
    check_scope_date,
)
from trigpoint.wire.errors import AwsError
from trigpoint.wire.sigv2 import signature as signature_v2
from trigpoint.wire.sigv4 import Credential, check_session_token, signature, signing_key

_UNCONDITIONED = frozenset({"awsaccesskeyid", "signature", "policy", "x-amz-signature", "file"})
_FREE = ("x-ignore-", "x-amz-checksum-")  # a checksum only restricts the file
_EXPIRATION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits that the signer sets: the end of validity, field values, the number of bytes (None = any)."""

    expires_at: datetime
    conditions: tuple[tuple[str, str, str], ...]  # (eq | starts-with, field, value)
    size_range: tuple[int, int] | None


def signer_of(fields: Mapping[str, str]) -> str | None:
    """The access key id that a form names, None for an unsigned form."""
    if "policy" not in fields:
        return None
    return fields.get("x-amz-credential", "").split("/")[0] or fields.get("awsaccesskeyid")


def verify_form(fields: Mapping[str, str], credential: Credential, now: datetime) -> None:
    """Passes when `credential` signed the form's policy.

    Args:   fields: the form's fields before the file, by lower-case name.
    Raises: ClaimRefused(WRONG_SIGNATURE, WRONG_TOKEN, EXPIRED_TOKEN, EXPIRED, NOT_YET_VALID, MALFORMED_QUERY)
    """
    check_session_token(fields.get("x-amz-security-token", ""), credential, now)
    policy = fields["policy"]
    if "x-amz-credential" in fields:
        scope = fields["x-amz-credential"].partition("/")[2]
        _check_signing_day(fields, scope, now)
        expected = signature(signing_key(credential.secret_access_key, scope), policy)
        claimed = fields.get("x-amz-signature", "")
    else:
        expected = signature_v2(credential.secret_access_key, policy).decode()
        claimed = fields.get("signature", "")
    if not claimed:
        raise AwsError("InvalidArgument", "Bucket POST must contain a field named 'Signature'.", 400)
    if not hmac.compare_digest(expected.encode(), claimed.encode()):
        raise ClaimRefused(
            Reason.WRONG_SIGNATURE,
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            {"StringToSign": policy, "SignatureProvided": claimed},
        )


def _check_signing_day(fields: Mapping[str, str], scope: str, now: datetime) -> None:
    """A key of one day signs only for that day, and a policy is accepted no longer than a presigned URL."""
    if fields.get("x-amz-algorithm") != ALGORITHM:
        raise ClaimRefused(Reason.MALFORMED_QUERY, f'X-Amz-Algorithm only supports "{ALGORITHM}"')
    timestamp = fields.get("x-amz-date", "")
    try:
        signed_at = datetime.strptime(timestamp, BASIC_TIME).replace(tzinfo=UTC)
    except ValueError:
        raise ClaimRefused(
            Reason.MALFORMED_QUERY,
            f"X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\", got {timestamp[:40]!r}",
        ) from None
    check_scope_date(scope, timestamp)
    if signed_at - now > MAX_SKEW:
        raise ClaimRefused(Reason.NOT_YET_VALID, "Request is not valid yet")
    if now - signed_at > LONGEST_PRESIGNED:
        raise ClaimRefused(Reason.EXPIRED, "Request has expired")


def read_policy(text: str) -> Policy:
    """The policy of a form.

    Raises: AwsError(InvalidPolicyDocument): says what is wrong with it.
    """
    try:
        document = json.loads(base64.b64decode(text, validate=True))
        if not _EXPIRATION.fullmatch(document["expiration"]):
            raise ValueError("expiration must be written like 2026-01-31T12:00:00.000Z")
        expires_at = datetime.fromisoformat(document["expiration"])
        listed = document["conditions"]
        if expires_at.tzinfo is None or not isinstance(listed, list):
            raise ValueError("expiration needs a time zone, conditions are a list")
        return _policy(expires_at.astimezone(UTC), listed)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise AwsError("InvalidPolicyDocument", f"Invalid Policy: {problem}", 400) from None


def check_fields(policy: Policy, fields: Mapping[str, str], bucket: str, now: datetime) -> None:
    """Passes when the policy is still valid, each of its conditions holds and it covers each field.

    Raises: AwsError(AccessDenied): names the condition or the fields.
    """
    if now > policy.expires_at:
        raise _denied("Policy expired.")
    values = {**fields, "bucket": bucket}
    for operator, name, wanted in policy.conditions:
        found = values.get(name, "")
        if not (found == wanted if operator == "eq" else found.startswith(wanted)):
            raise _denied(f'Policy Condition failed: ["{operator}", "${name}", "{wanted}"]')
    covered = {name for _, name, _ in policy.conditions} | _UNCONDITIONED
    extra = sorted(name for name in fields if name not in covered and not name.startswith(_FREE))
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")


def check_size(policy: Policy, size_bytes: int, *, complete: bool) -> None:
    """Passes when a file of so many bytes is allowed; `complete` says whether more may come.

    Raises: AwsError(EntityTooLarge, EntityTooSmall)
    """
    least, most = policy.size_range or (0, 1 << 62)
    fields = {"ProposedSize": size_bytes}
    if size_bytes > most:
        message = "Your proposed upload exceeds the maximum allowed size"
        raise AwsError("EntityTooLarge", message, 400, fields | {"MaxSizeAllowed": most})
    if complete and size_bytes < least:
        message = "Your proposed upload is smaller than the minimum allowed size"
        raise AwsError("EntityTooSmall", message, 400, fields | {"MinSizeAllowed": least})


def _policy(expires_at: datetime, listed: list[Any]) -> Policy:
    conditions: list[tuple[str, str, str]] = []
    size_range = None
    for item in listed:
        if isinstance(item, dict):
            if len(item) != 1:
                raise ValueError(f"a condition has one name and one value, not {len(item)}")
            conditions += [("eq", name.lower(), str(value)) for name, value in item.items()]
            continue
        operator, first, second = item
        if operator.lower() == "content-length-range":
            size_range = int(first), int(second)
        elif operator.lower() in ("eq", "starts-with"):
            conditions.append((operator.lower(), first.removeprefix("$").lower(), str(second)))
        else:
            raise ValueError(f"{operator} is no condition")
    return Policy(expires_at, tuple(conditions), size_range)


def _denied(what: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {what}", 403)
