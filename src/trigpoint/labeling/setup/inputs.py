"""The input of a new labeling job: a manifest, or the files under a prefix; all of it, or a part."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.data_setup.creating import DataType, SetupOptions, check_found, setup_lines
from trigpoint.datasets.data_setup.csv_rows import CsvOptions
from trigpoint.datasets.data_setup.files import SourceFile
from trigpoint.datasets.data_setup.report import SetupReport
from trigpoint.datasets.data_setup.subset import drawn, parse_sample, queried
from trigpoint.datasets.query.parsing import parse_query
from trigpoint.labeling.inputs import LINE_RULES
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri, s3_uri
from trigpoint.records.manifest.lines import BadLine, split_lines

MOST_OBJECTS: Final = 100_000
"""Of a labeling job."""
MOST_READ: Final = 1_000_000
"""Files and lines that are looked at."""
PROGRESS_EVERY: Final = 500
SAMPLES: Final = 12
_SAMPLE_SEED: Final = 13


@dataclass(frozen=True, slots=True)
class InputChoice:
    """What a person chose. One of `manifest_uri` and `prefix_uri` is given.

    query: which lines, in S3 Select's SQL. sample: how many of them, drawn at random: "500" or "10%".
    """

    manifest_uri: str = ""
    prefix_uri: str = ""
    data_type: DataType = DataType.IMAGE
    csv: CsvOptions = field(default_factory=CsvOptions)
    query: str = ""
    sample: str = ""

    @property
    def needs_manifest(self) -> bool:
        """Whether a manifest has to be written."""
        return not self.manifest_uri or bool(self.query or self.sample)


@dataclass(frozen=True, slots=True)
class Look:
    """What an input has.

    count: lines that a job would get. total: lines before the sample was drawn. samples: some lines as JSON text, drawn at
    random. left_out: how many files or lines were left out, by reason. keys: the names in the samples.
    """

    count: int
    total: int
    samples: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...] = ()
    keys: tuple[str, ...] = ()


class JobInputs:
    """Looks at inputs and writes manifests. Nothing is kept in memory but a few samples."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def look(self, choice: InputChoice) -> Look:
        """What the input has.

        Raises: Invalid: it cannot be read, or has nothing; names the place and the cause. NotFound, Denied.
        """
        *_, look = self.looking(choice)
        assert isinstance(look, Look)
        return look

    def looking(self, choice: InputChoice) -> Iterator[int | Look]:
        """How many files or lines were read so far, again and again; at the end what the input has. Raises: as `look`."""
        report, pick, counter = SetupReport(), _Reservoir(SAMPLES), _Counter(choice)
        total, said = 0, 0
        for line in self._lines(choice, report, counter):
            pick.offer(line)
            total += 1
            if counter.count >= said + PROGRESS_EVERY:
                said = counter.count
                yield said
        self._check(choice, report, total)
        count = total if not choice.sample else parse_sample(choice.sample).size_of(total)
        samples = tuple(line.decode() for line in pick.lines)
        yield Look(count, total, samples, tuple(report.left_out.most_common()), _keys(samples))

    def write(self, choice: InputChoice, target_uri: str) -> int:
        """Writes the manifest of the choice, and returns the number of its lines.

        Raises: as `look`; Invalid: it would have more lines than a job may have.
        """
        report = SetupReport()
        with tempfile.TemporaryFile() as all_lines, tempfile.TemporaryFile() as chosen:
            total = 0
            for line in self._lines(choice, report, _Counter(choice)):
                all_lines.write(line + b"\n")
                total += 1
            self._check(choice, report, total)
            all_lines.seek(0)
            count = _copy_sample(all_lines, chosen, total, choice.sample)
            if count > MOST_OBJECTS:
                raise Invalid(
                    f"the input has {count:,} data objects; a labeling job takes at most {MOST_OBJECTS:,}: choose a random "
                    "part or a query"
                )
            chosen.seek(0)
            self._objects.write_uri(target_uri, chosen, "application/jsonlines")
        return count

    def _lines(self, choice: InputChoice, report: SetupReport, counter: _Counter) -> Iterator[bytes]:
        """The lines that the query chooses, without line ends."""
        query = parse_query(choice.query) if choice.query else None
        place = choice.manifest_uri or choice.prefix_uri
        return queried(self._read(choice, report, counter), query, place)

    def _read(
        self, choice: InputChoice, report: SetupReport, counter: _Counter
    ) -> Iterator[tuple[int, bytes]]:
        if choice.manifest_uri:
            return self._manifest_lines(choice.manifest_uri, counter)
        options = SetupOptions(choice.data_type, choice.csv)
        lines = setup_lines(StoreSource(self._objects, choice.prefix_uri), options, report, counter.more)
        return enumerate((line.rstrip(b"\n") for line in lines), start=1)

    def _manifest_lines(self, uri: str, counter: _Counter) -> Iterator[tuple[int, bytes]]:
        with self._objects.open_uri(uri) as file:
            try:
                for number, raw in split_lines(file, LINE_RULES):
                    counter.more(1)
                    yield number, raw
            except BadLine as problem:
                raise Invalid(f"{uri}, {problem.message}") from None

    def _check(self, choice: InputChoice, report: SetupReport, total: int) -> None:
        if total:
            return
        if choice.prefix_uri:
            check_found(report, choice.prefix_uri, choice.data_type)
        what = "the query chooses no line of" if choice.query else "there is no line in"
        raise Invalid(f"{what} {choice.manifest_uri or choice.prefix_uri}")


class StoreSource:
    """The objects whose URIs begin with a prefix, as the files that data setup reads.

    Decision: a prefix without a slash at its end also has the objects whose names go on, as in S3.
    """

    def __init__(self, objects: ObjectStore, prefix_uri: str) -> None:
        self._objects = objects
        self._bucket, self._prefix = parse_s3_uri(prefix_uri)

    def files(self) -> Iterator[SourceFile]:
        """All files, in the order of the bytes of their names."""
        cut = self._prefix.rfind("/") + 1
        for each in self._objects.iterate_uri(s3_uri(self._bucket, self._prefix)):
            yield SourceFile(each.key[cut:], s3_uri(self._bucket, each.key), each.size_bytes)

    def open(self, file: SourceFile) -> BinaryIO:
        return self._objects.open_uri(file.place)


class _Counter:
    """Counts the files or lines that are read."""

    def __init__(self, choice: InputChoice) -> None:
        self._place = choice.manifest_uri or choice.prefix_uri
        self.count = 0

    def more(self, count: int) -> None:
        """Raises: Invalid: there are more than are looked at."""
        self.count += count
        if self.count > MOST_READ:
            raise Invalid(f"{self._place} has more than {MOST_READ:,} entries; name a smaller part")


class _Reservoir:
    """So many lines of all that are offered, each with the same chance, in the order of the input.

    Source: Vitter 1985, Random sampling with a reservoir, algorithm R.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._dice = random.Random(_SAMPLE_SEED)
        self._seen = 0
        self._kept: list[tuple[int, bytes]] = []

    def offer(self, line: bytes) -> None:
        if len(self._kept) < self._size:
            self._kept.append((self._seen, line))
        elif (place := self._dice.randrange(self._seen + 1)) < self._size:
            self._kept[place] = (self._seen, line)
        self._seen += 1

    @property
    def lines(self) -> list[bytes]:
        return [line for _, line in sorted(self._kept)]


def _copy_sample(source: BinaryIO, target: BinaryIO, total: int, sample: str) -> int:
    """Copies the drawn lines, or all; returns how many."""
    chosen = drawn(total, parse_sample(sample)) if sample else (True for _ in range(total))
    count = 0
    for line, is_drawn in zip(source, chosen, strict=True):
        if is_drawn:
            target.write(line)
            count += 1
    return count


def _keys(samples: tuple[str, ...]) -> tuple[str, ...]:
    """The names in the lines, in the order in which they first come."""
    found: dict[str, None] = {}
    for text in samples:
        try:
            line = json.loads(text)
        except ValueError as problem:
            raise Invalid(f"a line of the manifest is not JSON ({problem}): {text[:200]}") from None
        if not isinstance(line, dict):
            raise Invalid(
                f'a line of the manifest is not a JSON object like {{"source-ref": ...}}: {text[:200]}'
            )
        found |= dict.fromkeys(line)
    return tuple(found)
