"""A labeling job whose objects have labels and answers, written straight into the database."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import insert, update

from helpers.console import ConsoleServer
from trigpoint.db.tables.labeling import labeling_assignments, labeling_jobs, labeling_objects
from trigpoint.labeling.model import AssignmentStatus, ObjectStatus
from trigpoint.labeling.object_figures import figures_of
from trigpoint.labeling.store import jobs, object_figures, worker_totals

LABELS = ("car", "bus", "tree")


def photo(number: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A JPEG with a few rectangles."""
    image = Image.new("RGB", size, (90 + number * 7 % 90, 130, 150))
    draw = ImageDraw.Draw(image)
    for k in range(3):
        left, top = (number * 37 + k * 83) % 220, (number * 53 + k * 41) % 150
        draw.rectangle((left, top, left + 60, top + 50), fill=(200, 60 * k, 40 + number * 5 % 200))
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def boxes(number: int, shift: int = 0) -> list[dict[str, Any]]:
    """The boxes around the rectangles of a photo, as a worker draws them."""
    return [
        {
            "label": LABELS[(number + k) % 3],
            "left": (number * 37 + k * 83) % 220 + shift,
            "top": (number * 53 + k * 41) % 150 + shift,
            "width": 60,
            "height": 50,
        }
        for k in range(number % 3 + 1)
    ]


def label(drawn: Sequence[Mapping[str, Any]], confidence: float) -> dict[str, Any]:
    """The members of an output line with these boxes."""
    entries = [
        {**{k: v for k, v in box.items() if k != "label"}, "class_id": LABELS.index(box["label"])}
        for box in drawn
    ]
    return {
        "boxes": {"image_size": [{"width": 320, "height": 240, "depth": 3}], "annotations": entries},
        "boxes-metadata": {
            "objects": [{"confidence": confidence} for _ in drawn],
            "class-map": {str(k): name for k, name in enumerate(LABELS)},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes",
        },
    }


def fill_job(server: ConsoleServer, name: str, objects: int, *, photos: bool = True) -> None:
    """A job of that many objects, all labeled by two people except the last two: one has failed, one waits."""
    server.create_job(name)
    people = [
        server.application.workers.invite(f"{who}@example.com", "street").worker for who in ("carol", "dora")
    ]
    now = server.application.clock.now()
    store = server.application.objects
    if "photos" not in {bucket.name for bucket in store.list_buckets()}:
        store.create_bucket("photos")
    lines, figures, answers = [], {}, []
    with server.application.database.read() as connection:
        found = jobs.find_by_name(connection, name)
    assert found is not None
    for number in range(objects):
        if photos:
            store.put("photos", f"{number}.jpg", photo(number), content_type="image/jpeg")
        line = {"source-ref": f"s3://photos/{number}.jpg"}
        members = label(boxes(number), round(0.2 + 0.79 * number / objects, 3))
        status = {objects - 1: ObjectStatus.WAITING, objects - 2: ObjectStatus.FAILED}.get(
            number, ObjectStatus.LABELED
        )
        is_labeled = status is ObjectStatus.LABELED
        lines.append(
            {
                "job_id": found.id,
                "object_index": number,
                "line": json.dumps(line),
                "status": status,
                "result": json.dumps(members)[1:-1] if is_labeled else None,
                "failure_reason": "s3://photos/none.jpg <b>is broken</b>"
                if status is ObjectStatus.FAILED
                else None,
                "answer_count": 2 if is_labeled else 0,
            }
        )
        if is_labeled:
            figures[number] = figures_of({**line, **members}, "boxes", {}, round(number % 5 / 5, 2))
            answers += [
                {
                    "id": f"{name}-{number}-{k}",
                    "job_id": found.id,
                    "object_index": number,
                    "worker_id": person.id,
                    "status": AssignmentStatus.SUBMITTED,
                    "accepted_at": now,
                    "expires_at": now + timedelta(hours=1),
                    "ended_at": now,
                    "time_spent_s": 12.0,
                    "answer": json.dumps({"boundingBox": {"boundingBoxes": boxes(number, 6 * (k + 1))}}),
                }
                for k, person in enumerate(people)
            ]
    counts = {"total_count": objects, "labeled_count": len(figures), "failed_count": 1}
    with server.application.database.write() as connection:
        connection.execute(insert(labeling_objects), lines)
        connection.execute(insert(labeling_assignments), answers)
        for each in answers:
            worker_totals.count(
                connection, found.id, each["worker_id"], AssignmentStatus.SUBMITTED, now, 12.0
            )
        object_figures.put(connection, found.id, figures)
        values = {**counts, "status": "InProgress", "labels": list(LABELS), "published_at": now}
        connection.execute(update(labeling_jobs).where(labeling_jobs.c.id == found.id).values(values))
