"""The lines of a new input manifest, made of files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.data_setup.csv_rows import CsvOptions, csv_texts
from trigpoint.datasets.data_setup.files import Source, SourceFile
from trigpoint.datasets.data_setup.report import SetupReport
from trigpoint.datasets.data_setup.text_lines import text_lines

MOST_TEXT_CHARACTERS: Final = 20_000
MOST_LINE_CHARACTERS: Final = 100_000
LARGEST_IMAGE_BYTES: Final = 40 * 10**6
"""Limits of labeling jobs; what exceeds one could not be labeled."""


class DataType(StrEnum):
    """What the files hold, and so which files are read."""

    IMAGE = "image"
    TEXT = "text"
    CSV = "csv"


SUFFIXES: Final = {
    DataType.IMAGE: (".jpg", ".jpeg", ".png"),
    DataType.TEXT: (".txt",),
    DataType.CSV: (".csv",),
}

_SYSTEM_FILES: Final = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
_EARLIER: Final = re.compile(r"dataset-\d{6}T\d{6}\.manifest")


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """What is read, and how."""

    data_type: DataType
    csv: CsvOptions = field(default_factory=CsvOptions)


def manifest_name(at: datetime) -> str:
    """The name of the manifest, such as dataset-260131T120000.manifest."""
    return f"dataset-{at:%y%m%dT%H%M%S}.manifest"


def setup_lines(
    source: Source,
    options: SetupOptions,
    report: SetupReport,
    progressed: Callable[[int], None] = lambda _: None,
) -> Iterator[bytes]:
    """The lines of the manifest, each with its line break. What gets no line is counted in the report.

    progressed: called with 1 for each file.
    Raises: Invalid: a file is not what its name says; names it. NotFound, Denied: files cannot be read.
    """
    for file in source.files():
        progressed(1)
        reason = _why_not(file, options.data_type)
        if reason is not None:
            report.leave_out(reason)
            continue
        report.read += 1
        if options.data_type is DataType.IMAGE:
            report.written += 1
            yield _line("source-ref", file.place)
        else:
            yield from _text_file_lines(source, file, options, report)


def check_found(report: SetupReport, place: str, data_type: DataType) -> None:
    """Raises: Invalid: nothing was found; says what there is."""
    if report.written:
        return
    wanted = ", ".join(SUFFIXES[data_type])
    seen = report.read + report.left_out.total()
    there = report.summary() if seen else "there are no files at all"
    raise Invalid(f"{place} has nothing for a manifest of the type {data_type} ({wanted}): {there}")


def _why_not(file: SourceFile, data_type: DataType) -> str | None:
    """Why the file is not read; None if it is."""
    parts = file.name.split("/")
    if file.name.endswith("/"):
        return "placeholder of a folder"
    if any(part.startswith(".") or part.lower() in _SYSTEM_FILES for part in parts):
        return "hidden or system file"
    if _EARLIER.fullmatch(parts[-1]):
        return "earlier manifest of data setup"
    if not file.name.lower().endswith(SUFFIXES[data_type]):
        return f"not {' or '.join(SUFFIXES[data_type])}"
    if not _is_unicode(file.place):
        return "name that is not UTF-8"
    if file.size_bytes == 0:
        return "empty file"
    if data_type is DataType.IMAGE and file.size_bytes > LARGEST_IMAGE_BYTES:
        return "image of more than 40 MB"
    return None


def _text_file_lines(
    source: Source, file: SourceFile, options: SetupOptions, report: SetupReport
) -> Iterator[bytes]:
    with source.open(file) as stream:
        if options.data_type is DataType.CSV:
            texts: Iterator[tuple[int, str | None]] = csv_texts(stream, file.name, options.csv, report)
        else:
            texts = (
                (line.number, None if line.text is None else line.text.rstrip("\r\n"))
                for line in text_lines(stream, file.name)
            )
        for number, text in texts:
            if text is not None and not text.strip():
                report.leave_out("empty line" if options.data_type is DataType.TEXT else "empty field")
                continue
            made = None if text is None or len(text) > MOST_TEXT_CHARACTERS else _line("source", text)
            if made is None or len(made.decode()) > MOST_LINE_CHARACTERS:
                length = "more than 1 MiB" if text is None else f"{len(text):,} characters"
                report.leave_out(
                    f"text of more than {MOST_TEXT_CHARACTERS:,} characters",
                    f"{file.name}, line {number}: the text has {length}; at most {MOST_TEXT_CHARACTERS:,} are allowed",
                )
                continue
            report.written += 1
            yield made


def _line(key: str, value: str) -> bytes:
    # Many programs, such as those with Python's str.splitlines, take these characters for line ends.
    text = json.dumps({key: value}, ensure_ascii=False).translate(_LINE_SEPARATORS)
    return text.encode() + b"\n"


_LINE_SEPARATORS: Final = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
