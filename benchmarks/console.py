"""How long the server takes for the pages of the console, with many jobs and a large one.

    uv run python benchmarks/console.py [--jobs 10000] [--objects 100000] [--requests 30]

It makes a data directory with that many labeling jobs in all statuses, one of which has that many data objects, signs in and asks
for each page again and again, in this process and without a network. It prints the median and the slowest request of each page, the median of the
processor's time, and the size of the page with its assets, compressed as a browser gets them from a proxy that compresses. Target: 150 ms and 150 KB.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import msgspec
from sqlalchemy import insert
from starlette.testclient import TestClient

from trigpoint.app import Application
from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import prepare
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_jobs, labeling_objects
from trigpoint.labeling.model import JobSpec, JobStatus, ObjectStatus
from trigpoint.labeling.object_figures import ObjectFigures
from trigpoint.labeling.store import object_figures
from trigpoint.server.web.static import STATIC
from trigpoint.settings import Settings

PASSWORD = "a password for measuring"
FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"
TEAM = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/street"
LARGE = "street-00000"
PAGES = {
    "overview": "/console/",
    "labeling jobs": "/console/labeling-jobs",
    "labeling jobs, searched": "/console/labeling-jobs?q=99",
    "labeling jobs, one status by name": "/console/labeling-jobs?status=Completed&sort=Name&order=asc",
    "a large labeling job": f"/console/labeling-jobs/{LARGE}",
    "its gallery": f"/console/labeling-jobs/{LARGE}/objects",
    "its gallery, far down": f"/console/labeling-jobs/{LARGE}/objects?at=99000",
    "its gallery, by confidence": f"/console/labeling-jobs/{LARGE}/objects?sort=confidence&order=desc&class=bus&at=20000",
    "one of its objects": f"/console/labeling-jobs/{LARGE}/objects/5?sort=disagreement&at=50000",
    "people": "/console/people",
    "settings": "/console/settings",
}
RESULT = (
    '"boxes": {"image_size": [{"width": 640, "height": 480, "depth": 3}], "annotations": [{"class_id": 0, "left": 10, "top": 20, '
    '"width": 100, "height": 80}, {"class_id": 1, "left": 200, "top": 120, "width": 60, "height": 90}]}, "boxes-metadata": {"objects": '
    '[{"confidence": 0.9}, {"confidence": %s}], "class-map": {"0": "car", "1": "bus"}, "type": "groundtruth/object-detection"}'
)
ASSET = re.compile(r'(?:src|href|data-chart)="/static/([^"?]+)')


def fill(database: Database, jobs: int, objects: int) -> None:
    """Writes the jobs, and the objects of the first one."""
    now = SystemClock().now()
    statuses = list(JobStatus)
    rows = []
    for number in range(jobs):
        name = f"street-{number:05}"
        status = JobStatus.IN_PROGRESS if number == 0 else statuses[number % len(statuses)]
        rows.append(
            {
                "id": f"job-{number:05}",
                "name": name,
                "name_key": name,
                "arn": f"arn:aws:sagemaker:us-east-1:111122223333:labeling-job/{name}",
                "reference_code": f"111122223333{number:05}",
                "team_arn": TEAM,
                "task_type": "BoundingBox",
                "spec": msgspec.to_builtins(_spec(name)),
                "status": status,
                "failure_reason": "the manifest has no lines" if status is JobStatus.FAILED else None,
                "created_at": now - timedelta(minutes=jobs - number),
                "updated_at": now - timedelta(seconds=number),
                "total_count": objects if number == 0 else 500,
                "labeled_count": objects - -(-objects // 100) if number == 0 else 200,
            }
        )
    with database.write() as connection:
        connection.execute(insert(labeling_jobs), rows)
    line = '{"source-ref": "s3://photos/%06d.jpg"}'
    for first in range(0, objects, 10_000):
        part = [
            {
                "job_id": "job-00000",
                "object_index": index,
                "line": line % index,
                "status": ObjectStatus.OPEN if index % 100 == 0 else ObjectStatus.LABELED,
                "answer_count": 1,
                "result": None if index % 100 == 0 else RESULT % (index % 1000 / 1000),
            }
            for index in range(first, min(first + 10_000, objects))
        ]
        figures = {
            index: ObjectFigures(
                index % 1000 / 1000, index % 7 / 7, {"car": 1, ("bus", "tree")[index % 2]: 1}
            )
            for index in range(first, min(first + 10_000, objects))
            if index % 100
        }
        with database.write() as connection:
            connection.execute(insert(labeling_objects), part)
            object_figures.insert_new(connection, "job-00000", figures)


def _spec(name: str) -> JobSpec:
    return JobSpec(
        name=name,
        label_attribute="boxes",
        manifest_uri=f"s3://photos/{name}/in.manifest",
        output_path=f"s3://photos/{name}/out",
        role_arn="arn:aws:iam::111122223333:role/Labeler",
        label_categories_uri=f"s3://photos/{name}/labels.json",
        team_arn=TEAM,
        template_uri=f"s3://photos/{name}/ui.liquid",
        pre_function_arn=f"{FUNCTIONS}:PRE-BoundingBox",
        consolidation_function_arn=f"{FUNCTIONS}:ACS-BoundingBox",
        title="Draw boxes",
        description="Around each car",
        workers_per_object=1,
        time_limit_s=600,
    )


def signed_in(application: Application) -> TestClient:
    """A browser of the administrator."""
    browser = TestClient(application.asgi, base_url="http://127.0.0.1:8400", follow_redirects=False)
    link = application.people.first_link()
    assert link is not None, "nobody has signed in yet"
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the pages of the console.")
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings, clock = Settings(data_dir=Path(folder) / "data"), SystemClock()
        application = Application(settings, prepare(settings, clock), clock)
        fill(application.database, arguments.jobs, arguments.objects)
        browser = signed_in(application)
        print(f"{'page':<36}{'median ms':>10}{'slowest':>10}{'CPU ms':>10}{'KB':>8}")
        for name, path in PAGES.items():
            times, cpu, size = measure(browser, path, arguments.requests)
            print(
                f"{name:<36}{statistics.median(times):>10.1f}{max(times):>10.1f}{statistics.median(cpu):>10.1f}{size / 1000:>8.1f}"
            )
        for name, version in (("version of all jobs", ""), ("version of a large job", LARGE)):
            read = application.standing.version if version else application.standing.version_of_all
            began = time.perf_counter()
            for _ in range(arguments.requests):
                read(version)
            print(f"{name:<36}{(time.perf_counter() - began) * 1000 / arguments.requests:>10.1f}")
        application.stop()


if __name__ == "__main__":
    main()
