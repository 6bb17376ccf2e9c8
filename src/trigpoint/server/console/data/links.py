"""The section of data in the navigation, and the paths of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from trigpoint.language import translatable
from trigpoint.server.console.data.kinds import image_type
from trigpoint.server.console.page import Crumb, quoted
from trigpoint.server.console.site import Section

DATA = Section(
    "/buckets",
    translatable("Data"),
    "M10 3c4 0 6.5 1.2 6.5 2.6S14 8.2 10 8.2 3.5 7 3.5 5.6 6 3 10 3Z"
    "M3.5 5.6v8.8C3.5 15.8 6 17 10 17s6.5-1.2 6.5-2.6V5.6M3.5 10c0 1.4 2.5 2.6 6.5 2.6s6.5-1.2 6.5-2.6",
)


def bucket_path(bucket: str, page: str = "", **query: str) -> str:
    """The path of a page of a bucket, below the prefix of the console. Empty values are left out of the query."""
    filled = {name: value for name, value in query.items() if value}
    return f"/buckets/{quoted(bucket)}{page}{'?' + urlencode(filled) if filled else ''}"


def object_path(bucket: str, key: str, page: str = "/object", **query: str) -> str:
    """The path of a page of an object."""
    return bucket_path(bucket, page, key=key, **query)


def folder_crumbs(bucket: str, prefix: str, **query: str) -> Sequence[Crumb]:
    """The bucket and each folder of the prefix, from the outermost."""
    crumbs = [(bucket, bucket_path(bucket, **query))]
    parts = prefix.split("/")[:-1]
    for depth, part in enumerate(parts, start=1):
        folder = "/".join(parts[:depth]) + "/"
        crumbs.append((part or "/", bucket_path(bucket, prefix=folder, **query)))
    return crumbs


def parent_folder(key: str) -> str:
    """The prefix of the folder that an object, or a folder, is in; "" for the bucket itself."""
    return key.rstrip("/")[: key.rstrip("/").rfind("/") + 1]


def image_path(uri: str) -> str:
    """The path of the thumbnail of the image that an s3:// URI names; "" if it names no image that a browser shows."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return object_path(bucket, key, "/thumbnail") if bucket and image_type(key) is not None else ""


def uri_path(uri: str) -> str:
    """The path of the page of the object that an s3:// URI names."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return object_path(bucket, key)
