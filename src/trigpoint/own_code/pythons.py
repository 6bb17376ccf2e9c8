"""The Python that runs people's code: that of the server, or a registered environment."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trigpoint.core.errors import Invalid

_LIMIT_S = 60.0
_QUESTION = """
import importlib.metadata, json, os, site, sys
versions = {}
for name in ("torch", "scikit-learn", "pandas", "joblib"):
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
print(json.dumps({
    "executable": executable,
    "version": "%d.%d" % sys.version_info[:2],
    "sites": [each for each in site.getsitepackages() if os.path.isdir(each)],
    "folders": [sys.prefix, sys.base_prefix, os.path.dirname(executable)] + [each for each in sys.path if os.path.isdir(each)],
    "versions": versions,
}))
"""


@dataclass(frozen=True, slots=True)
class BasePython:
    """An installed Python.

    executable: the program itself, not a link in an environment
    version:    such as 3.11
    sites:      the folders of its packages
    folders:    all folders that it reads, without those inside of others
    versions:   the installed versions of the frameworks and of what their images have next to them, by distribution
    """

    executable: str
    version: str
    sites: tuple[str, ...]
    folders: tuple[str, ...]
    versions: dict[str, str]


@cache
def base_python(folder: str = "") -> BasePython:
    """The Python of an environment's folder, or the one that runs the server.

    Raises: Invalid: there is none, or it does not run.
    """
    program = Path(folder) / "bin" / "python" if folder else Path(sys.executable)
    try:
        done = subprocess.run(
            [program, "-I", "-c", _QUESTION],
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
            cwd="/",
        )
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Invalid(f"the Python {program} does not run: {problem}") from None
    except ValueError:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise Invalid(f"the Python {program} does not run: {why}") from None
    return BasePython(
        found["executable"],
        found["version"],
        tuple(found["sites"]),
        _without_inner(found["folders"]),
        found["versions"],
    )


def _without_inner(folders: list[str]) -> tuple[str, ...]:
    """The folders in which all of them are; those of the system are shown anyway."""
    paths = sorted({Path(each) for each in folders})
    outer = [path for path in paths if not any(other in path.parents for other in paths)]
    return tuple(str(path) for path in outer if path.parts[1:2] not in (("usr",), ("lib",), ("bin",)))
