"""The frameworks that images are made for: which version runs, and what is installed where one is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.own_code.model import OwnProgram

_TITLES: Final = {"torch": "PyTorch", "scikit-learn": "scikit-learn"}
_ON_DEMAND: Final = {"scikit-learn": ("scikit-learn", "pandas", "joblib")}
"""Decision: scikit-learn is small, so where it is missing it is installed for jobs that ask for it, with what its image has
next to it. PyTorch is not: it comes in variants, of which the operator chooses one."""


def framework_packages(
    own: OwnProgram, installed: Mapping[str, str], write_line: Callable[[str], None]
) -> tuple[str, ...]:
    """What must be installed for the program's framework; says in the log which version runs.

    installed: the versions in the Python that runs the program
    Raises: Invalid: it is missing and not installed on demand.
    """
    if own.framework not in _TITLES or own.kind != "script":
        return ()
    title, version = _TITLES[own.framework], installed.get(own.framework)
    where = own.python or "the server's own Python"
    command = f"trigpoint image add {own.image} --python FOLDER"
    if version is None and own.framework in _ON_DEMAND:
        write_line(f"{title} is not installed in {where}; it is installed for this job.")
        return _ON_DEMAND[own.framework]
    if version is None:
        raise Invalid(
            f"{title} is not installed in {where}: install it there (pip install 'trigpoint[train]'), or register an "
            f"environment that has it: {command}"
        )
    if _is_version(version, own.version):
        write_line(f"{title} {version} of {where} runs.")
    else:
        write_line(
            f"The image asks for {title} {own.version}; {title} {version} of {where} runs. To run another one, register an "
            f"environment that has it: {command}"
        )
    return ()


def missing_companions(own: OwnProgram, installed: Mapping[str, str]) -> tuple[str, ...]:
    """Packages that the framework's image has next to it, and scripts import, but that are not installed."""
    if own.kind != "script" or own.framework not in installed:
        return ()
    return tuple(each for each in _ON_DEMAND.get(own.framework, ()) if each not in installed)


def _is_version(found: str, wanted: str) -> bool:
    """Whether the found version is the wanted one, of which only the first numbers may be given."""
    return not wanted or f"{found}.".replace("+", ".").startswith(f"{wanted}.")
