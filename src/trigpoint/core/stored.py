"""Reads dataclasses that are stored as JSON.

msgspec describes a dataclass at its first use and keeps the description on the class. It puts it there before it is
complete, so a second thread that reads the same class at that moment ends the process with a segmentation fault.
`stored` describes a type when its module is imported, one type at a time, before any thread reads it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_describing = threading.Lock()


def stored(kind: type[T], *, strict: bool = True) -> Callable[[Any], T]:
    """A function that makes a `kind` of what `msgspec.to_builtins` made of it, with paths as text.

    Call it at module level. strict=False also takes numbers for times, and whole numbers for floats.
    """
    with _describing:
        msgspec.json.Decoder(kind)

    def read(value: Any) -> T:
        return msgspec.convert(value, kind, strict=strict, dec_hook=_path)

    return read


def _path(wanted: type, text: str) -> Path:
    if wanted is not Path:
        raise TypeError(f"cannot store a {wanted.__name__}")
    return Path(text)
