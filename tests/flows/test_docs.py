"""The documentation is correct: its code runs and its tables are complete."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import click

from helpers.documented_code import run_page
from helpers.labeling_world import PortalWorker, invite, one_box
from helpers.server_process import ServerProcess, env_of
from trigpoint.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_tutorial_runs_as_written(server: ServerProcess, tmp_path: Path) -> None:
    bob = PortalWorker(server.url, *invite(server, "bob@example.com", "street"))
    stop = threading.Event()
    labeling = threading.Thread(target=label_blocks, args=(bob, stop), daemon=True)
    labeling.start()
    try:
        found = run_page("tutorial.md", env_of(server.data_dir), folder=tmp_path, wanted=["trained"])
    finally:
        stop.set()
        labeling.join(10)
    assert found["trained"]["TrainingJobStatus"] == "Completed"


def label_blocks(bob: PortalWorker, stop: threading.Event) -> None:
    """Bob, once the job is there."""
    while not stop.wait(0.3):
        answer = bob.http.post("/portal/api/jobs/blocks/next", json={})
        assignment = answer.json().get("assignment") if answer.status_code == 200 else None
        while assignment is not None:
            number = int(assignment["taskInput"]["taskObject"].rsplit("/", 1)[1].removesuffix(".jpg"))
            drawn = one_box(20 + 9 * number, 30, 60, 50)
            drawn["boundingBox"]["boundingBoxes"][0]["label"] = "block"
            assignment = bob.submit(assignment["assignmentId"], drawn).json()["next"]


def test_known_answers_measure_workers_as_documented(server: ServerProcess, tmp_path: Path) -> None:
    """Bob reads the reviews; Carol always says that they are good."""
    people = [
        PortalWorker(server.url, *invite(server, f"{name}@example.com", "street"))
        for name in ("bob", "carol")
    ]
    stop = threading.Event()
    threads = [
        threading.Thread(target=label_reviews, args=(person, stop, k == 0), daemon=True)
        for k, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    try:
        found = run_page(
            "quality.md", env_of(server.data_dir), folder=tmp_path, wanted=["agreement", "workers", "lines"]
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert found["agreement"]["objects"] == len(found["lines"]) == 12
    known = [worker["known_answers"] for worker in found["workers"]]
    assert [each["objects"] for each in known] == [3, 3]
    right = sorted(each["measures"]["pairwise_agreement"] for each in known)
    assert right[0] < right[1] == 1
    assert len({worker["accuracy"] for worker in found["workers"]}) == 2


def label_reviews(person: PortalWorker, stop: threading.Event, reads: bool) -> None:
    """The worker, once the job is there."""
    while not stop.wait(0.3):
        answer = person.http.post("/portal/api/jobs/reviews/next", json={})
        assignment = answer.json().get("assignment") if answer.status_code == 200 else None
        while assignment is not None:
            label = "poor" if reads and "bad" in assignment["taskInput"]["taskObject"] else "good"
            submitted = person.submit(assignment["assignmentId"], {"crowd-classifier": {"label": label}})
            assignment = submitted.json()["next"]


def test_every_setting_is_documented() -> None:
    named = set(re.findall(r"TRIGPOINT_[A-Z_]+", (ROOT / "src/trigpoint/settings.py").read_text()))
    documented = set(re.findall(r"TRIGPOINT_[A-Z_]+", (ROOT / "docs/settings.md").read_text()))
    assert named == documented


def test_every_command_is_in_the_readme_or_the_docs() -> None:
    texts = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    missing = [command for command in all_commands(main, "trigpoint") if command not in texts]
    assert not missing


def all_commands(group: click.Group, prefix: str) -> list[str]:
    """`trigpoint serve`, `trigpoint worker invite`, ..."""
    found = []
    for name, command in group.commands.items():
        inner = f"{prefix} {name}"
        found += all_commands(command, inner) if isinstance(command, click.Group) else [inner]
    return found
