"""What the elements for choosing classes submit: reading and writing it.

The elements of Ground Truth submit {"label": "cat"} or {"labels": ["cat", "dog"]}, both under the name of the element.
Radio buttons and check boxes submit whether each of them is on: {"cat": true, "dog": false}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.answer_limits import AnswerLimits, shown_name

MAX_COMMENT_CHARACTERS: Final = 2_000

CHOICE_LIMITS: Final = AnswerLimits(entries=1_000, size_bytes=256 * 1024)
"""Decision: AWS documents no limit. 50 labels with the longest names take 52 KB, and 1,000 radio buttons fit on no page."""

BUTTONS: Final = ("crowd-radio-button", "crowd-radio-group", "input")
"""Elements of a template that offers one class per button instead of using an element for classes."""

BOXES: Final = ("crowd-checkbox", "crowd-toggle-button", "input")
"""The same for several classes."""

_USUAL_NAMES: Final = (
    "crowd-image-classifier",
    "crowd-image-classifier-multi-select",
    "crowd-classifier",
    "crowd-classifier-multi-select",
)
"""What AWS's templates call their elements for classes."""

_COMMENT = "workerComment"
_UNNAMED_VALUE = "on"
"""What a button or box has as its value when the template gives it none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The ids of the classes that a worker chose, ascending, and their comment; "" without one.

    A worker who chose the exclusion category, or no box, has no class: they say that no class fits.
    """

    class_ids: tuple[int, ...]
    comment: str = ""


def read_one(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> Choice:
    """The answer of a worker who may choose one class.

    Raises: Invalid: the answer cannot be used; names the field and the rule.
    """
    choice = _read(answer, job.labels)
    if len(choice.class_ids) > 1:
        names = ", ".join(repr(shown_name(job.labels[class_id])) for class_id in choice.class_ids[:5])
        raise Invalid(f"the answer has {len(choice.class_ids)} labels ({names}); one must be chosen")
    if not choice.class_ids and not _elements(answer):
        raise Invalid("the answer has no label: none of the buttons is on; one must be chosen")
    return choice


def read_several(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> Choice:
    """The answer of a worker who may choose several classes.

    Raises: Invalid: the answer cannot be used; names the field and the rule.
    """
    return _read(answer, job.labels)


def write_one(element: str, label: str | None) -> dict[str, Any]:
    """The answer with this class, as crowd-form submits it; None for the exclusion category."""
    return {element: {"label": label}}


def write_several(element: str, labels: Sequence[str]) -> dict[str, Any]:
    """The answer with these classes, as crowd-form submits it."""
    return {element: {"labels": list(labels)}}


def _read(answer: Mapping[str, Any], labels: Sequence[str]) -> Choice:
    elements = _elements(answer)
    if not elements:
        return _read_buttons(answer, labels)
    name = _only_one(elements)
    value, where = answer[name], shown_name(name)
    chosen = _read_list(where, value["labels"]) if "labels" in value else _read_label(where, value["label"])
    return _choice([_class_id(*each, labels) for each in chosen], _read_comment(where, value))


def _elements(answer: Mapping[str, Any]) -> list[str]:
    """The names of the elements for classes."""
    return [name for name, value in answer.items() if _is_element(value)]


def _choice(class_ids: Sequence[int], comment: str = "") -> Choice:
    return Choice(tuple(sorted(set(class_ids))), comment)


def _is_element(value: Any) -> bool:
    """Whether a field is of an element for classes. A button whose value is "label" or "labels" has true or false."""
    return isinstance(value, Mapping) and any(
        key in value and not isinstance(value[key], bool) for key in ("label", "labels")
    )


def _only_one(elements: Sequence[str]) -> str:
    """Decision: templates may have further elements, if the one that gives the label has its usual name."""
    usual = [name for name in elements if name in _USUAL_NAMES]
    found = usual or elements
    if len(found) > 1:
        names = ", ".join(shown_name(name) for name in found[:5])
        raise Invalid(
            f"the answer has labels of {len(found)} elements ({names}); the template must have one of them"
        )
    return found[0]


def _read_label(where: str, label: Any) -> list[tuple[str, str]]:
    """Decision: "" and null are the choice of the exclusion category, of which AWS does not say what it submits."""
    where = f"{where}.label"
    if label is None or label == "":
        return []
    if not isinstance(label, str):
        raise Invalid(f"{where} must be text, a label of the job")
    return [(where, label)]


def _read_list(where: str, chosen: Any) -> list[tuple[str, str]]:
    where = f"{where}.labels"
    if not isinstance(chosen, list):
        raise Invalid(f"{where} must be a list of labels of the job")
    for k, label in enumerate(chosen):
        if not isinstance(label, str):
            raise Invalid(f"{where}[{k}] must be text, a label of the job")
    return [(f"{where}[{k}]", label) for k, label in enumerate(chosen)]


def _class_id(where: str, label: str, labels: Sequence[str]) -> int:
    if label not in labels:
        raise Invalid(f"{where}: the job has no label {shown_name(label)!r}")
    return labels.index(label)


def _read_comment(where: str, value: Mapping[str, Any]) -> str:
    comment = value.get(_COMMENT, "")
    if not isinstance(comment, str):
        raise Invalid(f"{where}.{_COMMENT} must be text")
    if len(comment) > MAX_COMMENT_CHARACTERS:
        raise Invalid(
            f"{where}.{_COMMENT} has {len(comment)} characters; at most {MAX_COMMENT_CHARACTERS} are allowed"
        )
    return comment.strip()


def _read_buttons(answer: Mapping[str, Any], labels: Sequence[str]) -> Choice:
    """The choice of radio buttons or check boxes.

    A button stands for the class that is its value, or its name if it has no value. Fields in which no button stands
    for a class are other questions of the template.
    """
    fields = [
        (name, value)
        for name, value in answer.items()
        if _is_field_of_buttons(value) and any(_label_of(name, option) in labels for option in value)
    ]
    if not fields:
        raise Invalid('the answer has no element with a "label" or "labels", and no button of a label')
    chosen = [(name, option) for name, value in fields for option, on in value.items() if on]
    return _choice([_class_id(shown_name(name), _label_of(name, option), labels) for name, option in chosen])


def _is_field_of_buttons(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(on, bool) for on in value.values())


def _label_of(name: str, option: str) -> str:
    return name if option == _UNNAMED_VALUE else option
