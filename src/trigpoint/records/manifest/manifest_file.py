"""Classic manifest files: a JSON array of a prefix and the rest of each object's URI.

Source: training.md 1.2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.values import quoted
from trigpoint.records.manifest.lines import BYTE_ORDER_MARK


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A prefix, and the suffixes that are appended to it verbatim to make the URI of each object."""

    prefix: str
    suffixes: tuple[str, ...]

    @property
    def uris(self) -> list[str]:
        return [self.prefix + suffix for suffix in self.suffixes]


def read_manifest_file(data: bytes) -> ManifestFile:
    """The content of a manifest file: one JSON array, `{"prefix": URI}` first, then the suffixes.

    Raises: Invalid: something else; the message names the entry, from 1.
    """
    try:
        entries = json.loads(data.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"a manifest file must be one JSON array: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise Invalid('a manifest file must be a JSON array that begins with {"prefix": "s3://..."}')
    first, *suffixes = entries
    prefix = first.get("prefix") if isinstance(first, dict) else None
    if not isinstance(prefix, str) or not prefix.startswith("s3://") or not prefix[5:].partition("/")[0]:
        raise Invalid(
            f'entry 1 of a manifest file must be {{"prefix": "s3://bucket/..."}}, not {quoted(first)}'
        )
    for number, suffix in enumerate(suffixes, start=2):
        if not isinstance(suffix, str):
            raise Invalid(f"entry {number} of a manifest file must be a text, not {quoted(suffix)}")
    return ManifestFile(prefix, tuple(suffixes))
