"""A manifest in a format of other tools as one .zip, with a report of what was converted and left out.

Made for a process of its own: `archived` reads one file, writes one file, and opens nothing else.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.datasets.exporting import Format, export
from trigpoint.datasets.manifest_source import Reading, read_manifest
from trigpoint.datasets.model import Complaints, LabeledSet
from trigpoint.datasets.places import Places
from trigpoint.datasets.report import Total
from trigpoint.datasets.settling import settle

REPORT: Final = "report.txt"
MOST_LISTED: Final = 1_000
"""Entries that the report in the archive lists."""
MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries of a kind ("images", "labels") were read, converted and left out, the latter by reason."""

    kind: str
    read: int
    converted: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class Archived:
    """What was written; or why nothing could be. `skipped` has the first entries that were left out as bad."""

    counts: tuple[Count, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    skipped_count: int = 0
    problem: str = ""


def archived(manifest: str, name: str, attribute: str, target_format: str, target: str) -> Archived:
    """Writes the label of the manifest's lines to the new file `target`. Images are not copied.

    Bad lines are left out and counted. The files are collected in a folder next to the target.

    Args:   manifest: a local file.
            name: what messages call it.
    """
    complaints = Complaints(skip=True)
    try:
        labeled = read_manifest(manifest, Reading(attribute), _OneFile(manifest), complaints)
        settle(labeled, complaints)
        found = _found(labeled, complaints, manifest, name)
        if not labeled.images:
            return replace(found, problem=f"{name} has no image with this label")
        report = _report(found, [each.message.replace(manifest, name) for each in complaints.skipped])
        _write(labeled, Format(target_format), Path(target), report)
    except TrigpointError as problem:
        return Archived(problem=problem.message.replace(manifest, name))
    return found


def _found(labeled: LabeledSet, complaints: Complaints, manifest: str, name: str) -> Archived:
    counts = tuple(
        Count(total.kind, total.read, total.converted, dict(total.left_out)) for total in labeled.totals()
    )
    skipped = tuple(each.message.replace(manifest, name) for each in complaints.skipped[:MOST_SHOWN])
    return Archived(counts, tuple(labeled.notes), skipped, len(complaints.skipped))


def _report(found: Archived, skipped: list[str]) -> str:
    """The report as text: as the last lines of `trigpoint convert`, and each entry that was left out."""
    counts = [str(Total(each.kind, each.converted, Counter(each.left_out))) for each in found.counts]
    notes = [f"note: {each}" for each in found.notes]
    bad = [f"left out: {each}" for each in skipped[:MOST_LISTED]]
    more = [f"and {len(skipped) - MOST_LISTED:,} more"] if len(skipped) > MOST_LISTED else []
    return "".join(f"{line}\n" for line in (*counts, *notes, *bad, *more))


def _write(labeled: LabeledSet, target_format: Format, target: Path, report: str) -> None:
    folder = target.with_suffix(".files")
    folder.mkdir()
    for _ in export(labeled, target_format, folder):
        pass
    (folder / REPORT).write_text(report, encoding="utf-8")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(file, str(file.relative_to(folder)))


class _OneFile(Places):
    """Opens the manifest only."""

    def __init__(self, manifest: str) -> None:
        super().__init__()
        self._manifest = manifest

    def open(self, place: str) -> BinaryIO:
        """The bytes of the manifest. Raises: Invalid: another place."""
        if place != self._manifest:
            raise Invalid(f"the label of {place} has no image_size, which boxes need")
        return super().open(place)

    def head(self, place: str, size_bytes: int) -> bytes:
        """As `open`: sizes of images are those that labels name."""
        with self.open(place) as file:
            return file.read(size_bytes)
