"""The servers that are compared: each started on a free port of 127.0.0.1 with its own folder, and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

MOTO = "moto[server]==5.2.5"
S3RVER = "s3rver@3.7.1"
CACHE = Path("~/.cache/trigpoint-benchmarks").expanduser()
START_LIMIT_S = 60.0

_open = build_opener(ProxyHandler({})).open  # ignores the proxy of the environment


@dataclass(frozen=True)
class Server:
    """A running server and the credentials that it accepts."""

    name: str
    url: str
    pid: int
    access_key_id: str = "S3RVER"
    secret_access_key: str = "S3RVER"
    environment: dict[str, str] = field(default_factory=dict)


class Missing(Exception):
    """A peer cannot be started here; the message is the reason."""


def get(url: str, headers: dict[str, str]) -> Any:
    """The open answer to a GET."""
    return _open(Request(url, headers=headers), timeout=30)


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def trigpoint(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`trigpoint serve` of this checkout on a fresh data directory, with some more environment variables."""
    variables = {**os.environ, **(environment or {})}
    port, data = free_port(), folder / "trigpoint"
    command = [sys.executable, "-m", "trigpoint"]
    serve = [*command, "serve", "--data", str(data), "--port", str(port)]
    with started(serve, folder / "trigpoint.log", variables) as child:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health", child)
        printed = subprocess.run(
            [*command, "env", "--data", str(data)],
            capture_output=True,
            text=True,
            check=True,
            env=variables,
        ).stdout
        exported = dict(
            line.removeprefix("export ").split("=", 1)
            for line in printed.splitlines()
            if line.startswith("export")
        )
        yield Server(
            "trigpoint", url, child.pid, exported["AWS_ACCESS_KEY_ID"], exported["AWS_SECRET_ACCESS_KEY"]
        )


@contextmanager
def moto(folder: Path, peers: Path = CACHE) -> Iterator[Server]:
    """moto's server: in memory, checks no signature, executes nothing."""
    port = free_port()
    command = [str(moto_command(peers)), "-H", "127.0.0.1", "-p", str(port)]
    with started(command, folder / "moto.log") as child:
        wait_for(f"http://127.0.0.1:{port}/moto-api/", child)
        yield Server("moto", f"http://127.0.0.1:{port}", child.pid, "any", "any")


@contextmanager
def s3rver(folder: Path, peers: Path = CACHE) -> Iterator[Server]:
    """s3rver: files on disk, Node."""
    script = peers / "s3rver" / "node_modules" / ".bin" / "s3rver"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise Missing("s3rver needs npm")
        script.parents[2].mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--silent", "--prefix", str(script.parents[2]), S3RVER], check=True)
    port = free_port()
    data = folder / "s3rver"
    data.mkdir()
    command = [str(script), "-a", "127.0.0.1", "-p", str(port), "-d", str(data), "--silent"]
    with started(command, folder / "s3rver.log") as child:
        wait_for(f"http://127.0.0.1:{port}/", child)
        yield Server("s3rver", f"http://127.0.0.1:{port}", child.pid)


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """nginx over plain files, without signatures, checksums or fsync: what the machine can do."""
    binary = shutil.which("nginx")
    if binary is None:
        raise Missing("nginx is not installed (Debian: apt-get install nginx-light)")
    root = folder / "nginx"
    (root / "files").mkdir(parents=True)
    port = free_port()
    (root / "nginx.conf").write_text(_NGINX.format(root=root, port=port, user=_nginx_user()))
    with started(
        [binary, "-p", str(root), "-c", str(root / "nginx.conf"), "-e", str(root / "error.log")], root / "log"
    ) as child:
        wait_for(f"http://127.0.0.1:{port}/", child)
        yield Server("nginx", f"http://127.0.0.1:{port}", child.pid)


def moto_command(peers: Path) -> Path:
    """The moto_server of an environment of its own."""
    home = peers / "moto"
    command = home / "bin" / "moto_server"
    if not command.exists():
        subprocess.run(["uv", "venv", "--quiet", str(home)], check=True)
        subprocess.run(
            ["uv", "pip", "install", "--quiet", "--python", str(home / "bin" / "python"), MOTO], check=True
        )
    return command


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    own = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(resident_mb(int(child)) for child in children)


def _nginx_user() -> str:
    return "user root;" if os.geteuid() == 0 else ""


@contextmanager
def started(
    command: Sequence[str], log: Path, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program, stopped at the end."""
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, env=variables)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


def wait_for(url: str, child: subprocess.Popen[bytes], limit_s: float = START_LIMIT_S) -> None:
    """Returns when the server answers. Raises: Missing: it has ended, or takes too long."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if child.poll() is not None:
            raise Missing(f"{child.args!r} ended with {child.returncode}")
        try:
            _open(url, timeout=5).close()
            return
        except OSError as problem:
            if getattr(problem, "code", None) is not None:
                return  # an HTTP error is an answer
        time.sleep(0.005)
    raise Missing(f"{child.args!r} did not answer within {limit_s:g} s")


_NGINX = """
daemon off;
{user}
worker_processes auto;
pid {root}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000;
  client_max_body_size 0;
  client_body_buffer_size 64k;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {root}/files;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""
