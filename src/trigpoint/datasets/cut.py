"""Parts of a manifest: a split by shares, or a sample. Lines stay byte for byte.

The manifest is read twice and never held in memory: once to choose the lines, once to copy them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from trigpoint.core.errors import Invalid
from trigpoint.datasets.places import Places
from trigpoint.records.labels.attributes import label_type
from trigpoint.records.labels.boxes import parse_box_label
from trigpoint.records.labels.classes import read_class_ids, read_class_map
from trigpoint.records.manifest.lines import BadLine, split_lines
from trigpoint.records.manifest.parsing import parse_line


def lines_of(manifest: str, places: Places) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers. Raises: Invalid: a bad line (names manifest and line). NotFound."""
    with places.open(manifest) as stream:
        try:
            yield from split_lines(stream)
        except BadLine as problem:
            raise Invalid(f"{manifest}, {problem.message}") from None


def choose_parts(strata: Sequence[str], shares: Sequence[float], seed: int) -> list[int]:
    """For each line the number of its part; the lines of each stratum are divided separately.

    Parts get floor(share * n) of n lines, and the rest goes to the largest remainders, so every line has a part.
    The same arguments give the same result on every machine.
    """
    parts = [0] * len(strata)
    groups: dict[str, list[int]] = {}
    for place, stratum in enumerate(strata):
        groups.setdefault(stratum, []).append(place)
    total = sum(shares)
    owed = [0.0] * len(shares)
    for stratum in sorted(groups):
        members = groups[stratum]
        random.Random(f"{seed}/{stratum}").shuffle(members)
        wanted = [share / total * len(members) + owed[part] for part, share in enumerate(shares)]
        counts = _whole(wanted, len(members))
        owed = [want - count for want, count in zip(wanted, counts, strict=True)]
        place = 0
        for part, count in enumerate(counts):
            for member in members[place : place + count]:
                parts[member] = part
            place += count
    return parts


def _whole(wanted: Sequence[float], total: int) -> list[int]:
    """Whole numbers close to the wanted ones, none below 0, that add up to `total`."""
    counts = [max(0, int(want + 1e-9)) for want in wanted]
    while sum(counts) > total:
        counts[max(range(len(counts)), key=lambda part: counts[part] - wanted[part])] -= 1
    while sum(counts) < total:
        counts[max(range(len(counts)), key=lambda part: wanted[part] - counts[part])] += 1
    return counts


def choose_sample(total: int, count: int, seed: int) -> set[int]:
    """The places, from 0, of `count` of `total` lines; all places when there are fewer lines."""
    return set(random.Random(seed).sample(range(total), min(count, total)))


def stratum_of(raw: bytes, number: int, attribute: str, manifest: str) -> str:
    """The classes of a line's label, as one text: lines with the same text are divided together.

    Raises: Invalid: the line is broken, or lacks the attribute.
    """
    try:
        line = parse_line(raw, number)
    except BadLine as problem:
        raise Invalid(f"{manifest}, {problem.message}") from None
    if attribute not in line:
        return ""
    value = line[attribute]
    try:
        if label_type(line, attribute) == "object-detection":
            ids = parse_box_label(value).class_ids
        else:
            ids = tuple(read_class_ids(value, attribute))
        named = read_class_map(line, attribute)
    except Invalid as problem:
        raise Invalid(f"{manifest}, line {number}: attribute {attribute!r}: {problem.message}") from None
    return ",".join(sorted(named.get(each, str(each)) for each in set(ids)))
