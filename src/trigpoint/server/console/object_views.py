"""What a page shows of a data object: its picture or text, its label and its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.labeling.gallery import SeenObject
from trigpoint.labeling.model import Answer, Job
from trigpoint.records.labels.colours import UNLISTED, colours_of
from trigpoint.records.labels.drawing import Drawing, MarkedSpan, drawing_of_answer, drawing_of_label

MOST_TEXT: Final = 280
"""Characters of a text in the gallery."""
MOST_TEXT_OF_ONE: Final = 100_000
MOST_JSON: Final = 100_000


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The answer of one worker."""

    answer: Answer
    worker: str
    drawing: Drawing
    number: int


@dataclass(frozen=True, slots=True)
class ObjectView:
    """One object. `size`: of its picture; None if it is unknown, and then no shapes can be placed."""

    seen: SeenObject
    label: Drawing
    answers: Sequence[AnswerView]
    image_uri: str
    text: str
    size: tuple[int, int] | None
    colours: Mapping[str, str]

    @property
    def name(self) -> str:
        """The last part of the image's key, or the beginning of the text."""
        return self.image_uri.rsplit("/", 1)[-1] if self.image_uri else self.text[:80]

    @property
    def view_box(self) -> str:
        return "" if self.size is None else f"0 0 {self.size[0]} {self.size[1]}"

    @property
    def has_one_answer(self) -> bool:
        """Whether the label is the answer of one person. Its confidence is 0 in the manifest, and means nothing."""
        return self.seen.answer_count == 1 and not self.seen.confidence and not self.seen.is_automatic

    @property
    def is_image(self) -> bool:
        return bool(self.image_uri)

    def colour(self, class_name: str) -> str:
        return self.colours.get(class_name, UNLISTED)

    def pieces(self, most: int = MOST_TEXT) -> list[tuple[str, MarkedSpan | None]]:
        """The text in pieces, those of entities with them. Of entities that overlap, the first one is marked."""
        return marked_pieces(self.text, self.label.spans, most)

    @property
    def json(self) -> str:
        """The output line for people, cut when it is long."""
        text = json.dumps(self.seen.line, ensure_ascii=False, indent=2)
        return text if len(text) <= MOST_JSON else text[:MOST_JSON] + "\n…"


def marked_pieces(text: str, spans: Sequence[MarkedSpan], most: int) -> list[tuple[str, MarkedSpan | None]]:
    """The first `most` characters of a text, in pieces."""
    shown, at = text[:most], 0
    found: list[tuple[str, MarkedSpan | None]] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        if span.start < at or span.end > len(shown):
            continue
        found += [(shown[at : span.start], None), (shown[span.start : span.end], span)]
        at = span.end
    rest = shown[at:] + ("…" if len(text) > most else "")
    return [piece for piece in (*found, (rest, None)) if piece[0]]


def object_view(job: Job, seen: SeenObject, workers: Mapping[str, str], own: Mapping[str, str]) -> ObjectView:
    """The view of an object. workers: names by id. own: the colours that the job gives its labels."""
    attribute = job.spec.label_attribute
    label = drawing_of_label(seen.line, attribute, dict(enumerate(job.labels)))
    answers = [
        AnswerView(each, workers.get(each.worker_id, each.worker_id), drawing_of_answer(each.content), k)
        for k, each in enumerate(seen.answers)
    ]
    source, text = seen.line.get("source-ref"), seen.line.get("source")
    uri = source if isinstance(source, str) else ""
    colours = colours_of(job.labels, {**own, **dict(each for each in label.colours if each[1])})
    return ObjectView(
        seen=seen,
        label=label,
        answers=answers,
        image_uri=uri,
        text=text if isinstance(text, str) and not uri else "",
        size=label.size
        or _measured(seen.facts)
        or next((a.drawing.size for a in answers if a.drawing.size), None),
        colours=colours,
    )


def own_colours(job: Job) -> dict[str, str]:
    """The colours in the job's label category file, by label."""
    entries = job.category_file.get("labels")
    found = {}
    for each in entries if isinstance(entries, list) else ():
        if isinstance(each, Mapping) and isinstance(colour := each.get("color"), str):
            found[str(each.get("label", ""))] = colour
    return found


def _measured(facts: Mapping[str, Any] | None) -> tuple[int, int] | None:
    width, height = (facts or {}).get("width"), (facts or {}).get("height")
    return (width, height) if isinstance(width, int) and isinstance(height, int) else None
