"""A runner whose programs find some files of the server empty, as on a machine that does not have them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trigpoint.compute.local import LocalRunner
from trigpoint.compute.runner import ProcessSpec

_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
_HIDE = """
while [ "$1" != -- ]; do [ ! -e "$1" ] || mount --bind /dev/null "$1" || exit 90; shift; done
shift
exec "$@"
"""


def can_hide() -> bool:
    """Whether this system lets the tests give programs mounts of their own."""
    try:
        return subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


class HidingRunner(LocalRunner):
    """Hides the files from every program that it starts and from all that these start."""

    def __init__(self, state_dir: Path, hidden: Sequence[Path]) -> None:
        super().__init__(state_dir)
        self._hidden = [str(path) for path in hidden]

    def start(self, spec: ProcessSpec, handle: str | None = None) -> str:
        argv = (*_NAMESPACE, "sh", "-c", _HIDE, "sh", *self._hidden, "--", *spec.argv)
        return super().start(replace(spec, argv=argv), handle)
