"""Which line of which file a failed installation is reported with, and why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from trigpoint.own_code.requirement_errors import explained, requirement_lines


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder of code with these files."""
    code = folder / "code"
    for name, text in files.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text(text)
    return code


def pip_says(code: Path) -> str:
    """What the real pip prints when it installs the requirements of this code without an index."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--isolated", "--no-index", "--no-build-isolation"),
            *("--disable-pip-version-check", "--target", str(code.parent / "to"), "-r", "requirements.txt"),
        ],
        cwd=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"requirements.txt": "# ours\n-r parts/more.txt\n", "parts/more.txt": "\n\nno_such.thing == 9\n"},
            "parts/more.txt, line 3 ('no_such.thing == 9'): ",
        ),
        (
            {"requirements.txt": "\n./ours\n", "ours/setup.py": "raise SystemExit('needs a compiler')"},
            "requirements.txt, line 2 ('./ours'): ",
        ),
    ],
    ids=["missing package", "failed build"],
)
def test_the_line_is_named_in_the_file_in_which_it_is(
    tmp_path: Path, files: Mapping[str, str], message: str
) -> None:
    code = written(tmp_path, files)
    found = explained(code / "requirements.txt", code, pip_says(code))
    assert found.startswith(message), found
    assert "ours/setup.py" not in files or found.endswith("needs a compiler"), found


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            "ERROR: Invalid requirement: 'a b': Expected semicolon or end\n    a b\n"
            "      ^ (from line 1 of /opt/ml/code/parts/more.txt)\n",
            "parts/more.txt, line 1 ('a b'): Invalid requirement: 'a b': Expected semicolon or end",
        ),
        (
            "ERROR: Could not open constraint file: [Errno 2] No such file or directory: '/opt/ml/code/limits.txt'\n",
            "requirements.txt, line 2 ('-c limits.txt'): Could not open constraint file: ",
        ),
        (
            "Usage: __main__.py [options]\n\nERROR: Invalid requirement: --foo bar\n"
            "__main__.py: error: no such option: --foo\n",
            "requirements.txt, line 4 ('--foo bar'): Invalid requirement: --foo bar",
        ),
        (
            "ERROR: Cannot install Numpy because these package versions have conflicting dependencies.\n"
            "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n",
            "requirements.txt, line 3 ('numpy>=1'): Cannot install Numpy because these package versions have ",
        ),
        ("Killed\n", "requirements.txt: Killed"),
    ],
    ids=["no requirement", "missing file", "option", "conflict", "nothing known"],
)
def test_what_pip_prints_is_traced_to_its_line(tmp_path: Path, output: str, message: str) -> None:
    text = "-r parts/more.txt\n-c limits.txt\nnumpy>=1\n--foo bar\n"
    code = written(tmp_path, {"requirements.txt": text, "parts/more.txt": "a b\n"})
    assert explained(code / "requirements.txt", code, output).startswith(message)


def test_a_package_that_cannot_be_fetched_is_named_by_the_line_that_pip_collects(tmp_path: Path) -> None:
    code = written(tmp_path, {"requirements.txt": "\ngit+https://127.0.0.1:9/a/b.git\n"})
    output = (
        "Collecting git+https://127.0.0.1:9/a/b.git (from -r /opt/ml/code/requirements.txt (line 2))\n"
        "  × git clone did not run successfully.\n  │ exit code: 128\n  ╰─> No available output.\n"
    )
    assert explained(code / "requirements.txt", code, output) == (
        "requirements.txt, line 2 ('git+https://127.0.0.1:9/a/b.git'): git clone did not run successfully.; "
        "No available output."
    )


def test_only_files_of_the_code_are_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret==1\n")
    code = written(
        tmp_path, {"requirements.txt": "-r ../secret.txt\n-r link.txt\n-r requirements.txt\nnumpy\n"}
    )
    (code / "link.txt").symlink_to(tmp_path / "secret.txt")
    lines = requirement_lines(code / "requirements.txt", code)
    assert [(line.number, line.text) for line in lines][-1] == (4, "numpy")
    assert {line.file for line in lines} == {"requirements.txt"}
