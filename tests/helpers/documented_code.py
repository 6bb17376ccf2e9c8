"""Running the Python of a documentation page as a reader would: in a fresh process, in the reader's folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
RUN = """
import json, sys
namespace = {}
page, wanted, blocks = json.load(sys.stdin)
for block in blocks:
    exec(compile(block, page, "exec"), namespace)
print("\\n" + json.dumps({name: namespace[name] for name in wanted}, default=str))
"""


def python_blocks(page: str) -> list[str]:
    """The blocks of Python on a page of docs/, in order."""
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)


def run_page(
    page: str,
    environment: Mapping[str, str],
    *,
    folder: Path,
    wanted: Iterable[str] = (),
    timeout_s: float = 300,
) -> dict[str, Any]:
    """Runs all the Python of the page and returns the values of the variables named `wanted`, through JSON.

    The code runs in its own process, because boto3's default session keeps the credentials of a process.
    """
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([f"docs/{page}", list(wanted), python_blocks(page)]),
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
