"""Puts a file of weights that somebody has into the weights folder, after recognizing the network that it is of.

The file is read by a child process, which loads torch; this process does not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.weights.fetching import known
from trigpoint.weights.installed import (
    MAX_WEIGHTS_BYTES,
    PREFIX_DIGITS,
    SUFFIXES,
    InstalledWeights,
    find,
    sha256_of,
)
from trigpoint.weights.placing import new_file, put

RECOGNIZE_LIMIT_S: Final = 600


def add(file: Path, folder: Path, name: str = "") -> InstalledWeights:
    """Copies a file of weights into the folder.

    Args:   name: the network that the file must be of; by default it is recognized.
    Raises: Invalid: it is no file of tensors, too large, or of no known network, or of another than `name`.
            NotFound: no network has this name.
    """
    if name:
        known(name)
    if not file.is_file():
        raise Invalid(f"{file} is not a file")
    if file.stat().st_size > MAX_WEIGHTS_BYTES:
        raise Invalid(f"{file}: weights may have at most {MAX_WEIGHTS_BYTES} bytes")
    suffix = ".safetensors" if file.suffix.lower() == ".safetensors" else SUFFIXES[0]
    with new_file(folder, suffix) as (path, _):
        shutil.copyfile(file, path)  # what is recognized must be what is installed
        found = _recognized(path, file)
        if name and name != found:
            raise Invalid(f"{file}: the weights are of {found}, not of {name}")
        put(path, folder / f"{found}-{sha256_of(path)[:PREFIX_DIGITS]}{suffix}")
    installed = find(found, folder)
    assert installed is not None
    return installed


def _recognized(path: Path, shown_as: Path) -> str:
    command = [sys.executable, "-m", "trigpoint.algorithms", "recognize", str(path)]
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=RECOGNIZE_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise Invalid(f"{shown_as}: it could not be read in {RECOGNIZE_LIMIT_S} s") from None
    if child.returncode != 0:
        said = child.stderr.strip().splitlines() or ["the process that read it was killed"]
        raise Invalid(f"{shown_as}: {said[-1].removeprefix(f'{path}: ')}")
    return child.stdout.strip()
