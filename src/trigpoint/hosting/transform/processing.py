"""Processing of records on their way to the model and back: input filter, join, output filter.

Source: training.md 8.5.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any, Literal

from trigpoint.core.errors import Invalid
from trigpoint.hosting.transform.json_path import JsonPath, parse_json_path
from trigpoint.hosting.transform.model import TransformSpec

RecordKind = Literal["csv", "json"]

KINDS: dict[str, RecordKind] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/jsonlines": "json",
}
OUTPUT = "SageMakerOutput"
INPUT = "SageMakerInput"


def media_type(content_type: str | None) -> str:
    """The type without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class RecordProcessing:
    """The filters of one job; `kind` is the format of its records."""

    kind: RecordKind
    input_filter: JsonPath
    output_filter: JsonPath
    join: bool

    @property
    def reads_replies(self) -> bool:
        """Whether the model's reply must be split into records and read."""
        return self.join or not self.output_filter.is_whole

    def to_model(self, record: bytes) -> bytes:
        """The part of a record that is sent to the model.

        Raises: Invalid: the record cannot be read, or lacks what the filter selects.
        """
        if self.input_filter.is_whole:
            return record
        return self._write(self.input_filter.select(self._read(record, "the record")))

    def from_model(self, record: bytes, reply: bytes) -> bytes:
        """The output for a record and the model's reply to it.

        Raises: Invalid: record or reply cannot be read, or the reply lacks what the filter selects.
        """
        if not self.reads_replies:
            return reply
        value = self._read(reply, "the model's answer")
        if self.join:
            value = self._joined(self._read(record, "the record"), value)
        return self._write(self.output_filter.select(value))

    def _joined(self, record: Any, reply: Any) -> Any:
        if self.kind == "csv":
            return [*record, *reply]
        return {**record, OUTPUT: reply} if isinstance(record, dict) else {INPUT: record, OUTPUT: reply}

    def _read(self, text: bytes, what: str) -> Any:
        try:
            if self.kind == "csv":
                return next(csv.reader(io.StringIO(text.decode(), newline="")), [])
            return json.loads(text)
        except (ValueError, csv.Error) as error:
            kind = "CSV" if self.kind == "csv" else "JSON"
            raise Invalid(f"{what} is not {kind}: {error}") from error

    def _write(self, value: Any) -> bytes:
        if self.kind == "json":
            return json.dumps(value, ensure_ascii=False).encode()
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="").writerow(value if isinstance(value, list) else [value])
        return out.getvalue().encode()


def processing_of(spec: TransformSpec) -> RecordProcessing | None:
    """The job's filters; None when records are not changed.

    Raises: Invalid: a path cannot be read, or the content types or the split do not allow the filters.
    """
    before, after = parse_json_path(spec.input_filter), parse_json_path(spec.output_filter)
    if before.is_whole and after.is_whole and not spec.join_input:
        return None
    kinds = _kinds(spec, replies_too=spec.join_input or not after.is_whole)
    if kinds == {"csv"} and not (before.is_for_arrays and after.is_for_arrays):
        raise Invalid("DataProcessing: a row of text/csv has no names; use indexes, such as $[0] or $[1:]")
    if spec.join_input:
        _check_join(spec)
    if len(kinds) > 1:
        raise Invalid("DataProcessing: ContentType and Accept must both be text/csv or both JSON")
    return RecordProcessing(kinds.pop(), before, after, spec.join_input)


def _kinds(spec: TransformSpec, *, replies_too: bool) -> set[RecordKind]:
    named = {"TransformInput.ContentType": spec.content_type}
    if replies_too:
        named["TransformOutput.Accept"] = spec.accept
    kinds = set()
    for field, value in named.items():
        kind = KINDS.get(media_type(value))
        if kind is None:
            raise Invalid(
                f"DataProcessing needs {field} to be one of {', '.join(KINDS)}; it is {value or 'not given'}"
            )
        kinds.add(kind)
    return kinds


def _check_join(spec: TransformSpec) -> None:
    if media_type(spec.content_type) != media_type(spec.accept):
        raise Invalid(
            f"JoinSource Input needs the same ContentType ({spec.content_type}) and Accept ({spec.accept})"
        )
    if spec.assemble_with != spec.split_type:
        raise Invalid(
            f"JoinSource Input needs the same SplitType ({spec.split_type}) and AssembleWith "
            f"({spec.assemble_with})"
        )
    if media_type(spec.content_type) != "application/json" and spec.split_type != "Line":
        raise Invalid(f"JoinSource Input needs SplitType Line for {spec.content_type}")
