"""The room in which people's code runs: what it sees, and where.

In namespaces it sees its folders where a container would have them: /opt/ml, /tmp. Without them it sees them where they
are, and the variables of the toolkits name them there.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from trigpoint.core.errors import Invalid
from trigpoint.core.json_file import write_json
from trigpoint.core.probe import refusal
from trigpoint.own_code import landlock
from trigpoint.own_code.overlay import pip_runner
from trigpoint.own_code.pythons import BasePython
from trigpoint.own_code.walls import Walls

TOOLKIT: Final = Path(__file__).parents[1] / "toolkit"
_PROBE_S = 30.0

Kind = Literal["namespaces", "landlock", "none"]

NO_WALLS: Final = (
    "this system offers no way to shut it in ({why}); run the server where Linux namespaces or Landlock are allowed, or "
    "set TRIGPOINT_UNCONFINED=1 if everybody who may create jobs may also read all of the server's files"
)


@dataclass(frozen=True, slots=True)
class Protection:
    """How this system keeps people's code away from the server; `why` says what stronger ways it does not offer."""

    kind: Kind
    why: str = ""

    def described(self, *, network: bool) -> str:
        """One line for the log of a job."""
        reach = "It may use the network." if network else "It has no network."
        match self.kind:
            case "namespaces":
                return f"Your code runs in Linux namespaces of its own: it sees its own files and processes only. {reach}"
            case "landlock":
                return (
                    "Your code runs under Landlock: it can read and write its own files only, which are not at /opt/ml "
                    f"({self.why}). {reach}"
                )
            case _:
                return (
                    f"Your code runs without protection, with all rights of the server ({self.why}). {reach}"
                )


@functools.cache
def protection() -> Protection:
    """The strongest way that works here; tried out once."""
    if sys.platform != "linux":
        return Protection("none", "it needs Linux")
    refusal = _refusal("namespaces")
    if refusal is None:
        return Protection("namespaces")
    if landlock.version() and _refusal("landlock") is None:
        return Protection("landlock", refusal)
    return Protection("none", f"{refusal}; the kernel has no Landlock")


def usable_protection(*, unconfined: bool) -> Protection:
    """The strongest way that works here.

    unconfined: whether people's code may run where there is none
    Raises: Invalid: there is none.
    """
    found = protection()
    if found.kind == "none" and not unconfined:
        raise Invalid("your code was not run, because " + NO_WALLS.format(why=found.why))
    return found


def _refusal(kind: Kind) -> str | None:
    """Why this system does not allow such walls; None when it does."""
    with tempfile.TemporaryDirectory() as folder:
        walls = Path(folder) / "walls.json"
        write_json(walls, asdict(Walls(kind, [(folder, "/opt/ml", True)], "/")))
        return refusal([*_ENTER, str(walls), "--", "/bin/sh", "-c", "exit 0"], _PROBE_S)


_ENTER: Final = [sys.executable, "-P", "-m", "trigpoint.own_code.confine"]


@dataclass(frozen=True, slots=True)
class Room:
    """A room with the folders of one job or model server.

    opt_ml:    what the program knows as /opt/ml
    scratch:   for temporary files
    own:       the Python environment to which it may add packages
    installed: the environment with what it requires, which it may not change; None if it requires nothing
    base:      the Python of both
    walls:     the file that describes the walls
    hidden:    the folder that it must never see
    """

    protection: Protection
    opt_ml: Path
    scratch: Path
    own: Path
    base: BasePython
    walls: Path
    hidden: Path
    installed: Path | None = None
    network: bool = True
    processes: int = 4096
    hosts: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    """More files and folders that it may read, where they are."""

    extra: tuple[tuple[Path, str], ...] = ()
    """More writable folders, with the place at which a container would have them."""

    @property
    def is_like_a_container(self) -> bool:
        """Whether the program sees its folders where a container has them."""
        return self.protection.kind == "namespaces"

    @property
    def seen_opt_ml(self) -> str:
        return "/opt/ml" if self.is_like_a_container else str(self.opt_ml)

    @property
    def seen_scratch(self) -> str:
        return "/tmp" if self.is_like_a_container else str(self.scratch)

    @property
    def seen_own(self) -> str:
        return "/opt/trigpoint/environment" if self.is_like_a_container else str(self.own)

    @property
    def seen_toolkit(self) -> str:
        return "/opt/trigpoint/toolkit" if self.is_like_a_container else str(TOOLKIT)

    def seen(self, path: Path) -> str:
        """Where a file of /opt/ml is seen."""
        if not self.is_like_a_container:
            return str(path)
        for source, target in ((self.opt_ml, "/opt/ml"), *self.extra):
            if source in path.parents:
                return f"{target}/{path.relative_to(source)}"
        raise ValueError(f"{path} is not in the room")

    def variables(self) -> dict[str, str]:
        """The environment variables that name the room's folders."""
        return {
            "PATH": f"{self.seen_own}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": self.seen_scratch,
            "TMPDIR": self.seen_scratch,
            "VIRTUAL_ENV": self.seen_own,
            "SAGEMAKER_BASE_DIR": self.seen_opt_ml,
            "PYTHONUNBUFFERED": "1",
        }

    def seen_installed(self, folder: Path) -> str:
        """Where an environment of requirements is seen."""
        return "/opt/trigpoint/requirements" if self.is_like_a_container else str(folder)

    def command(
        self, program: Sequence[str], *, installing: Path | None = None, working: str = ""
    ) -> list[str]:
        """The command that runs the program in the room.

        installing: an environment that the program may change
        working:    the folder in which it starts, as it sees it; that of /opt/ml if none is given
        Raises: Invalid: a network cannot be kept away from it here.
        """
        if self.protection.kind == "none":
            if not self.network:
                raise Invalid(
                    "EnableNetworkIsolation needs Linux namespaces, which this system does not allow"
                )
            return list(program)
        if self.protection.kind == "landlock" and not self.network:
            raise Invalid(
                f"EnableNetworkIsolation needs Linux namespaces, which this system does not allow: {self.protection.why}"
            )
        # What the program writes comes first: /tmp would cover what is shown below it.
        shown = [
            (str(self.opt_ml), self.seen_opt_ml, True),
            (str(self.scratch), self.seen_scratch, True),
            (str(TOOLKIT), self.seen_toolkit, False),
        ]
        read = (*self.base.folders, str(pip_runner().parent), *self.readable)
        shown += [(each, each, False) for each in read if not each.startswith(("/usr/", "/etc/ssl/"))]
        if self.own.exists():
            shown.append((str(self.own), self.seen_own, True))
        if installed := installing or self.installed:
            shown.append((str(installed), self.seen_installed(installed), installing is not None))
        shown += [(str(source), target, True) for source, target in self.extra]
        walls = Walls(
            self.protection.kind,
            shown,
            working or self.seen_opt_ml,
            network=self.network,
            processes=self.processes,
            hosts=list(self.hosts),
            hidden=str(self.hidden.resolve()),
        )
        write_json(self.walls, asdict(walls))
        return [*_ENTER, str(self.walls), "--", *program]
