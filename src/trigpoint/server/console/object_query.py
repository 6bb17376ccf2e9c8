"""Which objects of a job a person wants to see, as the query of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode

from trigpoint.labeling.gallery import STATUSES, Sort, Wanted

PAGE_OBJECTS: Final = 60
MOST_OBJECTS: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class ObjectQuery:
    """The state of a gallery. `place` is that of its first object among those that are wanted, from 0.

    `answers`: whether the answers of the workers are drawn over the labels.

    Decision: the place is a number and no token. So the scroll bar spans all objects and can jump. In a job that runs,
    objects may move by some places meanwhile.
    """

    wanted: Wanted = field(default_factory=Wanted)
    place: int = 0
    answers: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> ObjectQuery:
        """The state in an address. Values that make no sense are ignored."""
        sort = query.get("sort", "")
        status = query.get("status", "")
        wanted = Wanted(
            status=status if status in STATUSES else "",
            class_name=query.get("class", "")[:1000],
            worker_id=query.get("worker", "")[:200],
            least_confidence=_share(query.get("least", "")),
            most_confidence=_share(query.get("most", "")),
            least_disagreement=_share(query.get("differ", "")),
            sort=Sort(sort) if sort in set(Sort) else Sort.OBJECT,
            descending=query.get("order", "") == "desc",
        )
        at = query.get("at", "")
        place = int(at) if at.isascii() and at.isdecimal() and len(at) < 9 else 0
        return cls(wanted, min(place, MOST_OBJECTS), query.get("answers", "") == "1")

    def narrowed(self, name: str, value: str) -> str:
        """The query of the gallery with one more filter, such as `class`, from its first object."""
        return "?" + urlencode({**self.values, name: value})

    def at(self, place: int) -> str:
        """The query of the same gallery from another place."""
        return replace(self, place=max(0, place)).query

    @property
    def toggled(self) -> str:
        """The query with the answers shown, or not shown any more."""
        return replace(self, answers=not self.answers).query

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves objects out."""
        return replace(self.wanted, sort=Sort.OBJECT, descending=False) != Wanted()

    @property
    def values(self) -> dict[str, str]:
        """The state without the place, as the fields of a form."""
        wanted = self.wanted
        found = {
            "status": wanted.status,
            "class": wanted.class_name,
            "worker": wanted.worker_id,
            "least": _percent(wanted.least_confidence),
            "most": _percent(wanted.most_confidence),
            "differ": _percent(wanted.least_disagreement),
            "sort": "" if wanted.sort is Sort.OBJECT else wanted.sort.value,
            "order": "desc" if wanted.descending else "",
            "answers": "1" if self.answers else "",
        }
        return {name: value for name, value in found.items() if value}

    @property
    def query(self) -> str:
        """The state as the query of an address, with its question mark."""
        values = {**self.values, **({"at": str(self.place)} if self.place else {})}
        return "?" + urlencode(values)


def _share(text: str) -> float | None:
    """A percentage from 0 to 100 as a share; None if it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number / 100 if 0 <= number <= 100 else None


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:g}"
