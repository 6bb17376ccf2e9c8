"""What a worker would see of a draft: its template with an object of its input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.labeling.inputs import MAX_LABELS
from trigpoint.labeling.model import DataObject
from trigpoint.labeling.preview import trial_job
from trigpoint.labeling.setup.labels import LabelLine, label_document, read_labels
from trigpoint.labeling.setup.task_template import build_template
from trigpoint.labeling.task_types.contract import CategoryRules, TaskType
from trigpoint.labeling.template_files import check_template
from trigpoint.labeling.templates import Sign, TaskTemplates
from trigpoint.language import current, gettext
from trigpoint.server.console.labeling_setup.draft_values import samples_of
from trigpoint.server.console.labeling_setup.task_fields import chosen_texts, task_type_of

_HERE = "of this form"


@dataclass(frozen=True, slots=True)
class Trial:
    """Renders drafts."""

    templates: TaskTemplates

    def render(
        self,
        values: Mapping[str, str],
        number: int,
        sign: Sign,
        task_input: Mapping[str, Any] | None = None,
    ) -> str:
        """The page of the sample with this number, from 0; numbers go round.

        task_input: what a function has made of the line; None for that of the task type.
        Raises: Invalid: there is no sample, or the template cannot be shown; says why.
        """
        line = sample_line(values, number)
        task_type = task_type_of(values)
        # Elements refuse an empty list, and the person has only begun.
        labels = _labels(values) or (LabelLine(gettext("Label")),)
        template = values["template"] or build_template(task_type, chosen_texts(values, labels))
        if task_input is None:
            task_input = _task_input(task_type, values, labels, line)
        return self.templates.render(template, task_input, sign, language=current())

    def problem(self, values: Mapping[str, str]) -> str:
        """What is wrong with the person's own template; "" if nothing is."""
        if not values["template"]:
            return ""
        try:
            check_template(self.templates, values["template"], _HERE, task_type_of(values))
            if not values["pre_function"]:  # filters are looked up only when the template is rendered
                self.render(values, 0, str)
        except Invalid as problem:
            return problem.message.removeprefix(f"the task template {_HERE}").lstrip(", ")
        return ""


def sample_line(values: Mapping[str, str], number: int) -> str:
    """The line of a sample. Raises: Invalid: there is none."""
    samples = samples_of(values)
    if not samples:
        raise Invalid("the input was not looked at yet")
    return samples[number % len(samples)]


def _labels(values: Mapping[str, str]) -> tuple[LabelLine, ...]:
    """The labels so far; those before the first bad line."""
    found: dict[str, LabelLine] = {}
    for line in values["labels"].splitlines()[:MAX_LABELS]:
        try:
            labels = read_labels(line, CategoryRules(minimum=0))
        except Invalid:
            break
        if any(label.name in found for label in labels):
            break
        found |= {label.name: label for label in labels}
    return tuple(found.values())


def _task_input(
    task_type: TaskType[Any], values: Mapping[str, str], labels: tuple[LabelLine, ...], line: str
) -> Mapping[str, Any]:
    document = label_document(labels, values["reviewed"] if task_type.reviews else "")
    job = trial_job(task_type, tuple(label.name for label in labels), document)
    try:
        return task_type.task_input(job, DataObject("preview", 0, line))
    except (TrigpointError, ValueError) as problem:
        raise Invalid(f"the object {json.loads(line)!r} cannot be shown: {problem}") from None
