"""The objects that the temporary credentials of a job reach: those that its request names, and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Area:
    """Objects, named by prefixes of their URIs (s3://bucket/folder/) and by whole URIs."""

    prefixes: tuple[str, ...] = ()
    uris: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, uris: Iterable[str]) -> Area:
        """What these URIs name as files or folders: the object of that key, and all objects below it."""
        named = [uri if uri.count("/") > 2 else f"{uri}/" for uri in uris]
        return cls(
            tuple(uri if uri.endswith("/") else f"{uri}/" for uri in named),
            frozenset(uri for uri in named if not uri.endswith("/")),
        )

    def has(self, uri: str) -> bool:
        """Whether the object is in the area."""
        return uri in self.uris or uri.startswith(self.prefixes)

    def __or__(self, other: Area) -> Area:
        return Area((*self.prefixes, *other.prefixes), self.uris | other.uris)


@dataclass(frozen=True, slots=True)
class Scope:
    """The objects that credentials may read, and those that they may also write and delete."""

    reads: Area = Area()
    writes: Area = Area()

    def may_read(self, bucket: str, key: str) -> bool:
        """Whether the object may be read."""
        uri = f"s3://{bucket}/{key}"
        return self.reads.has(uri) or self.writes.has(uri)

    def may_write(self, bucket: str, key: str) -> bool:
        """Whether the object may be written and deleted."""
        return self.writes.has(f"s3://{bucket}/{key}")

    def may_list(self, bucket: str, prefix: str) -> bool:
        """Whether all objects whose keys begin with the prefix may be read."""
        return f"s3://{bucket}/{prefix}".startswith((*self.reads.prefixes, *self.writes.prefixes))

    def may_see(self, bucket: str) -> bool:
        """Whether any object of the bucket may be read."""
        root = f"s3://{bucket}/"
        return any(
            uri.startswith(root) for area in (self.reads, self.writes) for uri in (*area.prefixes, *area.uris)
        )


def few_folders(uris: Iterable[str], most: int = 100) -> tuple[str, ...]:
    """The folders of these objects, as sorted prefixes; at most `most`, unless the objects are in more buckets.

    Where there are more, the deepest folders are replaced by the folders that contain them.
    """
    folders = {uri[: uri.rindex("/") + 1] for uri in uris}
    while len(folders) > most:
        depth = max(each.count("/") for each in folders)
        if depth <= "s3://bucket/".count("/"):
            break
        folders = {_above(each) if each.count("/") == depth else each for each in folders}
    return tuple(sorted(_without_inner(folders)))


def _above(folder: str) -> str:
    return folder[: folder.rindex("/", 0, -1) + 1]


def _without_inner(folders: Collection[str]) -> list[str]:
    found: list[str] = []
    for each in sorted(folders):
        if not found or not each.startswith(found[-1]):
            found.append(each)
    return found
