"""Lists: what a person searches, filters and sorts, as the query of a List operation and as links.

The state is in the page's address, so it can be bookmarked, works without JavaScript, and the back button undoes it.
Pages of a list are those of the operation: a token is the place where the page before ended, so that what is created
meanwhile neither repeats nor skips a row. The page before that place is the first one from there in the other order, turned
round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from trigpoint.core.paging import turned

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `sort` is the operation's SortBy for it; "" if it cannot be sorted by it."""

    title: str
    sort: str = ""
    kind: str = ""
    """`number` for figures, which are aligned on the right; `wide` for text that may wrap."""


@dataclass(frozen=True, slots=True)
class ListState:
    """The state of a list page. `token` is the place after which its rows are, or before which if it leads `back`."""

    search: str = ""
    status: str = ""
    sort: str = "CreationTime"
    descending: bool = True
    token: str = ""
    back: bool = False
    columns: Sequence[Column] = field(default=(), repr=False)

    @classmethod
    def read(
        cls,
        query: Mapping[str, str],
        columns: Sequence[Column],
        statuses: Sequence[str] = (),
        default: ListState | None = None,
    ) -> ListState:
        """The state in an address. Values that the list does not have are ignored."""
        start = replace(default or cls(), columns=columns)
        sort = query.get("sort", "")
        status = query.get("status", "")
        order = query.get("order", "")
        return replace(
            start,
            search=query.get("q", "").strip()[:63],
            status=status if status in statuses else "",
            sort=sort if sort and sort in {column.sort for column in columns} else start.sort,
            descending=order == "desc" if order in ("asc", "desc") else start.descending,
            token=(query.get("back", "") or query.get("token", ""))[:8192],
            back=bool(query.get("back", "")),
        )

    @property
    def reads_descending(self) -> bool:
        """The direction in which the rows of the page are read: the other one if it leads back."""
        return self.descending != self.back

    def request(self) -> dict[str, Any]:
        """The members of the List request, without its NextToken."""
        wanted: dict[str, Any] = {
            "NameContains": self.search,
            "StatusEquals": self.status,
            "SortBy": self.sort,
            "SortOrder": "Descending" if self.reads_descending else "Ascending",
            "MaxResults": PAGE_ROWS,
        }
        return {name: value for name, value in wanted.items() if value != ""}

    def with_status(self, status: str) -> str:
        """The query of the list with another status, from its first page."""
        return replace(self, status=status, token="", back=False).query

    def sorted_by(self, column: Column) -> str:
        """The query of the list sorted by the column; the other way round if it is sorted so already."""
        descending = not self.descending if column.sort == self.sort else column.sort == "CreationTime"
        return replace(self, sort=column.sort, descending=descending, token="", back=False).query

    def following(self, further: str) -> str:
        """The query of the page after this one; "" if this is the last. `further`: the place where its rows end, if there are more."""
        place = turned(self.token) if self.back else further
        return replace(self, token=place, back=False).query if place else ""

    def previous(self, further: str) -> str:
        """The query of the page before this one; "" if this is the first. `further`: as for `following`."""
        place = further if self.back else self.token and turned(self.token)
        return replace(self, token=place, back=True).query if place else ""

    @property
    def can_match(self) -> bool:
        """Whether a name can contain what is searched. The operation refuses what none can."""
        return re.fullmatch(r"[A-Za-z0-9-]*", self.search) is not None

    @property
    def first(self) -> str:
        """The query of the first page."""
        return replace(self, token="", back=False).query

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter leaves rows out."""
        return bool(self.search or self.status)

    @property
    def query(self) -> str:
        """The state as the query of an address, with its question mark."""
        values = {
            "q": self.search,
            "status": self.status,
            "sort": self.sort,
            "order": "desc" if self.descending else "asc",
            "back" if self.back else "token": self.token,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})
