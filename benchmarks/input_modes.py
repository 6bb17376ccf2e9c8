"""Speed of File and FastFile channels, compared with `cp -r` of the same files and, from another store, with a loop
of plain GETs.

Each measurement is a process of its own that does what a training job's instance does: lists, checks, copies or
mounts. FastFile is measured by an algorithm of a few lines: the time to its first object, and to all of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from figures import Figures
from servers import Server, trigpoint

from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.remote import RemoteConfig, RemoteStore
from trigpoint.training.bucket_objects import BucketObjects
from trigpoint.training.download import download
from trigpoint.training.fastfile import FastFiles
from trigpoint.training.model import Channel

READ_ALL = """
import os, sys, time
folder, began_s, count = sys.argv[1], float(sys.argv[2]), 0
for place, _, names in os.walk(folder):
    for name in names:
        with open(os.path.join(place, name), "rb") as file:
            file.read()
        count += 1
        if count == 1:
            print(time.time() - began_s, flush=True)
print(time.time() - began_s, count)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--bytes", type=int, default=27_000, help="size of each object")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="input-modes-")))
        files = folder / "files"
        files.mkdir()
        for k in range(options.objects):
            (files / f"{k:05}.jpg").write_bytes(os.urandom(options.bytes))
        server = stack.enter_context(trigpoint(folder))
        store = _store(folder, files, server)
        figures = Figures()
        for _ in range(options.rounds):
            _round(figures, folder, files, store, server)
        title = f"{options.objects} objects of {options.bytes} bytes: seconds"
        columns = ["first object", "all objects"]
        for column in columns:
            figures.print(f"{title} to {column}", column, ["seconds"], "seconds", higher_is_better=False)
        _print_ratios(figures)


def _store(folder: Path, files: Path, far: Server) -> ObjectStore:
    """The same objects in a bucket of ours, in a linked folder, and in a bucket of another server."""
    database = Database(f"sqlite:///{folder / 'objects.db'}")
    database.create_all()
    box = SecretBox.create(folder / "secret.key")
    store = ObjectStore(database, folder / "objects", SystemClock(), secrets=box)
    store.create_bucket("local")
    store.link_bucket("linked", files)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda path: store.put("local", path.name, path.read_bytes()), files.iterdir()))
    link = ["bucket", "link", "far", str(files), "--data", str(folder / "trigpoint")]
    subprocess.run([sys.executable, "-m", "trigpoint", *link], check=True, stdout=subprocess.DEVNULL)
    config = RemoteConfig(far.url, "us-east-1", far.access_key_id, far.secret_access_key)
    store.add_remote_bucket("remote", config, "far")
    return store


def _round(figures: Figures, folder: Path, files: Path, store: ObjectStore, server: Server) -> None:
    copy = folder / "copy"
    _timed(figures, "cp -r", copy, lambda: subprocess.run(["cp", "-r", files, copy], check=True))
    config = RemoteConfig(server.url, "us-east-1", server.access_key_id, server.secret_access_key)
    names = [path.name for path in files.iterdir()]

    def get_all() -> None:
        with ThreadPoolExecutor(32) as pool:
            for _ in pool.map(RemoteStore(config, "far").fetch, names):
                pass

    _timed(figures, "bare GETs of the remote bucket", copy, get_all)
    reader = BucketObjects(store)
    for bucket in ("local", "linked", "remote"):
        channel = Channel("train", "S3Prefix", f"s3://{bucket}/", "File")

        def bring_in(channel: Channel = channel) -> None:
            download(channel, copy, store.open_uri, store.iterate_uri, prepare=reader.prepare)

        _timed(figures, f"File, {bucket} bucket", copy, bring_in)
        _fast_file(figures, f"FastFile, {bucket} bucket", folder / "mounted", store, bucket)


def _timed(figures: Figures, row: str, target: Path, act: Callable[[], object]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    began_s = time.perf_counter()
    act()
    figures.add(row, "seconds", **{"all objects": time.perf_counter() - began_s})


def _fast_file(figures: Figures, row: str, target: Path, store: ObjectStore, bucket: str) -> None:
    """An algorithm that reads all files, from the moment at which its instance begins to prepare."""
    shutil.rmtree(target, ignore_errors=True)
    fast_files = FastFiles(store, lambda line: None)
    began_s = time.time()
    if not fast_files.offer(Channel("train", "S3Prefix", f"s3://{bucket}/", "FastFile"), target):
        print(f"{row}: this system does not let a process mount folders")
        return
    command, inherited = fast_files.command([sys.executable, "-c", READ_ALL, str(target), str(began_s)])
    done = subprocess.run(command, pass_fds=inherited, capture_output=True, text=True, check=True)
    fast_files.stop()
    first, last = done.stdout.splitlines()
    figures.add(row, "seconds", **{"first object": float(first), "all objects": float(last.split()[0])})


def _print_ratios(figures: Figures) -> None:
    """How often as long as the plain copy, or as bare GETs, each took."""
    print("\ntimes as long as the limit (cp -r; for the remote bucket bare GETs)")
    for bucket in ("local", "linked", "remote"):
        limit = "bare GETs of the remote bucket" if bucket == "remote" else "cp -r"
        least = figures.median(limit, "seconds", "all objects")
        for mode in ("File", "FastFile"):
            took = figures.median(f"{mode}, {bucket} bucket", "seconds", "all objects")
            if took is not None and least is not None:
                print(f"  {mode + ', ' + bucket + ' bucket':26} {took / least:5.2f}")


if __name__ == "__main__":
    main()
