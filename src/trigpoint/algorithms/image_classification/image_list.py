"""Image files in one channel, and their classes in a .lst file in another.

Source: training.md 2.4, 7.2.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from trigpoint.algorithms.common.harness import ChannelConfig, Container, CustomerError, logger
from trigpoint.algorithms.common.record_files import files_below, named, what_it_has
from trigpoint.algorithms.common.sources import FILE_READERS, Numbers, Raw, Read, order
from trigpoint.builtin import LST_FILE
from trigpoint.records.lst import BadRow, LstRow, parse_rows

_NAMED_ROWS = 10
_SUFFIX = ".lst"


class ImageListSource:
    """Examples from the rows of a .lst file, in its order."""

    def __init__(self, container: Container, channel: ChannelConfig) -> None:
        self._name, self._list_channel = channel.name, channel.name + LST_FILE.suffix
        self._folder = container.channel_folder(self._name)
        self._lst = self._only_list(container.channel_folder(self._list_channel))
        self.readers = FILE_READERS
        self.nothing = f"Channel '{self._name}' has no image in {self._lst.name} that can be used."
        rows, bad = self._read_rows()
        self._report(bad, f"line(s) of {self._lst.name} that cannot be read")
        self._rows = self._present(self._once(rows))
        self.left_out = len(bad) + len(rows) - len(self._rows)

    def epoch(self, number: int, shuffled_by: int | None) -> Iterator[Read]:
        for place in order(len(self._rows), shuffled_by):
            yield partial(self._read, self._rows[place])

    def _read(self, row: LstRow) -> Raw:
        name = f"{self._name} image {row.path}, line {row.line} of {self._lst.name}"
        try:
            image = (self._folder / row.path).read_bytes()
        except OSError as error:
            raise CustomerError(f"cannot read {name}: {error.strerror or error}") from None
        return Raw(name, image, _label(row))

    def _only_list(self, folder: Path) -> Path:
        logger.info("Searching for %s files in %s.", _SUFFIX, folder)
        files = list(files_below(folder))
        lists = [name for name in files if name.lower().endswith(_SUFFIX)]
        if len(lists) != 1:
            raise CustomerError(
                f"Channel '{self._list_channel}' needs exactly one {_SUFFIX} file; {what_it_has(files, lists)}. "
                "Let S3Uri name the file"
            )
        return folder / lists[0]

    def _read_rows(self) -> tuple[list[LstRow], list[str]]:
        """The rows, and what is wrong with the other lines.

        Raises: CustomerError: it is not text, or has no row.
        """
        rows: list[LstRow] = []
        bad: list[str] = []
        try:
            with self._lst.open(encoding="utf-8-sig") as lines:
                for row in parse_rows(lines):
                    if isinstance(row, BadRow):
                        bad.append(row.message)
                    else:
                        rows.append(row)
        except (OSError, UnicodeDecodeError) as error:
            raise CustomerError(f"{self._where}: {error}; it must be a text file in UTF-8") from None
        if not rows:
            first = f"; {bad[0]}" if bad else ": it is empty"
            raise CustomerError(f"{self._where} has no line that can be used{first}")
        return rows, bad

    @property
    def _where(self) -> str:
        return f"Channel '{self._list_channel}': {self._lst.name}"

    def _once(self, rows: list[LstRow]) -> list[LstRow]:
        """The rows without those that repeat an earlier one.

        Raises: CustomerError: two rows give one image two labels.
        """
        first: dict[str, LstRow] = {}
        repeated: list[str] = []
        for row in rows:
            earlier = first.setdefault(_path(row), row)
            if earlier is row:
                continue
            if earlier.label != row.label:
                raise CustomerError(
                    f"{self._where}, lines {earlier.line} and {row.line}: {row.path} has the labels "
                    f"{_shown(earlier.label)} and {_shown(row.label)}; keep the right line"
                )
            repeated.append(f"line {row.line}: {row.path} is also in line {earlier.line}")
        self._report(repeated, f"repeated line(s) of {self._lst.name}")
        return list(first.values())

    def _present(self, rows: list[LstRow]) -> list[LstRow]:
        """The rows whose image the channel has. Raises: CustomerError: there is none."""
        files = set(files_below(self._folder))
        found, missing = [], []
        for row in rows:
            path = _path(row)
            if path in files:
                found.append(replace(row, path=path))
            else:
                missing.append(f"line {row.line}: {row.path}")
        if not found:
            raise CustomerError(
                f"{self._where}, {missing[0]}: channel '{self._name}' has none of the images that are listed; "
                f"it has {named(sorted(files)) or 'no files'}. Paths in the list are relative to the channel's S3Uri"
            )
        self._report(missing, f"line(s) of {self._lst.name} whose image is not in channel '{self._name}'")
        return found

    @staticmethod
    def _report(lines: list[str], what: str) -> None:
        if lines:
            shown = "; ".join(lines[:_NAMED_ROWS]) + ("; ..." if len(lines) > _NAMED_ROWS else "")
            logger.warning("Skipped %d %s: %s", len(lines), what, shown)


def _path(row: LstRow) -> str:
    """The path as the folder's listing spells it. Lists made on Windows have backslashes."""
    return posixpath.normpath(row.path.replace("\\", "/"))


def _label(row: LstRow) -> float | Numbers:
    return row.label[0] if len(row.label) == 1 else row.label


def _shown(label: Numbers) -> str:
    return ",".join(f"{number:g}" for number in label)
