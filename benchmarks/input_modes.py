"""Speed of File and FastFile channels, compared with `cp -r` of the same files and, from another store, with a loop
of plain GETs.

Each measurement does what a training job's instance does, through the door of a server and with the credentials of a job:
lists, checks, copies or mounts. With --direct it uses the server's own object store and its database instead. FastFile is measured by an algorithm of a few lines: the time to its first object, and to all of them.
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
from datetime import UTC, datetime
from pathlib import Path

from figures import Figures
from servers import Server, trigpoint

from trigpoint.access.door_keys import DoorKeys
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.access.session_keys import job_issuer
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.compute.group import new_group
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.door.client import Door, ServerAddress
from trigpoint.door.objects import InstanceObjects, JobObjects
from trigpoint.objects import ObjectStore
from trigpoint.remote import RemoteConfig, RemoteStore
from trigpoint.settings import Settings
from trigpoint.training import store
from trigpoint.training.bucket_objects import BucketObjects
from trigpoint.training.download import download
from trigpoint.training.fastfile import FastFiles
from trigpoint.training.model import Channel, TrainingJob, TrainingSpec

BUCKETS = ("local", "linked", "remote")

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
    parser.add_argument("--direct", action="store_true", help="without the door")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="input-modes-")))
        files = folder / "files"
        files.mkdir()
        for k in range(options.objects):
            (files / f"{k:05}.jpg").write_bytes(os.urandom(options.bytes))
        server = stack.enter_context(trigpoint(folder))
        (folder / "near").mkdir()
        near = stack.enter_context(trigpoint(folder / "near"))
        settings = Settings(data_dir=folder / "near" / "trigpoint", port=int(near.url.rpartition(":")[2]))
        database = Database(settings.sqlalchemy_url)
        direct = _filled(database, settings, folder, files, server)
        objects = direct if options.direct else _as_a_job_sees_it(database, settings, folder)
        figures = Figures()
        for _ in range(options.rounds):
            _round(figures, folder, files, objects, server)
        title = f"{options.objects} objects of {options.bytes} bytes: seconds"
        columns = ["first object", "all objects"]
        for column in columns:
            figures.print(f"{title} to {column}", column, ["seconds"], "seconds", higher_is_better=False)
        _print_ratios(figures)


def _filled(database: Database, settings: Settings, folder: Path, files: Path, far: Server) -> ObjectStore:
    """The same objects in a bucket of ours, in a linked folder, and in a bucket of another server."""
    box = SecretBox(settings.key_file)
    store = ObjectStore(database, settings.objects_dir, SystemClock(), secrets=box)
    store.create_bucket("local")
    store.link_bucket("linked", files)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda path: store.put("local", path.name, path.read_bytes()), files.iterdir()))
    link = ["bucket", "link", "far", str(files), "--data", str(folder / "trigpoint")]
    subprocess.run([sys.executable, "-m", "trigpoint", *link], check=True, stdout=subprocess.DEVNULL)
    config = RemoteConfig(far.url, "us-east-1", far.access_key_id, far.secret_access_key)
    store.add_remote_bucket("remote", config, "far")
    return store


def _as_a_job_sees_it(database: Database, settings: Settings, folder: Path) -> JobObjects:
    """The buckets as an instance of a job sees them that nobody runs."""
    channels = tuple(Channel(name, "S3Prefix", f"s3://{name}/", "File") for name in BUCKETS)
    spec = TrainingSpec("object-detection", channels, {}, {}, "s3://local/out", True, "ml.m5.large", 3600)
    now = datetime.now(UTC)
    job = TrainingJob(
        "bench", "bench", "arn", spec, {}, 1, "InProgress", "Starting", (), now, now, new_group(1)
    )
    with database.write() as connection:
        store.add(connection, job)
    box, clock = SecretBox(settings.key_file), SystemClock()
    keys = AccessKeys(database, box, clock)
    temporary = TemporaryKeys(box, keys.is_in_force, clock)
    issue = job_issuer(keys, temporary, DoorKeys(box, clock), settings.account_id)
    issued = issue("training-job/bench", "Any/SageMaker", 3600)
    door = Door(ServerAddress(settings.local_url), issued.door_token, print)
    return JobObjects(door, issued.session, settings.region, folder, is_near=True)


def _round(figures: Figures, folder: Path, files: Path, objects: InstanceObjects, server: Server) -> None:
    copy = folder / "copy"
    _timed(figures, "cp -r", copy, lambda: subprocess.run(["cp", "-r", files, copy], check=True))
    config = RemoteConfig(server.url, "us-east-1", server.access_key_id, server.secret_access_key)
    names = [path.name for path in files.iterdir()]

    def get_all() -> None:
        with ThreadPoolExecutor(32) as pool:
            for _ in pool.map(RemoteStore(config, "far").fetch, names):
                pass

    _timed(figures, "bare GETs of the remote bucket", copy, get_all)
    reader = BucketObjects(objects)
    for bucket in BUCKETS:
        channel = Channel("train", "S3Prefix", f"s3://{bucket}/", "File")

        def bring_in(channel: Channel = channel) -> None:
            download(channel, copy, objects.open_uri, objects.iterate_uri, prepare=reader.prepare)

        _timed(figures, f"File, {bucket} bucket", copy, bring_in)
        _fast_file(figures, f"FastFile, {bucket} bucket", folder / "mounted", objects, bucket)


def _timed(figures: Figures, row: str, target: Path, act: Callable[[], object]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    began_s = time.perf_counter()
    act()
    figures.add(row, "seconds", **{"all objects": time.perf_counter() - began_s})


def _fast_file(figures: Figures, row: str, target: Path, store: InstanceObjects, bucket: str) -> None:
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
    for bucket in BUCKETS:
        limit = "bare GETs of the remote bucket" if bucket == "remote" else "cp -r"
        least = figures.median(limit, "seconds", "all objects")
        for mode in ("File", "FastFile"):
            took = figures.median(f"{mode}, {bucket} bucket", "seconds", "all objects")
            if took is not None and least is not None:
                print(f"  {mode + ', ' + bucket + ' bucket':26} {took / least:5.2f}")


if __name__ == "__main__":
    main()
