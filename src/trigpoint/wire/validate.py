"""Checks of requests, and of our own answers, against the rules of the service model.

The model's metadata are the only rules here: required, min, max, enum, pattern. Unknown members have been
dropped by the parser, as AWS does. The texts are AWS's own, because clients and people search for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, partial
from operator import methodcaller
from typing import Any

from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import Operation, Shape, members
from trigpoint.wire.paths import MapKey, Path, member_path
from trigpoint.wire.patterns import matches

MAX_REPORTED = 20
_MAX_VALUE_CHARS = 256
_MAX_MATCHED_CHARS = 1_000_000
_INSTANCE_TYPE = re.compile(
    r"ml\.[a-z]+\d*[a-z\d]*(-[a-z\d]+)*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)"
)


def validate(operation: Operation, request: Mapping[str, Any], code: str = "ValidationException") -> None:
    """Passes when the request keeps every rule.

    Args:   code: the error's code; query services say `ValidationError`.
    Raises: AwsError: one message that names every broken rule (the first 20).
    """
    if operation.input_shape is None:
        return
    violations = list(_violations(operation.input_shape, request, ()))
    if not violations:
        return
    count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: "
    more = "; ..." if len(violations) > MAX_REPORTED else ""
    raise AwsError(code, count + "; ".join(violations[:MAX_REPORTED]) + more)


def answer_problems(operation: Operation, result: Mapping[str, Any]) -> list[str]:
    """The problems of an answer of ours: members that the model does not know, required ones that are
    absent.

    Strict clients (the SageMaker SDK v3) refuse such answers.
    """
    if operation.output_shape is None:
        return [f"the operation has no output, but the answer has {sorted(result)}"] if result else []
    if _is_sound(operation.output_shape, result):
        return []
    return list(_answer_problems(operation.output_shape, result, ()))


def _violations(shape: Shape, value: Any, path: Path) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield from _structure_violations(shape, value, path)
        case "list":
            yield from _broken(path, value, _size_rules(shape, len(value), "length"))
            yield from _list_violations(shape, value, path)
        case "map":
            yield from _broken(path, value, _size_rules(shape, len(value), "length"))
            yield from _map_violations(shape, value, path)
        case _:
            yield from _broken(path, value, _scalar_rules(shape, value))


def _structure_violations(shape: Shape, value: Mapping[str, Any], path: Path) -> Iterator[str]:
    if getattr(shape, "is_document_type", False):
        return
    required = set(shape.required_members)
    for name, member in members(shape).items():
        if value.get(name) is not None:
            yield from _violations(member, value[name], (*path, name))
        elif name in required:
            yield _violation((*path, name), None, "Member must not be null")


def _list_violations(shape: Shape, value: list[Any], path: Path) -> Iterator[str]:
    member = shape.member
    for index, item in enumerate(value, 1):
        if item is None:
            yield _violation((*path, index), None, "Member must not be null")
        elif member.type_name in ("structure", "list", "map"):
            yield from _violations(member, item, (*path, index))
        elif any(_scalar_rules(member, item)):
            yield _violation(path, value, f"Member must satisfy constraint: [{', '.join(_rules_of(member))}]")
            return


def _map_violations(shape: Shape, value: Mapping[str, Any], path: Path) -> Iterator[str]:
    if any(any(_scalar_rules(shape.key, key)) for key in value):
        yield _violation(
            path, value, f"Map keys must satisfy constraint: [{', '.join(_rules_of(shape.key))}]"
        )
    member = shape.value
    for key, item in value.items():
        if item is None:
            yield _violation((*path, MapKey(key)), None, "Member must not be null")
        elif member.type_name in ("structure", "list", "map"):
            yield from _violations(member, item, (*path, MapKey(key)))
        elif any(_scalar_rules(member, item)):
            yield _violation(
                path, value, f"Map value must satisfy constraint: [{', '.join(_rules_of(member))}]"
            )
            return


def _scalar_rules(shape: Shape, value: Any) -> Iterator[str]:
    """The rules that a scalar breaks."""
    if shape.type_name == "string":
        yield from _text_rules(shape, value)
    elif shape.type_name == "blob":
        yield from _size_rules(shape, len(value), "length")
    elif shape.type_name in ("integer", "long", "short", "byte", "float", "double"):
        yield from _size_rules(shape, value, "value")


def _text_rules(shape: Shape, value: str) -> Iterator[str]:
    too_long = len(value) > shape.metadata.get("max", _MAX_MATCHED_CHARS)
    yield from _size_rules(shape, len(value), "length")
    pattern = shape.metadata.get("pattern")
    if pattern and not too_long and not matches(pattern, value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    if shape.metadata.get("enum") and not _in_enum(shape.metadata["enum"], value):
        yield _enum_rule(shape)


def _size_rules(shape: Shape, size: float, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"Member must have {what} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"Member must have {what} less than or equal to {most}"


def _in_enum(allowed: list[str], value: str) -> bool:
    """Whether the value is one of the enum; instance types newer than the model count when they look like
    one."""
    if value in allowed:
        return True
    return any(word.startswith("ml.") for word in allowed) and _INSTANCE_TYPE.fullmatch(value) is not None


def _rules_of(shape: Shape) -> Iterator[str]:
    """All the rules of a scalar, kept or broken, as AWS lists them for items of lists and maps."""
    what = "length" if shape.type_name in ("string", "blob") else "value"
    if "max" in shape.metadata:
        yield f"Member must have {what} less than or equal to {shape.metadata['max']}"
    if "min" in shape.metadata:
        yield f"Member must have {what} greater than or equal to {shape.metadata['min']}"
    if "pattern" in shape.metadata:
        yield f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}"
    if shape.metadata.get("enum"):
        yield _enum_rule(shape)


def _enum_rule(shape: Shape) -> str:
    return f"Member must satisfy enum value set: [{', '.join(shape.metadata['enum'])}]"


def _broken(path: Path, value: Any, rules: Iterator[str]) -> Iterator[str]:
    return (_violation(path, value, rule) for rule in rules)


def _violation(path: Path, value: Any, rule: str) -> str:
    said = "Value null" if value is None else f"Value '{_shown(value)}'"
    return f"{said} at '{member_path(path)}' failed to satisfy constraint: {rule}"


def _shown(value: Any) -> str:
    """A value as AWS shows it (Java's toString), cut when it is long."""
    match value:
        case bytes():
            text = f"{len(value)} bytes"
        case list():
            text = f"[{', '.join(_shown(item) for item in value[:20])}]"
        case Mapping():
            text = f"{{{', '.join(f'{key}={_shown(item)}' for key, item in list(value.items())[:20])}}}"
        case _:
            text = str(value)
    return text if len(text) <= _MAX_VALUE_CHARS else text[:_MAX_VALUE_CHARS] + "..."


def _is_sound(shape: Shape, value: Any) -> bool:
    """Whether `_answer_problems` finds nothing, at a fraction of its cost."""
    judge = _judge(shape)
    return value is None or judge is None or judge(value)


@cache  # by the shape itself: botocore keeps those of a model
def _judge(shape: Shape) -> Callable[[Any], bool] | None:
    """The check of a shape's values; None for shapes without members to check."""
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            return _StructureJudge(shape)
        case "list":
            return partial(_all_sound, shape.member, iter)
        case "map":
            return partial(_all_sound, shape.value, methodcaller("values"))
        case _:
            return None


class _StructureJudge:
    """Looks its members up when it is first used, since shapes may contain themselves."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    @cached_property
    def _inner(self) -> dict[str, Callable[[Any], bool] | None]:
        return {name: _judge(member) for name, member in members(self._shape).items()}

    def __call__(self, value: Mapping[str, Any]) -> bool:
        inner = self._inner
        for name, item in value.items():
            if name not in inner:
                return False
            judge = inner[name]
            if judge is not None and item is not None and not judge(item):
                return False
        return all(value.get(name) is not None for name in self._shape.required_members)


def _all_sound(shape: Shape, items: Callable[[Any], Iterable[Any]], value: Any) -> bool:
    judge = _judge(shape)
    return judge is None or all(item is None or judge(item) for item in items(value))


def _answer_problems(shape: Shape, value: Any, path: Path) -> Iterator[str]:
    if value is None or getattr(shape, "is_document_type", False):
        return
    match shape.type_name:
        case "structure":
            known = members(shape)
            yield from (f"unknown member {member_path((*path, name))}" for name in value if name not in known)
            for name, member in known.items():
                if value.get(name) is not None:
                    yield from _answer_problems(member, value[name], (*path, name))
                elif name in shape.required_members:
                    yield f"required member {member_path((*path, name))} is absent"
        case "list":
            for index, item in enumerate(value, 1):
                yield from _answer_problems(shape.member, item, (*path, index))
        case "map":
            for key, item in value.items():
                yield from _answer_problems(shape.value, item, (*path, MapKey(key)))
        case _:
            pass
