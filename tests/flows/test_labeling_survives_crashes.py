"""kill -9 of the server under load: no acknowledged answer is lost, and labeling goes on."""

from __future__ import annotations

import json
import threading
import time

import httpx

from helpers.labeling_world import PortalWorker, World, invite, make_world, one_box
from helpers.server_process import ServerProcess

OBJECTS = 24
WORKERS = 8
PER_OBJECT = 3
KILLS = 3


def test_no_acknowledged_answer_is_lost(server: ServerProcess) -> None:
    world = make_world(server, OBJECTS, PER_OBJECT)
    people = [
        PortalWorker(server.url, *invite(server, f"w{i}@example.com", world.team)) for i in range(WORKERS)
    ]
    acknowledged: list[tuple[str, str]] = []
    finished = threading.Event()
    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=label_on, args=(person, world, acknowledged, finished, failures))
        for person in people
    ]
    for thread in threads:
        thread.start()
    for kill in range(KILLS):
        wait_until(lambda seen=(kill + 1) * 12: len(acknowledged) >= seen or bool(failures))
        server.kill()
        server.start()
    wait_until(lambda: world.describe()["LabelingJobStatus"] == "Completed" or bool(failures))
    finished.set()
    for thread in threads:
        thread.join(30)
    assert not failures, failures
    assert_every_answer_is_there(world, acknowledged)


def label_on(
    person: PortalWorker,
    world: World,
    acknowledged: list[tuple[str, str]],
    finished: threading.Event,
    failures: list[BaseException],
) -> None:
    """Labels until everything is done. A request that fails because the server is down is sent again."""
    try:
        while not finished.is_set():
            try:
                assignment = person.next(world.job)
                if assignment is None:
                    time.sleep(0.1)
                    continue
                index = int(assignment["taskInput"]["manifestLine"]["n"])
                answer = person.submit(assignment["assignmentId"], one_box(*world.boxes[index]))
                if answer.status_code == 200:
                    acknowledged.append((person.user_name, str(index)))
                else:
                    assert answer.status_code in (404, 409), answer.text
            except (httpx.TransportError, httpx.HTTPStatusError):
                time.sleep(0.1)
    except BaseException as problem:
        failures.append(problem)


def assert_every_answer_is_there(world: World, acknowledged: list[tuple[str, str]]) -> None:
    assert len(set(acknowledged)) == len(acknowledged), "a worker was given the same object twice"
    assert len(acknowledged) <= OBJECTS * PER_OBJECT
    folder = f"out/{world.job}/annotations/worker-response/iteration-1/"
    s3 = world.server.aws("s3")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket="label-world", Prefix=folder)["Contents"]]
    assert sorted({int(key.removeprefix(folder).split("/")[0]) for key in keys}) == list(range(OBJECTS))
    stored = 0
    for key in keys:
        answers = json.loads(s3.get_object(Bucket="label-world", Key=key)["Body"].read())["answers"]
        assert len({answer["workerId"] for answer in answers}) == len(answers) == PER_OBJECT
        stored += len(answers)
    assert stored == OBJECTS * PER_OBJECT >= len(acknowledged)
    for line in world.output_lines():
        (box,) = line["boxes"]["annotations"]
        assert (box["left"], box["top"], box["width"], box["height"]) == world.boxes[line["n"]]


def wait_until(condition: object, limit_s: float = 120) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            if condition():  # type: ignore[operator]
                return
        except Exception:
            pass
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {limit_s} s")
