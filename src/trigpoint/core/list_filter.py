"""Filters, order and page of a list: one rule for every store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from trigpoint.core.paging import Page, beyond, cut_page, decode_position, includes_position

Item = TypeVar("Item")
SortBy = Literal["name", "created_at", "status"]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which rows of a table are listed, in which order, and which page of them.

    `name_contains` ignores case. `..._after` includes the time itself and `..._before` excludes it: botocore's
    model says so for models and endpoints and leaves it open for the other lists. Names sort by code point.

        query = wanted.narrow(select(jobs), jobs.c, tie_break=jobs.c.id)
        page = wanted.page_of(connection.execute(query).all(), job_from_row, tie_break=jobs.c.id)
    """

    name_contains: str | None = None
    status: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    sort_by: SortBy = "created_at"
    descending: bool = False
    limit: int = 10
    next_token: str | None = None

    def narrow(self, query: Any, columns: Any, *, tie_break: Any) -> Any:
        """The SQL query with the filters, the order and the start of the page; it reads one row too many.

        Args:    columns: the table's columns by name: name_key (the name in lower case), created_at, and name,
                 status and updated_at where they are used.
                 tie_break: a unique column, which makes the order total.
        Raises:  Invalid: `next_token` was not returned by this list in this order.
        """
        if self.name_contains:
            query = query.where(columns["name_key"].contains(self.name_contains.lower(), autoescape=True))
        if self.status is not None:
            query = query.where(columns["status"] == self.status)
        if self.created_after is not None:
            query = query.where(columns["created_at"] >= self.created_after)
        if self.created_before is not None:
            query = query.where(columns["created_at"] < self.created_before)
        if self.updated_after is not None:
            query = query.where(columns["updated_at"] >= self.updated_after)
        if self.updated_before is not None:
            query = query.where(columns["updated_at"] < self.updated_before)
        names = self._sort_names(tie_break)
        order = [columns[name] for name in names]
        if self.next_token:
            kinds = {name: datetime if name == "created_at" else str for name in names}
            after = decode_position(self.next_token, kinds)
            included = includes_position(self.next_token)
            query = query.where(beyond(order, after, descending=self.descending, included=included))
        order = [column.desc() if self.descending else column.asc() for column in order]
        return query.order_by(*order).limit(self.limit + 1)

    def page_of(self, rows: Sequence[Any], from_row: Callable[[Any], Item], *, tie_break: Any) -> Page[Item]:
        """The page that the rows of a narrowed query make."""
        names = self._sort_names(tie_break)
        page = cut_page(rows, self.limit, lambda row: {name: getattr(row, name) for name in names})
        return Page([from_row(row) for row in page.items], page.next_token)

    def _sort_names(self, tie_break: Any) -> list[str]:
        return list(dict.fromkeys([self.sort_by, tie_break.name]))
