"""Objects in and out over loopback: 30 KB and 8 MB, 1 and 16 clients, compared with moto, s3rver and nginx.

The load comes from wrk, so that the client is not the limit; requests are presigned (nginx and moto ignore the
signature, Trigpoint and s3rver verify it). One row with boto3 shows how much of the difference remains with its own cost.

    uv run python benchmarks/object_store.py [--rounds 5] [--seconds 3] [--only trigpoint,nginx] [--json FILE]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import servers
from botocore.config import Config
from figures import Figures
from servers import Server

BUCKET = "benchmark"
SIZES = {"30 KB": (30_000, 200), "8 MB": (8_000_000, 6)}
CLIENTS = (1, 16)
COLUMNS = ("trigpoint", "moto", "s3rver", "nginx")

_SCRIPT = """
local paths = {{ {paths} }}
local body = nil
{body}
local i = 0
request = function()
  i = i % #paths + 1
  return wrk.format("{method}", paths[i], {{ ["Content-Type"] = "application/octet-stream" }}, body)
end
done = function(summary, latency, requests)
  io.stderr:write(string.format('{{"requests": %d, "us": %d, "bad": %d, "p50_us": %d, "p99_us": %d}}\\n',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


def main() -> None:
    """Measures and prints."""
    options = _options()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian: apt-get install wrk)")
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-") as folder, ExitStack() as stack:
        running = _start(stack, Path(folder), options)
        bodies = {size: os.urandom(count) for size, (count, _) in SIZES.items()}
        for server in running:
            _fill(server, bodies, Path(folder))
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            for size, clients, method in itertools.product(SIZES, CLIENTS, ("GET", "PUT")):
                for server in running:
                    _measure(figures, server, method, size, clients, bodies[size], options.seconds)
            for server in running:
                if server.name != "nginx":
                    _measure_boto3(figures, server, bodies["30 KB"], options.seconds)
    columns = [column for column in COLUMNS if any(server.name == column for server in running)]
    figures.print("requests/s (median)", "per_s", columns, "trigpoint")
    figures.print("MB/s (median)", "mb_per_s", columns, "trigpoint")
    figures.print("p99, ms (median)", "p99_ms", columns, "trigpoint", higher_is_better=False)
    if options.json:
        figures.write(options.json, {"rounds": options.rounds, "seconds": options.seconds})


def _options() -> Any:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", help="names of servers, separated by commas")
    parser.add_argument("--peers", type=Path, default=servers.CACHE)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _start(stack: ExitStack, folder: Path, options: Any) -> list[Server]:
    ways = {
        "trigpoint": lambda: servers.trigpoint(folder),
        "moto": lambda: servers.moto(folder, options.peers),
        "s3rver": lambda: servers.s3rver(folder, options.peers),
        "nginx": lambda: servers.nginx(folder),
    }
    running = []
    for name in options.only.split(",") if options.only else COLUMNS:
        try:
            running.append(stack.enter_context(ways[name]()))
        except (servers.Missing, OSError, subprocess.CalledProcessError) as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
    return running


def _fill(server: Server, bodies: dict[str, bytes], folder: Path) -> None:
    if server.name == "nginx":
        for size, (_, count) in SIZES.items():
            for number in range(count):
                path = folder / "nginx" / "files" / BUCKET / _key(size, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(bodies[size])
        return
    s3 = _s3(server)
    s3.create_bucket(Bucket=BUCKET)
    for size, (_, count) in SIZES.items():
        for number in range(count):
            s3.put_object(Bucket=BUCKET, Key=_key(size, number), Body=bodies[size])


def _measure(
    figures: Figures, server: Server, method: str, size: str, clients: int, body: bytes, seconds: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        loading = ""
        if method == "PUT":
            (Path(folder) / "body").write_bytes(body)
            loading = f'local file = io.open("{folder}/body", "rb"); body = file:read("*a"); file:close()'
        paths = ", ".join(f"{path!r}" for path in _presigned(server, method, size))
        script.write_text(_SCRIPT.format(paths=paths, body=loading, method=method))
        command = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "20s",
            "-s",
            str(script),
        ]
        done = subprocess.run([*command, server.url], capture_output=True, text=True, check=True)
    found = json.loads(done.stderr.strip().splitlines()[-1])
    if found["bad"] or not found["requests"]:
        print(
            f"{server.name} {method} {size}: {found['bad']} of {found['requests']} requests failed",
            file=sys.stderr,
        )
        return
    per_s = found["requests"] / (found["us"] / 1e6)
    row = f"{method} {size}, {clients} client{'s' * (clients > 1)}"
    figures.add(row, server.name, per_s=per_s, mb_per_s=per_s * len(body) / 1e6, p99_ms=found["p99_us"] / 1e3)


def _measure_boto3(figures: Figures, server: Server, body: bytes, seconds: float) -> None:
    s3 = _s3(server)
    calls = {
        "GET": lambda key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read(),
        "PUT": lambda key: s3.put_object(Bucket=BUCKET, Key=key, Body=body),
    }
    for method, call in calls.items():
        call(_key("30 KB", 0))
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            call(_key("30 KB", count % SIZES["30 KB"][1]))
            count += 1
        per_s = count / (time.perf_counter() - begun)
        figures.add(
            f"{method} 30 KB, 1 boto3 client", server.name, per_s=per_s, mb_per_s=per_s * len(body) / 1e6
        )


def _presigned(server: Server, method: str, size: str) -> Sequence[str]:
    keys = [_key(size, number) for number in range(SIZES[size][1])]
    if server.name == "nginx":
        return [f"/{BUCKET}/{key}" for key in keys]
    s3 = _s3(server)
    operation = {"GET": "get_object", "PUT": "put_object"}[method]
    parameters = {} if method == "GET" else {"ContentType": "application/octet-stream"}
    urls = [
        s3.generate_presigned_url(operation, {"Bucket": BUCKET, "Key": key, **parameters}, 3600)
        for key in keys
    ]
    return [url.removeprefix(server.url) for url in urls]


def _key(size: str, number: int) -> str:
    return f"{size.replace(' ', '')}/{number:04d}.bin"


def _s3(server: Server) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, proxies={}),
    )


if __name__ == "__main__":
    main()
