"""One page of the objects under a prefix, as the address of the page describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigpoint.objects import ObjectInfo, ObjectStore
from trigpoint.server.console.data.links import bucket_path

PAGE_OBJECTS = 100
VIEWS = ("list", "grid")


@dataclass(frozen=True, slots=True)
class Browsing:
    """What is looked at. `search` is how names in the folder begin; `after` is the key that the page before ended with."""

    bucket: str
    prefix: str = ""
    search: str = ""
    view: str = "list"
    after: str = ""

    @classmethod
    def read(cls, bucket: str, query: Mapping[str, str]) -> Browsing:
        """The state in an address. A view that there is not is the list."""
        view = query.get("view", "")
        return cls(
            bucket,
            query.get("prefix", ""),
            query.get("q", ""),
            view if view in VIEWS else "list",
            query.get("after", ""),
        )

    def link(self, *, prefix: str | None = None, search: str = "", view: str = "", after: str = "") -> str:
        """The path of the page with another folder, search, view or place in the list."""
        view = view or self.view
        return bucket_path(
            self.bucket,
            prefix=self.prefix if prefix is None else prefix,
            q=search,
            view="" if view == "list" else view,
            after=after,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Folders and objects of one page. Names are those below the folder that is looked at."""

    folders: Sequence[tuple[str, str]]
    """Name and prefix of each."""
    objects: Sequence[tuple[str, ObjectInfo]]
    following: str
    """The `after` of the next page; "" if this is the last."""


def objects_of(store: ObjectStore, browsing: Browsing) -> Page:
    """The page. Raises: NoSuchBucket; TrigpointError: a linked folder or another store cannot be read."""
    found = store.list_sizes(
        browsing.bucket, browsing.prefix + browsing.search, "/", browsing.after, PAGE_OBJECTS
    )
    cut = len(browsing.prefix)
    return Page(
        [(each[cut:], each) for each in found.common_prefixes],
        # the placeholder that some clients make for an empty folder is no object to a reader
        [(each.key[cut:], each) for each in found.objects if each.key != browsing.prefix],
        found.next_marker if found.is_truncated else "",
    )
