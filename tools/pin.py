"""Writes the exact versions that uv resolves into pyproject's [tool.uv] constraint-dependencies.

    python tools/pin.py            # pin what resolves now (newest allowed)

The lock file stays out of the repository, because it names registry hosts.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"constraint-dependencies = \[\n(?:.*\n)*?\]\n")


def resolved() -> list[str]:
    """`name==version` of every package of the resolution except Trigpoint, sorted."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    packages = {
        (p["name"], p["version"]) for p in lock["package"] if "version" in p and "editable" not in p["source"]
    }
    names = [name for name, _ in packages]
    single = [(name, version) for name, version in packages if names.count(name) == 1]
    return [f"{name}=={version}" for name, version in sorted(single)]


def write(pins: list[str]) -> None:
    """Replaces the constraint block of pyproject.toml."""
    path = ROOT / "pyproject.toml"
    block = "constraint-dependencies = [\n" + "".join(f'  "{pin}",\n' for pin in pins) + "]\n"
    path.write_text(BLOCK.sub(lambda _: block, path.read_text(), count=1))


def main() -> None:
    """Removes the old pins, resolves again and writes the new pins."""
    write([])
    subprocess.run(["uv", "lock", "--upgrade"], cwd=ROOT, check=True)
    write(resolved())


if __name__ == "__main__":
    main()
