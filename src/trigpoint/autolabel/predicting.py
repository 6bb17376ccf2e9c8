"""Reads what the transform jobs of a round have predicted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.learners import Sent
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.objects import ObjectStore

INPUT_OF_LINES = "texts.jsonl"


def read_replies(objects: ObjectStore, output_uri: str, sent: Sent, kind: LabelKind) -> dict[int, Any]:
    """What the model has found, by object index, as `kind` reads it; objects that it could not read are left out.

    Raises: Invalid: an output is not of these objects, or of a model that has diverged. RemoteUnavailable.
    """
    found: dict[int, Any] = {}
    for index, (reply, uri) in zip(sent.indexes, _replies(objects, output_uri, sent), strict=True):
        value = None if reply is None else kind.read(reply, uri)
        if value is not None:
            found[index] = value
    return found


def _replies(objects: ObjectStore, output_uri: str, sent: Sent) -> Iterable[tuple[bytes | None, str]]:
    """The reply for each object, and the file that it is in; None for one that could not be sent or read."""
    if sent.keys:
        return _files(objects, output_uri, sent)
    uri = f"{output_uri}/{INPUT_OF_LINES}.out"
    try:
        content = objects.read_uri(uri)
    except NotFound as error:
        raise Invalid(f"the predictions are missing: {error.message}") from None
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) != len(sent.indexes):
        raise Invalid(f"{output_uri} has {len(lines)} predictions for {len(sent.indexes)} objects")
    return [(line, uri) for line in lines]


def _files(objects: ObjectStore, output_uri: str, sent: Sent) -> Iterator[tuple[bytes | None, str]]:
    last, content = "", None
    for key in sent.keys:
        uri = f"{output_uri}/{key}.out"
        if key != last:  # an image of several objects was predicted once
            last = key
            try:
                content = objects.read_uri(uri)
            except NotFound:
                content = None
        yield content, uri
