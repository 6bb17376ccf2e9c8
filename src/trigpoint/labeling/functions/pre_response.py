"""The event for a pre-annotation function, and what it returns. Pure.

Source: ground-truth.md 4.4.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.functions.calls import FunctionFailed
from trigpoint.labeling.gold import without_gold
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.answer_limits import check_depth

VERSION = "2018-10-16"
MAX_INPUT_CHARACTERS = 2**20
"""Of the JSON text of a task input: the task page loads it whole."""

_REQUIRED = ("isHumanAnnotationRequired", "humanAnnotationRequired")
"""The documented key, and the one that AWS's sample code returns."""

_YES_OR_NO = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class TaskInput:
    """What a function returned for an object: `content` is JSON text; without `is_needed` no worker sees it."""

    content: str
    is_needed: bool


def pre_event(job: Job, data_object: DataObject) -> dict[str, Any]:
    """The event for one data object."""
    return {
        "version": VERSION,
        "labelingJobArn": job.arn,
        "dataObject": without_gold(job, data_object).content,
    }


def read_pre_response(name: str, response: Any) -> TaskInput:
    """The response, checked.

    Raises: FunctionFailed: it has no usable taskInput; names the key and the rule.
    """
    if not isinstance(response, dict):
        raise _bad(name, f'must be an object with the key "taskInput", not {_shown(response)}')
    is_needed = all(_is_yes(name, key, response[key]) for key in _REQUIRED if response.get(key) is not None)
    if "taskInput" not in response:
        if not is_needed:
            return TaskInput("{}", is_needed)
        raise _bad(name, f'has no key "taskInput", but {_keys(response)}')
    task_input = response["taskInput"]
    if not isinstance(task_input, dict):
        raise _bad(name, f'"taskInput" must be an object, not {_shown(task_input)}')
    try:
        check_depth("taskInput", task_input)
        json.dumps(task_input, ensure_ascii=False).encode()
        content = json.dumps(task_input, allow_nan=False, separators=(",", ":"))
    except Invalid as problem:
        raise _bad(name, problem.message) from None
    except UnicodeEncodeError:
        raise _bad(name, '"taskInput" has half of a surrogate pair, which is no character') from None
    except ValueError:
        raise _bad(name, '"taskInput" has a number that is too large') from None
    if len(content) > MAX_INPUT_CHARACTERS:
        raise _bad(
            name, f'"taskInput" has {len(content)} characters; at most {MAX_INPUT_CHARACTERS} are allowed'
        )
    return TaskInput(content, is_needed)


def _is_yes(name: str, key: str, value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in _YES_OR_NO:
        return _YES_OR_NO[value.strip().lower()]
    if not isinstance(value, bool):
        raise _bad(name, f'"{key}" must be true or false, not {_shown(value)}')
    return value


def _bad(name: str, problem: str) -> FunctionFailed:
    return FunctionFailed(f"the response of the pre-annotation function {name!r}: {problem}")


def _keys(response: dict[str, Any]) -> str:
    return ", ".join(map(repr, list(response)[:10])) or "no key at all"


def _shown(value: Any) -> str:
    return json.dumps(value)[:100]
