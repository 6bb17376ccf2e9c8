"""Reading a job's template and its other small files, and checking that the template fits the task type."""

from __future__ import annotations

from typing import Any

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import MAX_TEMPLATE_BYTES, TaskTemplates
from trigpoint.objects import ObjectStore
from trigpoint.remote import RemoteUnavailable


class MissingElement(Invalid):
    """The template lacks the element that its task type needs."""


def read_small_file(objects: ObjectStore, what: str, uri: str, limit_bytes: int) -> bytes:
    """The bytes of the object; `what` names it in messages.

    Raises: Invalid: it cannot be read, or is too large. RemoteUnavailable: its store does not answer.
    """
    try:
        size_bytes = objects.head_uri(uri).size_bytes
        content = objects.read_uri(uri) if size_bytes <= limit_bytes else b""
    except RemoteUnavailable:
        raise
    except TrigpointError as problem:
        raise Invalid(f"{what} {uri} cannot be read: {problem.message}") from None
    if size_bytes > limit_bytes:
        raise Invalid(f"{what} {uri} cannot be read: it is larger than {limit_bytes // 2**20} MiB")
    return content


def read_template(objects: ObjectStore, uri: str) -> str:
    """The text of a template.

    Raises: as read_small_file; Invalid: it is not UTF-8 text.
    """
    content = read_small_file(objects, "the task template", uri, MAX_TEMPLATE_BYTES)
    try:
        template = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid(f"the task template {uri} is not UTF-8 text: byte {problem.start + 1}") from None
    if "\x00" in template:
        line = template.count("\n", 0, template.index("\x00")) + 1
        raise Invalid(f"the task template {uri} has a NUL character in line {line}")
    return template


ELEMENTS_WITH_FORM = ("crowd-entity-annotation",)
"""Elements that submit their own answer. A template of a custom job needs one of them, or a crowd-form."""


def check_template(templates: TaskTemplates, template: str, uri: str, task_type: TaskType[Any]) -> None:
    """Raises Invalid when the template is not Liquid; MissingElement."""
    try:
        found = templates.elements(template)
    except TemplateError as problem:
        raise Invalid(f"the task template {uri}, {problem.message}") from None
    for needed in filter(None, ("" if task_type.element_has_form else "crowd-form", task_type.element)):
        others = task_type.other_elements if needed == task_type.element else ()
        if not task_type.element:
            others = ELEMENTS_WITH_FORM
        if found.isdisjoint((needed, *others)):
            choice = f" (or {', '.join(f'<{other}>' for other in others)})" if others else ""
            raise MissingElement(
                f"the task template {uri} has no <{needed}> element{choice}, which jobs of the task type "
                f"{task_type.title} need; comments and scripts do not count"
            )
