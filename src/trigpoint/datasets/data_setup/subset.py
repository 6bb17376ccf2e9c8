"""Subsets of a manifest: the lines that a query chooses, and a random sample. Lines stay byte for byte."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from trigpoint.core.errors import Invalid
from trigpoint.datasets.query.parsing import Query
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.parsing import parse_line

_SAMPLE = re.compile(r"(\d{1,12})|(\d{1,3}(?:\.\d{1,9})?) ?%")


@dataclass(frozen=True, slots=True)
class Sample:
    """How many lines are drawn at random: a number, or a share of all. The same seed draws the same lines."""

    count: int | None = None
    share: float | None = None
    seed: int = 0

    def size_of(self, total: int) -> int:
        """How many of so many lines are drawn. A share of some lines is at least one."""
        if self.share is None:
            return min(self.count or 0, total)
        return min(total, max(1, round(self.share * total)))


def parse_sample(text: str, seed: int = 0) -> Sample:
    """The sample in a text such as "500" or "10%".

    Raises: Invalid: it is neither, or draws nothing.
    """
    match = _SAMPLE.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"the sample {text!r} must be a number of lines, like 500, or a share, like 10%")
    if match[1] is not None:
        if int(match[1]) == 0:
            raise Invalid("the sample must have at least one line")
        return Sample(count=int(match[1]), seed=seed)
    share = float(match[2]) / 100
    if not 0 < share <= 1:
        raise Invalid(f"the sample {text!r} must be more than 0% and at most 100%")
    return Sample(share=share, seed=seed)


def queried(lines: Iterable[tuple[int, bytes]], query: Query | None, manifest: str) -> Iterator[bytes]:
    """The lines that the query chooses, without their numbers.

    Raises: Invalid: a line is not a JSON object; names manifest and line.
    """
    if query is not None and query.limit == 0:
        return
    count = 0
    for number, raw in lines:
        if query is not None:
            try:
                line = parse_line(raw, number)
            except BadLine as problem:
                raise Invalid(f"{manifest}, {problem.message}") from None
            if not query.takes(line):
                continue
        yield raw
        count += 1
        if query is not None and count == query.limit:
            return


def drawn(total: int, sample: Sample) -> Iterator[bool]:
    """For each of `total` lines whether it is drawn. Needs no memory, and each set of lines is equally likely.

    Source: Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S.
    """
    dice = random.Random(sample.seed)
    wanted = sample.size_of(total)
    for left in range(total, 0, -1):
        is_drawn = dice.random() * left < wanted
        wanted -= is_drawn
        yield is_drawn


def write_sample(lines: Iterable[bytes], sample: Sample | None, target: BinaryIO) -> tuple[int, int]:
    """Writes the drawn lines, or all; returns how many there are, and how many were written.

    Lines have their line breaks. They are kept in a temporary file until their number is known.
    """
    if sample is None:
        total = 0
        for line in lines:
            target.write(line)
            total += 1
        return total, total
    with tempfile.TemporaryFile() as scratch:
        total, _ = write_sample(lines, None, scratch)
        scratch.seek(0)
        written = 0
        for line, is_drawn in zip(scratch, drawn(total, sample), strict=True):
            if is_drawn:
                target.write(line)
                written += 1
    return total, written
