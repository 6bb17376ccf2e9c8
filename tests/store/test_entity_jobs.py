"""Labeling jobs for named entities, from creation to the output manifest, and from one job to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from helpers.labeling import FUNCTION, World
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.labeling.model import Job, JobStatus
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

UI = "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/NamedEntityRecognition"
TEXT = '\U0001f44b Zoe\u0301 met \u05e9\u05dc\u05d5\u05dd on Jan 1, "1990".'
CATEGORIES = {
    "document-version": "2018-11-28",
    "labels": [
        {"label": "person", "shortDisplayName": "per"},
        {"label": "date", "shortDisplayName": "dat", "longDisplayName": "A date"},
    ],
    "instructions": {"shortInstruction": "<b>Mark</b> names.", "fullInstruction": "<p>All of them.</p>"},
}


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


@pytest.fixture
def crew(world: World) -> list[Worker]:
    return world.crew("bob", "carol", "dan")


def start(
    world: World, lines: Sequence[str | Mapping[str, Any]], *, categories: Any = CATEGORIES, **over: Any
) -> Job:
    """A job with the built-in page for entities, after its first tasks were offered."""
    name = over.pop("name", "Names-1")
    return world.start(
        world.spec(
            name,
            lines=lines,
            label_attribute=over.pop("label_attribute", "names"),
            label_categories_uri=world.put(f"{name}.json", json.dumps(categories)),
            **{"template_uri": None, "human_task_ui_arn": UI, **over},
            pre_function_arn=f"{FUNCTION}:PRE-NamedEntityRecognition",
            consolidation_function_arn=f"{FUNCTION}:ACS-NamedEntityRecognition",
        )
    )


def marked(*spans: tuple[int, int, str]) -> dict[str, Any]:
    entities = [{"startOffset": start, "endOffset": end, "label": label} for start, end, label in spans]
    return {"crowd-entity-annotation": {"entities": entities}}


def submit(world: World, job: Job, workers: Sequence[Worker], *answers: Mapping[str, Any]) -> None:
    for worker, answer in zip(workers, answers, strict=True):
        world.tasks.submit(worker, world.take(worker, job.name).id, answer, 1.5)
    world.run()


def finished(world: World, job: Job) -> Job:
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.COMPLETED, job.failure_reason
    return job


def test_the_entities_of_three_workers(world: World, crew: list[Worker]) -> None:
    line = json.dumps({"source": TEXT, "id": 7}, ensure_ascii=False)
    job = start(world, [line], workers_per_object=3)
    task_input = world.take(crew[0], job.name).task_input
    assert (task_input["labels"], task_input["instructions"]) == (
        CATEGORIES["labels"],
        CATEGORIES["instructions"],
    )
    zoe, shalom, date = (2, 6, "person"), (11, 15, "person"), (19, 33, "date")
    assert [TEXT[start:end] for start, end, _ in (zoe, shalom, date)] == [
        "Zoe\u0301",
        "\u05e9\u05dc\u05d5\u05dd",
        'Jan 1, "1990".',
    ]
    submit(
        world,
        job,
        crew,
        marked(zoe, shalom, (19, 32, "date")),
        marked(shalom, date, zoe),
        marked(date, zoe, (0, 1, "person")),
    )
    (text,) = world.output_text(finished(world, job)).splitlines()
    assert text.startswith(line[:-1] + ',"names":{')
    found = json.loads(text)
    assert found["names"] == {
        "annotations": {
            "entities": [
                {"startOffset": start, "endOffset": end, "label": label}
                for start, end, label in (zoe, shalom, date)
            ],
            "labels": CATEGORIES["labels"],
        }
    }
    metadata = found["names-metadata"]
    assert all(0.5 < each["confidence"] <= 0.95 for each in metadata["entities"])
    assert len(metadata["entities"]) == 3
    assert (metadata["type"], metadata["job-name"], metadata["human-annotated"]) == (
        "groundtruth/text-span",
        "labeling-job/names-1",
        "yes",
    )


def test_texts_that_cannot_be_labeled_fail_alone(world: World, crew: list[Worker]) -> None:
    job = start(world, [{"source": ""}, {"source": " \n\t"}, {"source": "Bob"}, {"source": "x" * 20_000}])
    submit(world, job, crew[:1], marked((0, 3, "person")))
    submit(world, job, crew[:1], marked((19_999, 20_000, "date")))
    output = world.output(finished(world, job))
    assert ["names" in line for line in output] == [False, False, True, True]
    assert output[2]["names-metadata"]["entities"] == [{"confidence": 0}]


def test_offsets_in_utf_16_units_are_refused_and_the_task_stays(world: World, crew: list[Worker]) -> None:
    job = start(world, [{"source": "\U0001f44b Bob"}])
    task = world.take(crew[0], job.name)
    with pytest.raises(Invalid, match="endOffset is 6, but the text has 5 characters"):
        world.tasks.submit(crew[0], task.id, marked((3, 6, "person")), 1)
    submit(world, job, crew[:1], marked((2, 5, "person")))
    assert "names" in world.output(finished(world, job))[0]


def test_a_wrong_category_file_fails_the_job_with_the_key(world: World, crew: list[Worker]) -> None:
    wrong = {**CATEGORIES, "labels": [{"label": "person", "shortDisplayName": ["p"]}]}
    job = world.jobs.describe(start(world, [{"source": TEXT}], categories=wrong).name)
    assert job.status is JobStatus.FAILED
    assert "label 1: 'shortDisplayName' must be text" in (job.failure_reason or "")


def test_a_template_needs_no_form_around_the_element(world: World, crew: list[Worker]) -> None:
    template = (
        '<crowd-entity-annotation name="ner" text="{{ task.input.taskObject }}"></crowd-entity-annotation>'
    )
    uri = world.put("template.html", template)
    job = start(world, [{"source": "Bob"}], template_uri=uri, human_task_ui_arn=None)
    submit(world, job, crew[:1], {"ner": {"entities": []}, "note": "nobody"})
    assert world.output(finished(world, job))[0]["names"]["annotations"]["entities"] == []


def test_a_second_job_keeps_the_entities_of_the_first_and_labels_only_the_rest(
    world: World, crew: list[Worker]
) -> None:
    first = start(world, [{"source": "Bob"}])
    submit(world, first, crew[:1], marked((0, 3, "person")))
    (line,) = world.output(finished(world, first))
    second = start(world, [line, {"source": "Eve"}], name="Names-2")
    submit(world, second, crew[:1], marked((0, 1, "date")))
    carried, new = world.output(finished(world, second))
    assert carried == line
    assert new["names"]["annotations"]["entities"] == [{"endOffset": 1, "label": "date", "startOffset": 0}]
    third = start(world, [line], name="Names-3", label_attribute="again")
    submit(world, third, crew[:1], marked())
    (both,) = world.output(finished(world, third))
    assert both["names"] == line["names"] and both["again"]["annotations"]["entities"] == []
