"""The lines of a manifest that can be read; the others become complaints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.places import Places
from trigpoint.datasets.report import Tally
from trigpoint.records.manifest.lines import CONVERSION_RULES, BadLine, scan_lines
from trigpoint.records.manifest.parsing import parse_line


def parsed_lines(
    manifest: str, places: Places, complaints: Complaints, tally: Tally | None = None
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The number from 1, the place for messages, and the members of each line."""
    with places.open(manifest) as stream:
        for number, raw in scan_lines(stream):
            where = f"{manifest}, line {number}"
            try:
                if isinstance(raw, BadLine):
                    raise raw
                line = parse_line(raw, number, CONVERSION_RULES)
            except BadLine as problem:
                complaints.add(BadEntry(where, problem.why, "not a line of a manifest"), tally)
            else:
                yield number, where, line
