"""The labeling jobs that tools/pictures.py shows: one for each element and each task type."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from made_up_input import made_up_line
from rich.console import Console
from sample_objects import sample_objects
from trial_server import BUCKET, Server, create_job

from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import prepare
from trigpoint.demo import requests
from trigpoint.demo.progress import Display
from trigpoint.demo.session import Session, open_session
from trigpoint.demo.tasks import TASKS, make_tasks
from trigpoint.scenes.scene import draw_scene
from trigpoint.settings import Settings

ELEMENTS = Path(__file__).resolve().parents[1] / "docs" / "elements"
EXAMPLE = re.compile(r"```html\n(.*?)```", re.DOTALL)
FORM = re.compile(r"<crowd-form>\n(.*)</crowd-form>", re.DOTALL)
LARGE = re.compile(
    r"classifier|segmentation|annotation|bounding|polygon|line$|keypoint|ranking|generation|analyze|detect"
)
"""Elements that fill a page. All others are shown together."""
OBJECTS = 4
LABELS = ["car", "van", "person"]
LONG_TEXT = (
    "Ada Lovelace met Charles Babbage in London on 5 June 1833. She was seventeen, and the engine that he showed "
    "her that evening filled two rooms. 에이다 러브레이스는 런던에서 태어났다. "
)


def create_jobs(
    server: Server, team_arn: str, templates: Path | None, wants: Callable[[str], bool]
) -> list[str]:
    """Creates the jobs whose names are wanted, and returns these names in the order of the pictures."""
    objects = _upload(server)
    names = []
    examples = {name: each for name, each in {**_examples(), **_own(templates)}.items() if wants(name)}
    for name, template in examples.items():
        create_job(
            server,
            name,
            team_arn,
            template,
            *[_line(template, objects)] * OBJECTS,
            title=f"What {name} looks like",
            description="Do what the instructions ask for, in each of the pictures and texts",
        )
        names.append(name)
    with Display(Console(quiet=True)) as display:
        settings = Settings.load(port=int(server.url.rpartition(":")[2]), data_dir=server.data_dir)
        session = open_session(settings, prepare(settings, SystemClock()), display)
        return names + [_type_job(session, team_arn, name) for name in TASKS if wants(f"type-{name}")]


def _type_job(session: Session, team_arn: str, name: str) -> str:
    """A job with the template of a task type, its files in a folder of its own."""
    session = replace(session, run=f"type-{name}")
    made, job = make_tasks(name, session, Random(7), OBJECTS), session.run
    tasks = replace(made, title=made.title.format(count=OBJECTS))
    if tasks.categories:
        session.put("labels.json", requests.label_categories(tasks.categories))
    session.put(f"{job}.manifest", requests.input_manifest(tasks.lines))
    session.sagemaker.create_labeling_job(
        **requests.labeling_job(
            job, session.account, session.settings.region, team_arn, session.folder, tasks, 1
        )
    )
    return job


def _examples() -> dict[str, str]:
    """The templates in the documentation of the elements, by the name of the element."""
    found, small = {}, []
    for page in sorted(ELEMENTS.glob("crowd-*.md")):
        example = EXAMPLE.search(page.read_text())
        if example is None:
            continue
        if LARGE.search(page.stem):
            found[page.stem] = example[1]
        elif (form := FORM.search(example[1])) is not None and page.stem not in (
            "crowd-tab",
            "crowd-slider-label",
        ):
            small.append(f"<h3>{page.stem}</h3>\n{form[1]}")
    script = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
    found["small-elements"] = f"{script}<crowd-form>{''.join(small)}</crowd-form>"
    return found


def _own(folder: Path | None) -> dict[str, str]:
    """The templates of a folder, by the names of their files."""
    paths = sorted(folder.rglob("*.html")) if folder is not None else []
    return {re.sub(r"[^A-Za-z0-9]+", "-", path.name.split(".")[0]): path.read_text() for path in paths}


def _line(template: str, objects: Mapping[str, str]) -> dict[str, Any]:
    shows_image = "taskObject | grant" in template
    return {
        **made_up_line(template, objects),
        "taskObject": objects["image"] if shows_image else LONG_TEXT * 3,
        "source": LONG_TEXT * 2,
        "labels": LABELS,
        "responses": ["The engine filled two rooms.", LONG_TEXT, "Nobody knows what it weighed."],
        "selectedAiServiceResponse": {"blocks": _pairs()},
    }


def _pairs() -> list[dict[str, Any]]:
    """What Textract finds in a form: keys, values, and where they are."""
    blocks: list[dict[str, Any]] = []
    for number, (key, value) in enumerate(
        (("Name", "Ada Lovelace"), ("Born", "10 December 1815"), ("Town", "London"))
    ):
        for kind, text, left in (("KEY", key, 0.1), ("VALUE", value, 0.45)):
            place = {"left": left, "top": 0.2 + number * 0.2, "width": 0.3, "height": 0.1}
            related = [{"type": "VALUE", "ids": [f"VALUE-{number}"]}] if kind == "KEY" else []
            blocks.append(
                {
                    "blockType": "KEY_VALUE_SET",
                    "id": f"{kind}-{number}",
                    "entityTypes": [kind],
                    "relationships": related,
                    "text": text,
                    "confidence": 91.5 - number * 20,
                    "geometry": {"boundingBox": place},
                }
            )
    return blocks


def _upload(server: Server) -> dict[str, str]:
    """The URIs of one object of each kind; the image is a street of the demo."""
    s3 = server.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    street = io.BytesIO()
    draw_scene(11, 3).image.save(street, "JPEG", quality=92)
    uris = {}
    for kind, sample in sample_objects().items():
        body, content_type = sample.body, sample.content_type
        if kind == "image":
            body, content_type = street.getvalue(), "image/jpeg"
        s3.put_object(Bucket=BUCKET, Key=sample.name, Body=body, ContentType=content_type)
        uris[kind] = f"s3://{BUCKET}/{sample.name}"
    return uris
