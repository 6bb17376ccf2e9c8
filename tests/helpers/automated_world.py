"""A labeling job with automated labeling on a real server, and a worker who answers from the truth."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from helpers.labeling_world import ROLE, PortalWorker, World, invite
from helpers.server_process import ServerProcess
from trigpoint.labeling.algorithm_specs import ALGORITHM_OF

BUCKET = "automated"
SPECIFICATION = "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification"
FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
ATTRIBUTE = "kind"
PAUSE_S = 0.2


def create_job(
    server: ServerProcess,
    name: str,
    task_type: str,
    lines: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    *,
    batch: int | None = None,
    team: str = "crowd",
    stopping: Mapping[str, int] | None = None,
    algorithms: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    attribute: str = ATTRIBUTE,
) -> World:
    """Uploads the manifest and creates the job."""
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    manifest = "".join(json.dumps(line) + "\n" for line in lines).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{name}.manifest", Body=manifest)
    categories = {"labels": [{"label": label} for label in labels]}
    s3.put_object(Bucket=BUCKET, Key=f"{name}.json", Body=json.dumps(categories).encode())
    sagemaker.create_labeling_job(
        LabelingJobName=name,
        LabelAttributeName=attribute,
        InputConfig={"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/{name}.manifest"}}},
        OutputConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        RoleArn=ROLE,
        LabelCategoryConfigS3Uri=f"s3://{BUCKET}/{name}.json",
        LabelingJobAlgorithmsConfig={
            "LabelingJobAlgorithmSpecificationArn": f"{SPECIFICATION}/{ALGORITHM_OF.get(task_type, 'text-classification')}",
            **(algorithms or {}),
        },
        **({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}),
        **({"StoppingConditions": dict(stopping)} if stopping else {}),
        HumanTaskConfig={
            "WorkteamArn": sagemaker.describe_workteam(WorkteamName=team)["Workteam"]["WorkteamArn"],
            "UiConfig": {},
            "PreHumanTaskLambdaArn": f"{FUNCTION}:PRE-{task_type}",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-{task_type}"
            },
            "TaskTitle": "Which kind",
            "TaskDescription": "Choose the kind",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 3600,
            **({} if batch is None else {"MaxConcurrentTaskCount": batch}),
        },
    )
    return World(server, name, team)


class Crowd:
    """A worker who answers all tasks of a job in a thread, until the block ends. Repeats what a dead server refuses.

    `truth` gives the label of what the worker sees, or the whole answer.
    """

    def __init__(
        self,
        world: World,
        truth: Callable[[str], str | dict[str, Any]],
        labels: Sequence[str],
        wrong: float = 0.0,
        email: str = "crowd@example.com",
    ) -> None:
        self._world = world
        self._truth, self._labels, self._wrong = truth, labels, wrong
        self._random = random.Random(1)
        self._stop = threading.Event()
        self._worker = PortalWorker(world.server.url, *invite(world.server, email, world.team))
        self._thread = threading.Thread(target=self._work)
        self.answers = 0

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (httpx.HTTPError, KeyError):
                self._stop.wait(PAUSE_S)

    def _follow(self) -> None:
        """Works until there is no task."""
        assignment = self._worker.next(self._world.job)
        while assignment is not None and not self._stop.is_set():
            label = self._truth(assignment["taskInput"]["taskObject"])
            if self._random.random() < self._wrong:
                label = self._random.choice(self._labels)
            answer = label if isinstance(label, dict) else {"kind": {"label": label}}
            reply = self._worker.submit(assignment["assignmentId"], answer)
            self.answers += 1
            assignment = reply.json()["next"]
        self._stop.wait(PAUSE_S)
