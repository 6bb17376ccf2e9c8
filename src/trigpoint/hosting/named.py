"""Records with a unique name and tags: models, endpoint configurations, endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.hosting.store import NamedTable
from trigpoint.settings import Settings


class Tagged(Protocol):
    """The fields that such a record needs."""

    @property
    def arn(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


Record = TypeVar("Record", bound=Tagged)


class NamedRecords(Generic[Record]):
    """The records of one kind. ARNs have `region`, or the installation's region when it is None.

    `kind` is the word in ARNs, `called` the word in messages. Source of both: training.md 8.1, 8.2.
    """

    def __init__(self, kind: str, called: str, table: NamedTable[Record], settings: Settings) -> None:
        self._kind = kind
        self._called = called
        self._table = table
        self._settings = settings

    def arn(self, name: str, region: str | None) -> str:
        """The ARN of the record with this name, whether it exists or not."""
        settings = self._settings
        return sagemaker_arn(region or settings.region, settings.account_id, self._kind, name)

    def add(self, connection: Connection, record: Record, tags: Mapping[str, str] | None) -> None:
        """Adds the record and its tags.

        Raises: Conflict: the name is taken.
        """
        if not self._table.add(connection, record):
            raise Conflict(f'Cannot create already existing {self._called} "{record.arn}".')
        put_tags(connection, record.arn, tags or {}, record.created_at)

    def find(self, connection: Connection, name: str, region: str | None, *, lock: bool = False) -> Record:
        """The record of this name; `lock` locks it until the transaction ends.

        Raises: NotFound.
        """
        record = self._table.find(connection, name, lock=lock)
        if record is None:
            raise NotFound(f'Could not find {self._called} "{self.arn(name, region)}".')
        return record

    def page(self, connection: Connection, wanted: ListFilter) -> Page[Record]:
        """One page of records."""
        return self._table.page(connection, wanted)

    def remove(self, connection: Connection, name: str, region: str | None) -> None:
        """Removes the record and its tags.

        Raises: NotFound.
        """
        record = self.find(connection, name, region)
        self._table.remove(connection, name)
        delete_tags(connection, record.arn, get_tags(connection, record.arn))
