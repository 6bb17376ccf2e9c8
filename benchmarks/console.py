"""How long the server takes for the pages of the console of a full installation.

    uv run python benchmarks/console.py [--jobs 10000] [--objects 100000] [--keys 1000000] [--requests 20] [--database URL] [--only WORD]

It makes a data directory with that many labeling jobs, training jobs, models, endpoint configs, endpoints and transform jobs; a labeling job with that
many data objects and three answers to each; a team of 1,000 members, one of whom has answered 20,000 times; a training job with a long log; and a bucket with
that many keys. It signs in and asks for each page again and again, in this process and without a network. It prints the median and the slowest request of
each page, the median of the processor's time, and the size of the page with its assets, compressed as a browser gets them from a proxy that compresses.
Target: 150 ms and 150 KB. `--database` is an empty database of PostgreSQL; without it, it is SQLite. Prints what misses the target at the end.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import tempfile
import time
from pathlib import Path

from console_data import BUSY_WORKER, LARGE, TEAM, Filling
from starlette.testclient import TestClient

from trigpoint.app import Application
from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import prepare
from trigpoint.server.web.static import STATIC
from trigpoint.settings import Settings

PASSWORD = "a password for measuring"
MOST_MS = 150
MOST_KB = 150
MEMBERS = 1_000
ANSWERERS = 50
LOG_LINES = 1_000_000
BUCKETS = 1_000
AT = f"/console/labeling-jobs/{LARGE}"


def _lists(path: str, word: str, status: str) -> dict[str, str]:
    """A list in each of its orders, searched and filtered."""
    name = path.rsplit("/", 1)[-1]
    found = {name: path, f"{name}, searched": f"{path}?q=99", f"{name}, searched in vain": f"{path}?q=zz"}
    for sort in ("Name", "CreationTime", "Status"):
        found[f"{name}, by {sort}"] = f"{path}?sort={sort}&order=asc"
    if status:
        found[f"{name}, one status"] = f"{path}?status={status}"
        found[f"{name}, one status by name, searched"] = f"{path}?status={status}&sort=Name&order=asc&q=9"
    return found | {f"one of {name}": f"{path}/{word}-00000"}


PAGES = {
    "overview": "/console/",
    "first steps": "/console/first-steps",
    **_lists("/console/labeling-jobs", "street", "Completed"),
    "its gallery": f"{AT}/objects",
    "its gallery, with answers": f"{AT}/objects?answers=1",
    "its gallery, far down": f"{AT}/objects?at=99000",
    "its gallery, by confidence": f"{AT}/objects?sort=confidence&order=desc&class=bus&at=20000",
    "its gallery, by disagreement": f"{AT}/objects?sort=disagreement&at=90000",
    "its gallery, one worker": f"{AT}/objects?worker={BUSY_WORKER}",
    "its gallery, all filters": f"{AT}/objects?worker={BUSY_WORKER}&class=car&least=10&most=90&differ=10&status=labeled",
    "its gallery, open": f"{AT}/objects?status=open",
    "one of its objects": f"{AT}/objects/5?sort=disagreement&at=50000",
    "create a labeling job like it": f"/console/labeling-jobs/create?from={LARGE}",
    **_lists("/console/training-jobs", "train", "Completed"),
    "create a training job": "/console/training-jobs/create",
    "create a training job from a labeling job": f"/console/training-jobs/create?from={LARGE}",
    **_lists("/console/models", "model", ""),
    "create a model": "/console/models/create",
    **_lists("/console/endpoint-configs", "config", ""),
    "create an endpoint config": "/console/endpoint-configs/create",
    **_lists("/console/endpoints", "endpoint", "InService"),
    "create an endpoint": "/console/endpoints/create",
    "try an endpoint": "/console/endpoints/endpoint-00000/try",
    **_lists("/console/transform-jobs", "transform", "Completed"),
    "create a transform job": "/console/transform-jobs/create",
    "buckets": "/console/buckets",
    "buckets, searched": "/console/buckets?q=99",
    "a bucket": "/console/buckets/photos?prefix=small/",
    "a bucket as pictures": "/console/buckets/photos?prefix=small/&view=grid",
    "a large bucket": "/console/buckets/large",
    "a large bucket, folders": "/console/buckets/large?prefix=photos/",
    "a large bucket, searched": "/console/buckets/large?prefix=photos/&q=09",
    "a large bucket, far down": "/console/buckets/large?prefix=photos/0900/&after=photos/0900/0900500.jpg",
    "create a manifest": "/console/buckets/large/create-manifest?prefix=photos/0900/",
    "one object": "/console/buckets/photos/object?key=small/0001.jpg",
    "workers": "/console/workforce",
    "workers, searched": "/console/workforce?q=99",
    "workers, one state": "/console/workforce?status=active&sort=CreationTime",
    "a worker with 20,000 answers": f"/console/workforce/workers/{BUSY_WORKER}",
    "invite workers": "/console/workforce/invite",
    "work teams": "/console/workforce/teams",
    "a team of 1,000": f"/console/workforce/teams/{TEAM}",
    "workforce settings": "/console/workforce/settings",
    "people": "/console/people",
    "settings": "/console/settings",
}
ASSET = re.compile(r'(?:src|href|data-chart)="/static/([^"?]+)')


def signed_in(application: Application) -> TestClient:
    """A browser of the administrator."""
    browser = TestClient(application.asgi, base_url="http://127.0.0.1:8400", follow_redirects=False)
    link = application.people.first_link()
    if link is not None:
        token = link.split("token=")[1]
        fields = {"token": token, "new_password": PASSWORD, "repeat_password": PASSWORD}
        browser.post("/console/reset", data=fields)
    browser.post("/console/sign-in", data={"user_name": "admin", "password": PASSWORD})
    return browser


def measure(browser: TestClient, path: str, requests: int) -> tuple[list[float], list[float], int]:
    """The time of each request and that of the processor in ms, after one request that is not counted, and the compressed bytes of the page with its assets."""
    page = browser.get(path)
    assert page.status_code == 200, f"{path}: {page.status_code} {page.text[:500]}"
    times, cpu = [], []
    for _ in range(requests):
        began, began_cpu = time.perf_counter(), time.process_time()
        browser.get(path)
        times.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - began_cpu) * 1000)
    parts = [page.content, *((STATIC / name).read_bytes() for name in sorted(set(ASSET.findall(page.text))))]
    return times, cpu, sum(len(gzip.compress(part)) for part in parts)


def fill(application: Application, jobs: int, objects: int, keys: int) -> None:
    """A full installation."""
    filling = Filling(application, application.settings.account_id)
    filling.crowd(MEMBERS)
    filling.labeling(jobs, objects, ANSWERERS)
    filling.data(keys, BUCKETS)
    filling.training(jobs, LOG_LINES)
    filling.hosting(jobs)


def report(browser: TestClient, requests: int, only: str) -> list[str]:
    """Prints each page, and returns those that miss the target."""
    print(f"{'page':<44}{'median ms':>10}{'slowest':>10}{'CPU ms':>10}{'KB':>8}")
    missed = []
    for name, path in PAGES.items():
        if only not in name:
            continue
        times, cpu, size = measure(browser, path, requests)
        median, kb = statistics.median(times), size / 1000
        print(
            f"{name:<44}{median:>10.1f}{max(times):>10.1f}{statistics.median(cpu):>10.1f}{kb:>8.1f}",
            flush=True,
        )
        if median > MOST_MS or kb > MOST_KB:
            missed.append(f"{name}: {median:.0f} ms, {kb:.0f} KB")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the pages of the console.")
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--database", default="")
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the data directory, which is used again if it is there"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = (arguments.keep or Path(folder)) / "data"
        is_there = data.exists()
        settings, clock = Settings(data_dir=data, database_url=arguments.database), SystemClock()
        application = Application(settings, prepare(settings, clock), clock)
        browser = signed_in(application)
        if not is_there:
            began = time.perf_counter()
            fill(application, arguments.jobs, arguments.objects, arguments.keys)
            print(f"filled in {time.perf_counter() - began:.0f} s")
        missed = report(browser, arguments.requests, arguments.only)
        for name, version in (("version of all jobs", ""), ("version of a large job", LARGE)):
            read = application.standing.version if version else application.standing.version_of_all
            began = time.perf_counter()
            for _ in range(arguments.requests):
                read(version)
            print(f"{name:<44}{(time.perf_counter() - began) * 1000 / arguments.requests:>10.1f}")
        application.stop()
    print("\n".join(["misses:", *missed]) if missed else "every page is within the target")


if __name__ == "__main__":
    main()
