"""An AWS error before it becomes bytes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


class AwsError(Exception):
    """An AWS error code with its message and status; any layer from `wire` upwards may raise it.

    `fields` are further members of the modelled error (wire names), e.g. `OriginalStatusCode` of
    ModelError; in S3's XML they become elements next to Code and Message.
    """

    def __init__(
        self, code: str, message: str, status: int = 400, fields: Mapping[str, Any] = _NO_FIELDS
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
