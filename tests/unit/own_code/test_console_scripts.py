"""The commands of packages below an environment run with its own Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

from trigpoint.own_code.overlay import make_overlay, packages_in
from trigpoint.own_code.pythons import base_python

MODULE = "import sys\ndef main():\n    print(sys.executable, *sys.argv[1:])\n    return 3\n"
COMMANDS = """[console_scripts]
tp-says = tp_says:main
pip = tp_says:main
../outside = tp_says:main
odd name = tp_says:main
injects = tp_says:main(); import os; os.x
"""


def test_commands_of_packages_below_run_with_the_python_above(tmp_path: Path) -> None:
    below = tmp_path / "below"
    about = below / "tp_says-1.0.dist-info"
    about.mkdir(parents=True)
    (below / "tp_says.py").write_text(MODULE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tp-says\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(COMMANDS)
    base, own = base_python(), tmp_path / "a folder" / "own"
    make_overlay(own, base, [str(below)], [below])
    names = {"python", "python3", f"python{base.version}", "pip", "pip3", "tp-says"}
    assert {each.name for each in (own / "bin").iterdir()} == names
    assert "pip-runner" in (own / "bin" / "pip").read_text()
    assert not list(tmp_path.rglob("outside"))
    done = subprocess.run([own / "bin" / "tp-says", "a b"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, f"{own}/bin/python a b\n"), done.stderr
    assert packages_in(base).name == "site-packages"
