"""The place of an object's file in its bucket's folder.

A key whose segments are harmless file names is its own path, so that a bucket is a plain folder of plain
files. Every other key (`a//b`, `../x`, `folder/`, segments over 255 bytes), and a key that clashes with a
folder or a file of another key, is stored under the reserved folder, named by its SHA-256. So no key reaches
outside, and distinct keys stay distinct.

    <bucket>/photos/1.jpg                      the object photos/1.jpg
    <bucket>/.trigpoint/keys/ab/ab12...        objects of other keys
    <bucket>/.trigpoint/staging/<id>           being written
    <bucket>/.trigpoint/undo/<sha256>-<mtime>  what a write that is being committed replaces
    <bucket>/.trigpoint/uploads/<id>/<part>    parts of unfinished multipart uploads
"""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

RESERVED = ".trigpoint"
MAX_SEGMENT_BYTES = 255


def candidate_paths(key: str, *, case_sensitive: bool) -> list[str]:
    """The possible paths of an object, relative to its bucket's folder, the preferred one first."""
    hidden = hidden_path(key)
    return [key, hidden] if _is_harmless(key, case_sensitive) else [hidden]


def hidden_path(key: str) -> str:
    """The path under the reserved folder; never clashes with another key's."""
    digest = key_digest(key)
    return f"{RESERVED}/keys/{digest[:2]}/{digest}"


def staging_folder(bucket_folder: Path) -> Path:
    return bucket_folder / RESERVED / "staging"


def undo_folder(bucket_folder: Path) -> Path:
    return bucket_folder / RESERVED / "undo"


def undo_path(bucket_folder: Path, key: str, mtime_ns: int) -> Path:
    """Where the version of the object whose file has this time stays until its successor is committed."""
    return undo_folder(bucket_folder) / f"{key_digest(key)}-{mtime_ns}"


def uploads_folder(bucket_folder: Path) -> Path:
    return bucket_folder / RESERVED / "uploads"


def upload_folder(bucket_folder: Path, upload_id: str) -> Path:
    return uploads_folder(bucket_folder) / upload_id


def key_digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def is_case_sensitive(folder: Path) -> bool:
    """Whether the file system distinguishes `a` and `A`; tested with a file of ours."""
    probe = folder / f"{RESERVED}-CaseProbe"
    probe.touch()
    return not probe.with_name(probe.name.lower()).exists()


def _is_harmless(key: str, case_sensitive: bool) -> bool:
    if not case_sensitive and key != unicodedata.normalize("NFC", key).lower():
        return False
    segments = key.split("/")
    return segments[0] != RESERVED and all(
        segment not in ("", ".", "..") and len(segment.encode()) <= MAX_SEGMENT_BYTES for segment in segments
    )
