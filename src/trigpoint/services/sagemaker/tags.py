"""AddTags, ListTags, DeleteTags for every resource of this account; the tags of create requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.arn import Arn
from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.core.paging import decode_token
from trigpoint.db import Connection, Database
from trigpoint.db.tables.resources import stored_arn
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.services.context import RequestContext

Request = Mapping[str, Any]

MAX_TAGS = 50

_LOWER_CASE_NAMES = (
    "labeling-job",
    "training-job",
    "transform-job",
    "model",
    "endpoint",
    "endpoint-config",
)
"""Kinds of resources whose ARNs have the name in lower case."""


class TagOperations:
    """The tags of resources. A resource has at most 50 tags, so they fit on one page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        added = checked_tags(request["Tags"])
        with self._database.write() as connection:
            arn = _existing_arn(connection, ctx, request["ResourceArn"])
            present = get_tags(connection, arn)
            if len(present | added) > MAX_TAGS:
                raise LimitExceeded(f"{arn} would have {len(present | added)} tags; {MAX_TAGS} are allowed")
            put_tags(connection, arn, added, ctx.received_at)
            return {"Tags": _to_wire(get_tags(connection, arn))}

    def list_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("NextToken"):
            decode_token(request["NextToken"])
        with self._database.read() as connection:
            arn = _existing_arn(connection, ctx, request["ResourceArn"])
            return {"Tags": _to_wire(get_tags(connection, arn))}

    def delete_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with self._database.write() as connection:
            arn = _existing_arn(connection, ctx, request["ResourceArn"])
            delete_tags(connection, arn, request["TagKeys"])
        return {}


def tags_of(request: Request) -> dict[str, str]:
    """The tags of a create request.

    Raises: Invalid: see `checked_tags`.
    """
    return checked_tags(request.get("Tags") or ())


def checked_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags as a mapping.

    Raises: Invalid: a duplicate key, or a key of AWS.
    """
    found: dict[str, str] = {}
    for tag in tags:
        key = tag["Key"]
        if key.lower().startswith("aws:"):
            raise Invalid(f"Tags: the key {key!r} begins with aws:, which is reserved; choose another one")
        if key in found:
            raise Invalid(f"Tags: duplicate key {key!r}; give each key one value")
        found[key] = tag["Value"]
    return found


def _existing_arn(connection: Connection, ctx: RequestContext, text: str) -> str:
    """The ARN as it is stored with the resource.

    Raises: Invalid: there is no such resource in this account.
    """
    found = stored_arn(connection, _own_arn(ctx, text))
    if found is None:
        raise Invalid(f"Could not find the resource {text}")
    return found


def _own_arn(ctx: RequestContext, text: str) -> str:
    """The ARN with the name in lower case, for the kinds of resources that store it so.

    Raises: Invalid: not the ARN of a SageMaker resource of this account.
    """
    arn = Arn.parse(text)
    kind, _, name = arn.resource.partition("/")
    if arn.service != "sagemaker" or arn.account_id != ctx.account_id or not name:
        raise Invalid(f"{text!r} is not the ARN of a SageMaker resource of the account {ctx.account_id}")
    if kind in _LOWER_CASE_NAMES:
        return str(Arn(arn.service, arn.region, arn.account_id, f"{kind}/{name.lower()}", arn.partition))
    return text


def _to_wire(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]
