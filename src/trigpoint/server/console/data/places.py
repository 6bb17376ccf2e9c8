"""The page on which an s3:// address is chosen: buckets, folders and objects. Forms show it as a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext
from trigpoint.objects import ObjectStore
from trigpoint.server.console.data.browsing import Browsing, objects_of
from trigpoint.server.console.data.buckets import found_buckets
from trigpoint.server.console.data.kinds import kind_of
from trigpoint.server.console.data.links import DATA, parent_folder
from trigpoint.server.console.page import Console, Crumb, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence

PATH = "/places"
FOLDER, OBJECT, ANY = "folder", "object", "any"
"""What a field takes: the address of a folder, of an object, or of either."""


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, a folder or an object to choose. `path` leads into it, below the prefix of the console; "" for an object."""

    name: str
    uri: str
    kind: str
    path: str = ""


class PlacePages:
    """The page. Reads one page of a bucket at a time, so that a large one opens as fast as a small one."""

    section: Section | None = None

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [console.get(PATH, self.show, "s3:ListBuckets", "s3:ListObjectsV2")]

    def show(self, page: PageRequest) -> Response:
        """What is at the address `at`; the beginning of a name after its last slash narrows it."""
        bucket, _, rest = page.query.get("at", "").removeprefix("s3://").partition("/")
        prefix = parent_folder(rest) if not rest.endswith("/") else rest
        search = page.query.get("q", rest[len(prefix) :])
        pick = page.query.get("pick", "")
        pick = pick if pick in (FOLDER, OBJECT) else ANY
        problem, following = "", ""
        places: list[Place] = []
        try:
            if bucket:
                places, following = self._below(bucket, prefix, search, page.query.get("after", ""), pick)
            else:
                places, following = self._buckets(page.query.get("q", ""), page.query.get("after", ""), pick)
        except TrigpointError as refused:  # there is no such bucket, or another store is down
            problem = sentence(refused.message)
        place = f"s3://{bucket}/{prefix}" if bucket else ""
        return page.show(
            "places.html",
            section=DATA,
            title=gettext("Choose an address"),
            place=place,
            search=search if bucket else page.query.get("q", ""),
            pick=pick,
            trail=_trail(bucket, prefix, pick),
            places=places,
            next_path=_path(place, pick, q=search, after=following) if following else "",
            problem=problem,
            may_take_here=bool(bucket) and not problem and pick != OBJECT,
        )

    def _buckets(self, search: str, after: str, pick: str) -> tuple[list[Place], str]:
        shown, following = found_buckets(self._objects, search, after)
        places = []
        for bucket in shown:
            uri = f"s3://{bucket.name}/"
            places.append(Place(bucket.name, uri, "bucket", _path(uri, pick)))
        return places, following

    def _below(self, bucket: str, prefix: str, search: str, after: str, pick: str) -> tuple[list[Place], str]:
        found = objects_of(self._objects, Browsing(bucket, prefix, search, after=after))
        uri = f"s3://{bucket}/"
        places = [Place(name, uri + each, "folder", _path(uri + each, pick)) for name, each in found.folders]
        places += [Place(name, uri + info.key, kind_of(info.key)) for name, info in found.objects]
        return places, found.following


def _path(uri: str, pick: str, **more: str) -> str:
    filled = {name: value for name, value in {"at": uri, "pick": pick, **more}.items() if value}
    return f"{PATH}?{urlencode(filled)}"


def _trail(bucket: str, prefix: str, pick: str) -> list[Crumb]:
    """The way here: all buckets, the bucket, and each folder."""
    trail = [(gettext("Buckets"), _path("", pick))]
    if bucket:
        trail.append((bucket, _path(f"s3://{bucket}/", pick)))
    parts = prefix.split("/")[:-1]
    for depth, part in enumerate(parts, start=1):
        trail.append((part or "/", _path(f"s3://{bucket}/{'/'.join(parts[:depth])}/", pick)))
    return trail
