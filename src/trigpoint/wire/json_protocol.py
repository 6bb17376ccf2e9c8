"""JSON bodies to dicts and back (AWS JSON 1.0 and 1.1, and the bodies of rest-json)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, cached_property, partial
from typing import Any, NoReturn

from trigpoint.core.json_size import MAX_VALUES, has_too_many_values
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import Operation, Shape, members
from trigpoint.wire.paths import MapKey, Path, member_path
from trigpoint.wire.scalars import decode_blob, encode_blob, epoch_seconds, from_epoch, parse_time

_INTEGER_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}


def parse(operation: Operation, body: bytes) -> dict[str, Any]:
    """The request's members: times aware, blobs decoded; unknown members and nulls left out.

    A null in a list or map stays None, for the validator to name.
    Raises: AwsError(SerializationException): no JSON object, or a member of another JSON type than the
        model's.
    """
    shape, document = operation.input_shape, load_object(body)
    return parse_value(shape, document, ()) if shape is not None else {}


def serialize(operation: Operation, result: Mapping[str, Any]) -> bytes:
    """The answer's body; empty for operations without output."""
    shape = operation.output_shape
    return b"" if shape is None else dump(serialize_value(shape, result))


def parse_value(shape: Shape, value: Any, path: Path) -> Any:
    """A JSON value as the shape has it.

    Raises: AwsError(SerializationException): names the member.
    """
    if getattr(shape, "is_document_type", False):
        return value
    parser: Callable[[Shape, Any, Path], Any] = _PARSERS.get(shape.type_name, _parse_string)
    return parser(shape, value, path)


def serialize_value(shape: Shape, value: Any) -> Any:
    """A result as JSON; absent members and None are left out."""
    writer = _writer(shape)
    return value if writer is None else writer(value)


def load_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty body is an empty object.

    Raises: AwsError(SerializationException)
    """
    if has_too_many_values(body):
        raise AwsError(
            "RequestEntityTooLargeException", f"The request body has more than {MAX_VALUES} values.", 413
        )
    document = _load(body) if body.strip() else {}
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "The request body must be a JSON object.")
    return document


def dump(document: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _load(body: bytes) -> Any:
    try:
        text = body.decode()
        document = json.loads(text, parse_constant=_refuse_constant)
        if "\\u" in text:
            json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate cannot be stored anywhere
    except (ValueError, RecursionError) as problem:
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        raise AwsError("SerializationException", f"The request body is not valid JSON: {reason}") from None
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


Writer = Callable[[Any], Any]


@cache  # by the shape itself: botocore keeps those of a model
def _writer(shape: Shape) -> Writer | None:
    """Converts a shape's values to JSON; None for shapes whose values are JSON already."""
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            return _StructureWriter(shape)
        case "list":
            return partial(_write_list, shape)
        case "map":
            return partial(_write_map, shape)
        case "timestamp":
            return _write_time
        case "blob":
            return encode_blob
        case _:
            return None


class _StructureWriter:
    """Looks its members up when it is first used, since shapes may contain themselves."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    @cached_property
    def _members(self) -> list[tuple[str, str, Writer | None]]:
        return [
            (name, member.serialization.get("name", name), _writer(member))
            for name, member in members(self._shape).items()
        ]

    def __call__(self, value: Mapping[str, Any]) -> dict[str, Any]:
        written = {}
        for name, wire_name, writer in self._members:
            item = value.get(name)
            if item is not None:
                written[wire_name] = item if writer is None else writer(item)
        return written


def _write_list(shape: Shape, value: Iterable[Any]) -> list[Any]:
    writer = _writer(shape.member)
    if writer is None:
        return list(value)
    return [None if item is None else writer(item) for item in value]


def _write_map(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    writer = _writer(shape.value)
    return {key: item if writer is None else writer(item) for key, item in value.items() if item is not None}


def _write_time(value: Any) -> Any:
    return _whole(epoch_seconds(value)) if isinstance(value, datetime) else value


def _parse_structure(shape: Shape, value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(value, "a structure", path)
    parsed = {}
    for name, member in members(shape).items():
        item = value.get(member.serialization.get("name", name))
        if item is not None:
            parsed[name] = parse_value(member, item, (*path, name))
    return parsed


def _parse_list(shape: Shape, value: Any, path: Path) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong_type(value, "a list", path)
    return [
        None if item is None else parse_value(shape.member, item, (*path, index))
        for index, item in enumerate(value, 1)
    ]


def _parse_map(shape: Shape, value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(value, "a map", path)
    return {
        key: None if item is None else parse_value(shape.value, item, (*path, MapKey(key)))
        for key, item in value.items()
    }


def _parse_string(shape: Shape, value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise _wrong_type(value, "a String", path)
    if "\x00" in value:
        raise AwsError(
            "SerializationException",
            f"The text at '{member_path(path)}' must not contain the character U+0000",
        )
    return value


def _parse_integer(shape: Shape, value: Any, path: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(value, "an Integer" if shape.type_name == "integer" else "a Long", path)
    if isinstance(value, float) and not value.is_integer():
        raise _wrong_type(value, "a whole number", path)
    limit = 1 << (_INTEGER_BITS[shape.type_name] - 1)
    if not -limit <= value < limit:
        raise _wrong_type(value, f"a number of {_INTEGER_BITS[shape.type_name]} bits", path)
    return int(value)


def _parse_float(shape: Shape, value: Any, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(value, "a Double", path)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _wrong_type(value, "a finite Double", path)
    return number


def _parse_boolean(shape: Shape, value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(value, "a Boolean", path)
    return value


def _parse_timestamp(shape: Shape, value: Any, path: Path) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong_type(value, "a Timestamp", path)
    try:
        return parse_time(value) if isinstance(value, str) else from_epoch(value)
    except (ValueError, OverflowError):
        raise _wrong_type(value, "a Timestamp", path) from None


def _parse_blob(shape: Shape, value: Any, path: Path) -> bytes:
    if not isinstance(value, str):
        raise _wrong_type(value, "a Blob", path)
    try:
        return decode_blob(value)
    except ValueError:
        raise _wrong_type(value, "a Blob (it is not base64)", path) from None


_PARSERS: dict[str, Callable[[Shape, Any, Path], Any]] = {
    "structure": _parse_structure,
    "list": _parse_list,
    "map": _parse_map,
    "byte": _parse_integer,
    "short": _parse_integer,
    "integer": _parse_integer,
    "long": _parse_integer,
    "float": _parse_float,
    "double": _parse_float,
    "boolean": _parse_boolean,
    "timestamp": _parse_timestamp,
    "blob": _parse_blob,
}


def _wrong_type(value: Any, wanted: str, path: Path) -> AwsError:
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "TRUE_VALUE" if value is True else "FALSE_VALUE"),
        (int, "NUMBER_VALUE"),
        (float, "DECIMAL_VALUE"),
        (str, "STRING_VALUE"),
        (list, "Start of list"),
        (dict, "Start of structure or map"),
    ]
    found = next((name for kind, name in kinds if isinstance(value, kind)), "NULL_VALUE")
    where = f" at '{member_path(path)}'" if path else ""
    return AwsError("SerializationException", f"{found}{where} can not be converted to {wanted}")


def _whole(seconds: float) -> float:
    return int(seconds) if seconds.is_integer() else seconds
