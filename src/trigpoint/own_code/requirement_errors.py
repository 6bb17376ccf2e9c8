"""Why pip failed, with the file and line of the requirements that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_REQUIREMENTS_BYTES: Final = 256 * 1024
_MOST_FILES: Final = 20
_MOST_CHARACTERS: Final = 900

_INCLUDES: Final = re.compile(r"^(?:-r|-c|--requirement|--constraint)[ =]*(\S+)")
_OFFLINE: Final = re.compile(
    r"Temporary failure in name resolution|Name or service not known|Network is unreachable|NewConnectionError|"
    r"NameResolutionError|Connection refused|ConnectTimeout|ProxyError|No route to host"
)
_NAMED: Final = re.compile(r"\(from line (?P<line>\d+) of (?P<file>[^)\n]+)\)")
_COLLECTED: Final = re.compile(r"\(from -r (?P<file>\S+) \(line (?P<line>\d+)\)\)")
_UNOPENED: Final = re.compile(r"Could not open (?:requirements|constraint) file: .*?'([^'\n]+)'")
_REFUSED: Final = re.compile(r"Invalid requirement: '?([^\n']+)")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_END_OF_OUTPUT: Final = "[end of output]"


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One line: the file relative to the code, the number from 1, the text."""

    file: str
    number: int
    text: str

    @property
    def place(self) -> str:
        shown = f" ({self.text[:80]!r})" if self.text else ""
        return f"{self.file}, line {self.number}{shown}: "


def requirement_lines(file: Path, code: Path) -> list[RequirementLine]:
    """All lines of a file and of those that it includes with -r or -c, in that order.

    Files that are not in the folder of the code are left out: a message must not show what the code may not read.
    """
    return list(_lines(file, code.resolve(), set()))


def _lines(file: Path, code: Path, seen: set[Path]) -> Iterator[RequirementLine]:
    real = file.resolve()
    if real in seen or len(seen) == _MOST_FILES or not real.is_file() or not real.is_relative_to(code):
        return
    seen.add(real)
    with real.open("rb") as opened:
        text = opened.read(MAX_REQUIREMENTS_BYTES).decode("utf-8-sig", errors="replace")
    name = str(real.relative_to(code))
    lines = [RequirementLine(name, number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    yield from lines
    for line in lines:
        if included := _INCLUDES.match(line.text):
            yield from _lines(real.parent / included[1], code, seen)


def explained(file: Path | None, code: Path, output: str) -> str:
    """Why pip failed: where, as far as known, and what.

    output: what pip printed
    """
    why = _why(output)
    where = "" if file is None else _where(requirement_lines(file, code), why, output) or f"{file.name}: "
    if _OFFLINE.search(output):
        why = f"no package index can be reached ({why}); check the network, or set PIP_INDEX_URL or a proxy for the server"
    return f"{where}{why}"[:_MOST_CHARACTERS]


def _why(output: str) -> str:
    """The errors that pip reports, and the last line of a build that failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    errors = [line for line in errors if not line.startswith("ResolutionImpossible")]
    boxed = [line[1:].lstrip("─> ") for line in lines if line.startswith(("× ", "╰─>"))]
    boxed = [line for line in boxed if not line.startswith("[")]
    found = errors[-2:] or boxed[-2:]
    if _END_OF_OUTPUT in lines and (end := lines.index(_END_OF_OUTPUT)):
        found.append(lines[end - 1])
    return "; ".join(found) or (lines[-1] if lines else "pip failed")


def _where(lines: list[RequirementLine], why: str, output: str) -> str:
    """The place that a message is about; "" if it is about none."""
    for found in _NAMED.finditer(output):
        if line := _numbered(lines, found["file"], int(found["line"])):
            return line.place
    line = _including(lines, output) or _refused(lines, output) or _naming(lines, why)
    if line is None and (collected := [*_COLLECTED.finditer(output)]):
        line = _numbered(lines, collected[-1]["file"], int(collected[-1]["line"]))
    return line.place if line else ""


def _numbered(lines: list[RequirementLine], file: str, number: int) -> RequirementLine | None:
    """The line with this number of the file, which pip names as the room shows it."""
    found = [each for each in lines if each.number == number and Path(file).match(each.file)]
    return max(found, key=lambda each: len(each.file), default=None)


def _including(lines: list[RequirementLine], output: str) -> RequirementLine | None:
    """The line that includes a file which pip could not open."""
    if not (unopened := _UNOPENED.search(output)):
        return None
    included = ((line, _INCLUDES.match(line.text)) for line in lines)
    return next(
        (line for line, file in included if file and Path(file[1]).name == Path(unopened[1]).name), None
    )


def _refused(lines: list[RequirementLine], output: str) -> RequirementLine | None:
    """The line that pip shows because it cannot read it."""
    if not (refused := _REFUSED.search(output)):
        return None
    return next((line for line in lines if line.text.partition(";")[0].strip() == refused[1].strip()), None)


def _naming(lines: list[RequirementLine], why: str) -> RequirementLine | None:
    """The first line whose package, or whose file, the message names."""
    said = _normal(why)
    for line in lines:
        text = line.text.removeprefix("-e ").strip()
        name = (
            _NAME.match(text) if not text.startswith((".", "/")) else _NAME.match(Path(text.split()[0]).name)
        )
        if name and re.search(rf"(?<![\w.-]){re.escape(_normal(name[0]))}(?![\w-])", said):
            return line
    return None


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")
