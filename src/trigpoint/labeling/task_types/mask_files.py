"""A mask that a manifest line refers to: which file it is, what its colours mean, and its pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.labeling.task_types.image_facts import MAX_IMAGE_BYTES
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.labels.masks import BACKGROUND, read_color_map


@dataclass(frozen=True, slots=True)
class MaskFile:
    """The label attribute, the URI of the mask, and the colour of each class in it by the class's name."""

    attribute: str
    uri: str
    colors: Mapping[str, str]


def mask_file(attribute: str, value: Any, metadata: Mapping[str, Any], where: str) -> MaskFile:
    """The mask in a label attribute.

    Raises: Invalid: it is no URI of an object, or its metadata do not give each class a name and a colour; the message
            begins with `where`.
    """
    if not isinstance(value, str):
        raise Invalid(f"{where}: it must be the URI of a mask")
    try:
        _, key = parse_s3_uri(value)
    except Invalid as problem:
        raise Invalid(f"{where}: {problem.message}") from None
    if not key:
        raise Invalid(f"{where}: {value!r} names a bucket, not an object")
    colors: dict[str, str] = {}
    for found in read_color_map(metadata, where).values():
        if found.name == BACKGROUND:
            continue
        if found.name in colors or found.color in colors.values():
            raise Invalid(f"{where}: two classes have the name {found.name!r} or the colour {found.color}")
        colors[found.name] = found.color
    return MaskFile(attribute, value, colors)


def read_mask_file(objects: ObjectStore, mask: MaskFile, where: str) -> bytes:
    """The bytes of the file. Raises: Invalid, NotFound: it cannot be read; the message begins with `where`."""
    try:
        found = objects.open_object(*parse_s3_uri(mask.uri))
    except NotFound as problem:
        raise NotFound(f"{where}: {problem.message}") from None
    with found.file as file:
        if found.info.size_bytes > MAX_IMAGE_BYTES:
            raise Invalid(
                f"{where}: {mask.uri} has {found.info.size_bytes} bytes; at most {MAX_IMAGE_BYTES} are allowed"
            )
        return file.read()
