"""Labels of named entities in a text.

The label holds the spans with their label names, and the label categories as the requester wrote them; the metadata
holds one entry per span in `entities`. Offsets count Unicode code points from 0, and the end is exclusive.

Source: ground-truth.md 3.8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.values import quoted, write_number

TEXT_SPAN: Final = "groundtruth/text-span"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A part of a text with the name of its label: code points from 0, the end exclusive."""

    start: int
    end: int
    label: str


def read_span(where: str, entry: Any, text_length: int | None = None) -> Span:
    """A span as crowd-entity-annotation and labels write it.

    text_length: of the text in code points; None if it is not known.
    Raises: Invalid: it is malformed, empty, or outside the text; the message begins with `where`.
    """
    if not isinstance(entry, Mapping):
        raise Invalid(f"{where} must be an object, not {quoted(entry)}")
    label = entry.get("label")
    if not isinstance(label, str):
        raise Invalid(f"{where}.label must be text, not {quoted(label)}")
    start, end = (_offset(where, entry, side) for side in ("startOffset", "endOffset"))
    if start < 0:
        raise Invalid(f"{where}.startOffset is {start}; offsets begin at 0")
    if end <= start:
        raise Invalid(f"{where}.endOffset is {end}; it must be larger than startOffset, which is {start}")
    if text_length is not None and end > text_length:
        raise Invalid(
            f"{where}.endOffset is {end}, but the text has {text_length} characters; offsets count Unicode code "
            "points, not bytes or UTF-16 units"
        )
    return Span(start, end, label)


def _offset(where: str, entry: Mapping[str, Any], side: str) -> int:
    value = entry.get(side)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(f"{where}.{side} must be a whole number of characters, not {quoted(value)}")
    return value


def write_span(span: Span) -> dict[str, Any]:
    """The span as crowd-entity-annotation and labels write it."""
    return {"endOffset": span.end, "label": span.label, "startOffset": span.start}


def write_span_label(spans: Sequence[Span], categories: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The label with these spans, in their order; categories: those of the label category file, as they are."""
    entities = [write_span(span) for span in spans]
    return {"annotations": {"entities": entities, "labels": [dict(each) for each in categories]}}


def write_span_metadata(confidences: Sequence[float]) -> dict[str, Any]:
    """The metadata's own members, given the confidence of each span. Confidences have two decimals."""
    return {"entities": [{"confidence": write_number(round(each, 2))} for each in confidences]}


def parse_span_label(value: Any, where: str, text_length: int | None = None) -> list[Span]:
    """The spans of a label, in its order.

    Raises: Invalid: the label is malformed; the message begins with `where`.
    """
    annotations = value.get("annotations") if isinstance(value, Mapping) else None
    entities = annotations.get("entities") if isinstance(annotations, Mapping) else None
    if not isinstance(entities, list):
        raise Invalid(f"{where} has no annotations with a list of entities")
    return [
        read_span(f"{where}: annotations.entities[{k}]", entry, text_length)
        for k, entry in enumerate(entities)
    ]
