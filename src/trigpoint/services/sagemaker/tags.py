"""AddTags, ListTags, DeleteTags, for every resource of this account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.arn import Arn
from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.core.paging import decode_token
from trigpoint.db import Database
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
"""Kinds whose ARNs have their names in lower case, however a caller writes them."""


class TagOperations:
    """The tags of resources. Tags of one resource fit on one page, as there are 50 at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        arn = _own_arn(ctx, request["ResourceArn"])
        added = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        for key in added:
            if key.lower().startswith("aws:"):
                raise Invalid(f"the tag key {key!r} begins with aws:, which is reserved")
        with self._database.write() as connection:
            present = get_tags(connection, arn)
            if len(present | added) > MAX_TAGS:
                raise LimitExceeded(f"{arn} would have {len(present | added)} tags; {MAX_TAGS} are allowed")
            put_tags(connection, arn, added, ctx.received_at)
            return {"Tags": _to_wire(get_tags(connection, arn))}

    def list_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("NextToken"):
            decode_token(request["NextToken"])
        arn = _own_arn(ctx, request["ResourceArn"])
        with self._database.read() as connection:
            return {"Tags": _to_wire(get_tags(connection, arn))}

    def delete_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        arn = _own_arn(ctx, request["ResourceArn"])
        with self._database.write() as connection:
            delete_tags(connection, arn, request["TagKeys"])
        return {}


def _own_arn(ctx: RequestContext, text: str) -> str:
    """The ARN as it is stored.

    Raises: Invalid: it is not the ARN of a SageMaker resource of this account.
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
