"""The images that the URLs in a Label Studio export mean."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.pictures import NO_IMAGE, Pictures

_UPLOAD_PREFIX: Final = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts in front of the names of uploaded files."""


def image_of(url: str, pictures: Pictures, where: str) -> str:
    """The image of a URL: an S3 URI as it is, of `?d=` the path below the storage, of other URLs the name.

    Raises: BadEntry: there is no such image, or there are several.
    """
    if url.startswith("s3://"):
        return url
    path = _path(url, where)
    last = path.replace("\\", "/").rpartition("/")[2]
    plain = _UPLOAD_PREFIX.sub("", last)
    if not pictures.must_exist:
        return pictures.find(path if "?d=" in url else plain, where)
    for name in dict.fromkeys((path, plain)):
        try:
            return pictures.find(name, where)
        except BadEntry as problem:
            if problem.reason != NO_IMAGE:
                raise
    raise BadEntry(where, f"data.image: there is no image {last} in {pictures.folder.root}", NO_IMAGE)


def _path(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as problem:
        raise BadEntry(where, f"data.image: {url[:200]!r} is not a URL: {problem}") from None
    path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0].lstrip("/")
    if not path:
        raise BadEntry(where, f"data.image: {url[:200]!r} names no file")
    return path
