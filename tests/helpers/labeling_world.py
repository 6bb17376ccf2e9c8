"""A labeling job on a real server: pictures, workers and job, all made through the public interfaces."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image, ImageDraw

from helpers.server_process import ServerProcess, run_command
from trigpoint.demo.colleagues import hidden_fields

BUCKET = "label-world"
ROLE = "arn:aws:iam::111122223333:role/Labeler"
TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form><crowd-bounding-box name="boundingBox" src="{{ task.input.taskObject | grant_read_access }}"
 header="Boxes" labels="{{ task.input.labels | to_json | escape }}">
<short-instructions>Box all.</short-instructions><full-instructions header="All">Box all.</full-instructions>
</crowd-bounding-box></crowd-form>"""


@dataclass
class World:
    """The names that a test needs of its job."""

    server: ServerProcess
    job: str
    team: str = "street"
    boxes: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = self.server.aws("sagemaker").describe_labeling_job(
            LabelingJobName=self.job
        )
        return described

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.server.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def output_lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for line in self.read(self.describe()["LabelingJobOutput"]["OutputDatasetS3Uri"]).splitlines()
        ]


def jpeg_with_box(box: tuple[int, int, int, int], size: tuple[int, int] = (200, 150)) -> bytes:
    """A grey picture with one red rectangle (left, top, width, height)."""
    image = Image.new("RGB", size, "#888")
    left, top, width, height = box
    ImageDraw.Draw(image).rectangle((left, top, left + width - 1, top + height - 1), fill="#c22")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


def make_world(
    server: ServerProcess, objects: int, workers_per_object: int, job: str = "boxes-1", **config: Any
) -> World:
    """Uploads pictures, makes the team and creates the job."""
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    world = World(server, job)
    invite(server, "first@example.com", world.team)
    s3.create_bucket(Bucket=BUCKET)
    dice = random.Random(1)
    lines = []
    for index in range(objects):
        world.boxes[index] = (
            dice.randrange(5, 90),
            dice.randrange(5, 60),
            dice.randrange(30, 90),
            dice.randrange(30, 70),
        )
        s3.put_object(Bucket=BUCKET, Key=f"img/{index}.jpg", Body=jpeg_with_box(world.boxes[index]))
        lines.append(json.dumps({"source-ref": f"s3://{BUCKET}/img/{index}.jpg", "n": index}))
    s3.put_object(Bucket=BUCKET, Key="in.manifest", Body="\n".join(lines).encode())
    s3.put_object(Bucket=BUCKET, Key="labels.json", Body=json.dumps({"labels": [{"label": "red"}]}).encode())
    s3.put_object(Bucket=BUCKET, Key="ui.liquid", Body=TEMPLATE.encode())
    arn = sagemaker.describe_workteam(WorkteamName=world.team)["Workteam"]["WorkteamArn"]
    sagemaker.create_labeling_job(**labeling_request(job, arn, workers_per_object, **config))
    return world


def labeling_request(job: str, team_arn: str, workers_per_object: int, **config: Any) -> dict[str, Any]:
    """A CreateLabelingJob request for the files that make_world uploads."""
    function = "arn:aws:lambda:us-east-1:432418664414:function"
    return {
        "LabelingJobName": job,
        "LabelAttributeName": "boxes",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/in.manifest"}}},
        "OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "RoleArn": ROLE,
        "LabelCategoryConfigS3Uri": f"s3://{BUCKET}/labels.json",
        "HumanTaskConfig": {
            "WorkteamArn": team_arn,
            "UiConfig": {"UiTemplateS3Uri": f"s3://{BUCKET}/ui.liquid"},
            "PreHumanTaskLambdaArn": f"{function}:PRE-BoundingBox",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{function}:ACS-BoundingBox"
            },
            "TaskTitle": "Boxes around red things",
            "TaskDescription": "Draw a box around each red thing",
            "NumberOfHumanWorkersPerDataObject": workers_per_object,
            "TaskTimeLimitInSeconds": 600,
            **config,
        },
    }


def invite(server: ServerProcess, email: str, team: str) -> tuple[str, str]:
    """(user name, temporary password) of a new worker."""
    done = run_command(
        "worker",
        "invite",
        email,
        "--team",
        team,
        "--data",
        str(server.data_dir),
        environment=server.variables,
    )
    assert done.returncode == 0, done.stderr
    return (
        re.search(r"User name: +(\S+)", done.stdout)[1],  # type: ignore[index]
        re.search(r"Temporary password: +(\S+)", done.stdout)[1],  # type: ignore[index]
    )


class PortalWorker:
    """A worker at the portal's HTTP interface, who repeats requests that fail while the server is down."""

    def __init__(self, url: str, user_name: str, password: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.user_name = user_name
        page = self.http.get("/portal/sign-in").text
        signed_in = self.http.post(
            "/portal/sign-in", data={"user_name": user_name, "password": password, **hidden_fields(page)}
        )
        assert signed_in.status_code == 303, signed_in.text
        page = self.http.get("/portal/password").text
        form = {
            "old_password": password,
            "new_password": password + "-new-1",
            "repeat_password": password + "-new-1",
        }
        changed = self.http.post("/portal/password", data=form | hidden_fields(page))
        assert changed.status_code == 303, changed.text

    def next(self, job: str) -> dict[str, Any] | None:
        answer = self.http.post(f"/portal/api/jobs/{job}/next", json={})
        answer.raise_for_status()
        assignment: dict[str, Any] | None = answer.json()["assignment"]
        return assignment

    def submit(self, assignment_id: str, answer: dict[str, Any]) -> httpx.Response:
        return self.http.post(
            f"/portal/api/assignments/{assignment_id}/submit",
            json={"answer": answer, "timeSpentSeconds": 1.5},
        )


def one_box(
    left: int, top: int, width: int, height: int, size: tuple[int, int] = (200, 150)
) -> dict[str, Any]:
    """What crowd-form submits for one box labeled red."""
    return many_boxes([(left, top, width, height)], size)


def many_boxes(
    boxes: Sequence[tuple[float, float, float, float]], size: tuple[int, int] = (200, 150)
) -> dict[str, Any]:
    """What crowd-form submits for these boxes (left, top, width, height), all labeled red."""
    drawn = [
        {"height": height, "label": "red", "left": left, "top": top, "width": width}
        for left, top, width, height in boxes
    ]
    return {
        "boundingBox": {"boundingBoxes": drawn, "inputImageProperties": {"height": size[1], "width": size[0]}}
    }
