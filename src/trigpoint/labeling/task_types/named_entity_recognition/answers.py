"""What crowd-entity-annotation submits: reading and writing it.

Its offsets count Unicode code points, as those of labels do. A script that measures a text in a browser counts UTF-16
units instead, in which an emoji has two.

Decision: offsets are never converted, because a span that fits both ways would silently move. A span that ends after the
text is refused with both ways of counting named.

Source: ground-truth.md 8.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.answer_limits import shown_name
from trigpoint.labeling.task_types.text_facts import text_length_of
from trigpoint.records.labels.spans import Span, read_span, write_span

Entities = Sequence[Span]

_ELEMENT_NAME = "crowd-entity-annotation"
_LONGEST_QUOTE = 80


def read_answer(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> Entities:
    """The spans of an answer, in the order of the text; none if the worker marked nothing.

    Spans may overlap, and one part of the text may have several labels. Decision: equal spans with the same label count
    once. An answer with a span outside the text, or with a label that the job does not have, is not used at all.

    Raises: Invalid: the answer cannot be used; names the field and the rule.
    """
    name, entities = _element(answer)
    length, labels = text_length_of(data_object), frozenset(job.labels)
    spans = set()
    for k, entry in enumerate(entities):
        where = f"{name}.entities[{k}]"
        span = read_span(where, entry, length)
        if span.label not in labels:
            raise Invalid(f"{where}.label: the job has no label {span.label[:_LONGEST_QUOTE]!r}")
        spans.add(span)
    return tuple(sorted(spans))


def write_answer(spans: Sequence[Span]) -> dict[str, Any]:
    """The answer with these spans, as crowd-entity-annotation submits it."""
    return {_ELEMENT_NAME: {"entities": [write_span(span) for span in spans]}}


def _element(answer: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Name, for messages, and spans of the element that the text was marked in."""
    names = sorted(
        answer, key=lambda name: name != _ELEMENT_NAME
    )  # the usual name first, the others in their order
    for name in names:
        value = answer[name]
        if isinstance(value, Mapping) and isinstance(value.get("entities"), list):
            return shown_name(name), value["entities"]
    raise Invalid("the answer has no element with a list of entities")
