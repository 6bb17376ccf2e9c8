"""Python environments that lie on top of others: packages are added to them, and those below stay as they are.

The standard library's `venv` can only lie on top of the Python itself, not of another environment, and the packages of
the server are in one. An environment here is the same few files, with a .pth file that names the folders below.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trigpoint.own_code.console_scripts import write_console_scripts
from trigpoint.own_code.pythons import BasePython

_PIP = '#!/bin/sh\nexec "$(dirname "$0")/python" "{runner}" "$@"\n'


def make_overlay(
    folder: Path, base: BasePython, below: Sequence[str], commands_of: Sequence[Path] = ()
) -> None:
    """Writes an empty environment of this Python on top of folders of packages, the nearest first.

    The folders are named as the program sees them, who may see `folder` elsewhere than here. `commands_of` names folders as
    they are here; the environment has the commands of the packages in them.
    """
    binaries, packages = folder / "bin", folder / packages_in(base)
    binaries.mkdir(parents=True)
    packages.mkdir(parents=True)
    for name in ("python", "python3", f"python{base.version}"):
        (binaries / name).symlink_to(base.executable)
    for name in ("pip", "pip3"):
        script = binaries / name
        script.write_text(_PIP.format(runner=pip_runner()))
        script.chmod(0o755)
    home = Path(base.executable).parent
    (folder / "pyvenv.cfg").write_text(
        f"home = {home}\ninclude-system-site-packages = false\nversion = {base.version}\n"
    )
    write_console_scripts(binaries, commands_of)
    lines = [f"import site; site.addsitedir({each!r})\n" for each in below]
    (packages / "_below.pth").write_text("".join(lines))


def packages_in(base: BasePython) -> Path:
    """Where an environment of this Python has its packages."""
    return Path("lib") / f"python{base.version}" / "site-packages"


def folders_of(installed: Path | None, base: BasePython) -> list[Path]:
    """The folders of packages of an environment with requirements and of the Python below it, the nearest first."""
    return [*([installed / packages_in(base)] if installed else []), *map(Path, base.sites)]


def pip_runner() -> Path:
    """The script with which any Python runs the pip of the server."""
    import pip

    return Path(pip.__file__).with_name("__pip-runner__.py")
