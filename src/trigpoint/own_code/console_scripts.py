"""The commands of packages, such as `torchrun` and `accelerate`, for an environment that lies on top of these packages.

The scripts that pip wrote for them name the Python of the environment below, which lacks what lies above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from trigpoint.objects.files import open_beneath

_SCRIPT: Final = """#!/bin/sh
'''exec' "$(dirname "$0")/python" "$0" "$@"
' '''
import sys
from {module} import {function}
sys.exit({called}())
"""
_TORCHRUN: Final = '#!/bin/sh\nexec "$(dirname "$0")/python" -m trigpoint_toolkit.torchrun "$@"\n'
_LARGEST_FILE: Final = 256 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def write_console_scripts(binaries: Path, packages: Iterable[Path]) -> None:
    """Writes a script for each command of the packages in these folders, of equal names the first. Existing files stay."""
    for name, module, called in _commands(packages):
        path = binaries / name
        if not (path.exists() or path.is_symlink()):
            text = _SCRIPT.format(module=module, function=called.partition(".")[0], called=called)
            path.write_text(_TORCHRUN if name == "torchrun" else text)
            path.chmod(0o755)


def _commands(packages: Iterable[Path]) -> Iterator[tuple[str, str, str]]:
    """Name, module and function of each command. People's code may have written them, so odd ones are left out."""
    for folder in packages:
        for file in sorted(folder.glob("*.dist-info/entry_points.txt")):
            for line in _section(_content(folder, file), "[console_scripts]"):
                name, _, value = line.partition("=")
                module, _, called = value.partition("[")[0].replace(" ", "").partition(":")
                name = name.strip()
                if _NAME.fullmatch(name) and _DOTTED.fullmatch(module) and _DOTTED.fullmatch(called):
                    yield name, module, called


def _content(folder: Path, file: Path) -> str:
    """The text of a small file; "" of anything else, such as a link that leads elsewhere."""
    try:
        with open_beneath(folder, str(file.relative_to(folder))) as opened:
            return opened.read(_LARGEST_FILE).decode(errors="replace")
    except OSError:
        return ""


def _section(text: str, name: str) -> Iterator[str]:
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == name
        elif inside and line and not line.startswith(("#", ";")):
            yield line
