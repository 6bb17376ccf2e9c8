"""Server start to the first answered request, and idle memory, compared with moto's server.

A start is the second one on a directory (the first also makes accounts and keys); the request is a signed
ListBuckets over a socket of its own. Memory is read 3 s after the answer, children included.

    uv run python benchmarks/startup.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import servers
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from figures import Figures
from servers import Server


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=servers.CACHE)
    options = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as name:
        folder = Path(name)
        with servers.trigpoint(folder) as server:
            known = server
        for _ in range(options.rounds):
            command = [sys.executable, "-m", "trigpoint", "serve", "--data", str(folder / "trigpoint")]
            _measure(figures, "trigpoint", command, known)
            _measure(figures, "moto", [str(servers.moto_command(options.peers)), "-H", "127.0.0.1"], None)
    figures.print(
        "start to first answer, s (median)",
        "start_s",
        ["trigpoint", "moto"],
        "trigpoint",
        higher_is_better=False,
    )
    figures.print(
        "idle memory, MB (median)", "idle_mb", ["trigpoint", "moto"], "trigpoint", higher_is_better=False
    )


def _measure(figures: Figures, name: str, command: list[str], known: Server | None) -> None:
    port = servers.free_port()
    begun = time.perf_counter()
    child = subprocess.Popen(
        [*command, "--port" if known else "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _first_answer(f"http://127.0.0.1:{port}/", known)
        start_s = time.perf_counter() - begun
        time.sleep(3)
        figures.add("server", name, start_s=start_s, idle_mb=servers.resident_mb(child.pid))
    finally:
        child.terminate()
        child.wait(20)


def _first_answer(url: str, known: Server | None) -> None:
    credentials = Credentials(
        known.access_key_id if known else "any", known.secret_access_key if known else "any"
    )
    while True:
        request: Any = AWSRequest("GET", url)
        request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
        SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
        try:
            with servers.get(url, dict(request.headers)) as answer:
                assert answer.status == 200
                return
        except ConnectionError:
            time.sleep(0.002)
        except OSError as problem:
            if not isinstance(getattr(problem, "reason", None), ConnectionError):
                raise
            time.sleep(0.002)


if __name__ == "__main__":
    main()
