"""Tags of objects and buckets, as headers write them, checked by S3's rules."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from trigpoint.wire.errors import AwsError

MAX_TAGS = 10
MAX_BUCKET_TAGS = 50


def tags_of_header(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags of x-amz-tagging, written like a query string."""
    pairs = parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True)
    return checked_tags(pairs)


def checked_tags(pairs: list[tuple[str, str]], most: int = MAX_TAGS) -> dict[str, str]:
    """The tags as a mapping.

    Raises: AwsError: InvalidTag or BadRequest, when they break S3's rules.
    """
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(tags) > most:
        kind = "Object" if most == MAX_TAGS else "Bucket"
        raise AwsError("BadRequest", f"{kind} tags cannot be greater than {most}")
    for name, value in tags.items():
        if not 1 <= len(name) <= 128 or "\0" in name + value:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", fields={"TagKey": name})
        if len(value) > 256:
            raise AwsError(
                "InvalidTag", "The TagValue you have provided is invalid", fields={"TagValue": value}
            )
    return tags
