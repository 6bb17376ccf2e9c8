"""Reading what workers submit: first the limits of the task type, then its own rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.answer_limits import check_depth, check_size, check_values
from trigpoint.labeling.task_types.contract import TaskType

A = TypeVar("A")


def read_answer(
    task_type: TaskType[A], job: Job, data_object: DataObject, answer: Mapping[str, Any], size_bytes: int
) -> A:
    """The answer, as the task type reads it; `size_bytes` is the length of its JSON text.

    Raises: Invalid: the answer exceeds a limit or cannot be used; names the field, the value and the rule.
    """
    check_depth("answer", answer)
    check_values(answer, task_type.answer_limits)
    check_size(size_bytes, task_type.answer_limits)
    return task_type.read_answer(job, data_object, answer)


def read_stored_answer(task_type: TaskType[A], job: Job, data_object: DataObject, content: str) -> A:
    """The answer in its JSON text. Another version, with other limits, may have accepted it.

    Raises: Invalid: as `read_answer`.
    """
    check_size(len(content), task_type.answer_limits)
    answer = parsed_content(content)
    if not isinstance(answer, dict):
        raise Invalid("the answer is not a JSON object, or is nested too deeply")
    return read_answer(task_type, job, data_object, answer, len(content.encode()))


def parsed_content(content: str) -> Any:
    """The answer in its JSON text; the text itself if it is nested so deeply that it cannot be part of a document."""
    try:
        answer = json.loads(content)
        check_depth("answer", answer)
    except (ValueError, RecursionError, Invalid):
        return content
    return answer


def json_text(what: str, value: Any, limit_bytes: int) -> str:
    """The value as JSON with its keys sorted.

    Raises: Invalid: it is not JSON, is nested too deeply, or its text has more than `limit_bytes`.
    """
    check_depth(what, value)
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size_bytes = len(text.encode())
    except RecursionError:
        raise Invalid(f"the {what} is nested too deeply") from None
    except UnicodeEncodeError:
        raise Invalid(f"the {what} has text that is not valid Unicode") from None
    except ValueError:
        raise Invalid(f"the {what} has a number that JSON does not know: NaN or Infinity") from None
    except TypeError as problem:
        raise Invalid(f"the {what} is not JSON: {problem}") from None
    if size_bytes > limit_bytes:
        raise Invalid(f"the {what} has {size_bytes} bytes; at most {limit_bytes} are allowed")
    return text
