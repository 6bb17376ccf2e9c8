"""The folders of all objects that an augmented manifest names, found without parsing its lines.

Whoever needs to know which objects a job may read looks at the whole manifest; parsing 10 million lines would take a minute.
"""

from __future__ import annotations

import json
import re
from typing import BinaryIO, Final

_FOLDER: Final = re.compile(rb'"((?:s3|https):(?:/|\\/){2}[^"]*/)')
_CHUNK_BYTES: Final = 8 << 20
_LONGEST_LINE_BYTES: Final = 64 << 20


def named_folders(manifest: BinaryIO) -> set[str]:
    """The URIs up to their last slash that begin a text in the manifest, whichever attribute it belongs to."""
    found: set[bytes] = set()
    rest = b""
    while chunk := manifest.read(_CHUNK_BYTES):
        whole, _, rest = (rest + chunk).rpartition(b"\n")
        found.update(_FOLDER.findall(whole))
        rest = rest if len(rest) <= _LONGEST_LINE_BYTES else b""
    found.update(_FOLDER.findall(rest))
    return {folder for raw in found if (folder := _text(raw))}


def _text(raw: bytes) -> str:
    """What the text means without its escapes; '' when it is no JSON."""
    try:
        text: str = json.loads(b'"' + raw + b'"')
    except ValueError:
        return ""
    return text
