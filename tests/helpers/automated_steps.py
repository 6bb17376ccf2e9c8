"""Automated labeling of texts, step by step: the test says what people answer and what the model predicts.

The application is the real one. Its loops do not run, so no training is started: the test ends the jobs of a round.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update

from helpers.console import ConsoleServer
from trigpoint.autolabel import store
from trigpoint.autolabel.model import Phase, State
from trigpoint.db.tables.labeling import labeling_objects
from trigpoint.db.tables.training import training_jobs
from trigpoint.db.tables.transform import transform_jobs
from trigpoint.labeling.model import Job, ObjectStatus
from trigpoint.labeling.outputs import output_manifest_uri
from trigpoint.labeling.store import audits, jobs
from trigpoint.objects.uri import parse_s3_uri

TOTAL = 1_250
LABELS = ("food", "music")
FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"
ALGORITHM = (
    "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/text-classification"
)


def truth(index: int) -> int:
    """The class of an object."""
    return index % 2


class AutomatedSteps:
    """One job of TOTAL texts, of which people get `batch` at a time."""

    def __init__(self, server: ConsoleServer, batch: int = 100, **tags: str) -> None:
        self.server, self.app = server, server.application
        files, bucket = self.app.objects, "texts"
        files.create_bucket(bucket)
        lines = "".join(json.dumps({"source": f"text {n}"}) + "\n" for n in range(TOTAL))
        labels = {"labels": [{"label": each} for each in LABELS]}
        files.write_uri(f"s3://{bucket}/in.manifest", lines.encode())
        files.write_uri(f"s3://{bucket}/labels.json", json.dumps(labels).encode())
        request = {
            "LabelingJobName": "texts",
            "LabelAttributeName": "kind",
            "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{bucket}/in.manifest"}}},
            "OutputConfig": {"S3OutputPath": f"s3://{bucket}/out"},
            "LabelCategoryConfigS3Uri": f"s3://{bucket}/labels.json",
            "RoleArn": "arn:aws:iam::111122223333:role/Labeler",
            "LabelingJobAlgorithmsConfig": {"LabelingJobAlgorithmSpecificationArn": ALGORITHM},
            "Tags": [{"Key": f"trigpoint:{k.replace('_', '-')}", "Value": v} for k, v in tags.items()],
            "HumanTaskConfig": {
                "WorkteamArn": server.team_arn,
                "UiConfig": {},
                "PreHumanTaskLambdaArn": f"{FUNCTIONS}:PRE-TextMultiClass",
                "AnnotationConsolidationConfig": {
                    "AnnotationConsolidationLambdaArn": f"{FUNCTIONS}:ACS-TextMultiClass"
                },
                "TaskTitle": "t",
                "TaskDescription": "d",
                "NumberOfHumanWorkersPerDataObject": 1,
                "TaskTimeLimitInSeconds": 600,
                "MaxConcurrentTaskCount": batch,
            },
        }
        server.aws("sagemaker", "CreateLabelingJob", request)
        with self.app.database.read() as connection:
            found = jobs.find_by_name(connection, "texts")
        assert found is not None
        self.id = found.id
        self.app.labeling_progress.reconcile(self.id)

    @property
    def job(self) -> Job:
        with self.app.database.read() as connection:
            return jobs.get(connection, self.id)

    @property
    def state(self) -> State:
        with self.app.database.read() as connection:
            found = store.get(connection, self.id)
        assert found is not None
        return found

    def step(self) -> float | None:
        """One step of automated labeling."""
        return self.app.automated.reconcile(self.id)

    def rest(self) -> None:
        """All steps of labeling and automated labeling, until both wait for others or have ended."""
        quiet = 0
        for _ in range(30):
            again = (self.app.labeling_progress.reconcile(self.id), self.step())
            quiet = quiet + 1 if all(each is None or each > 0 for each in again) else 0
            if quiet == 2:  # each has looked again after the other's last step
                return
        raise AssertionError("the job does not come to rest")

    def statuses(self) -> dict[int, ObjectStatus]:
        with self.app.database.read() as connection:
            rows = connection.execute(
                select(labeling_objects.c.object_index, labeling_objects.c.status).where(
                    labeling_objects.c.job_id == self.id
                )
            )
            return {row[0]: ObjectStatus(row[1]) for row in rows}

    def offered(self) -> list[int]:
        """The objects that people are to label now."""
        wanted = (ObjectStatus.CHOSEN, ObjectStatus.OPEN)
        return [index for index, status in self.statuses().items() if status in wanted]

    def people(self, answer: Callable[[int], int] = truth) -> None:
        """People label all objects that are offered, and the results are written."""
        given = {index: answer(index) for index in self.offered()}
        with self.app.database.write() as connection:
            results = {index: _members(class_id) for index, class_id in given.items()}
            mine = update(labeling_objects).where(
                labeling_objects.c.job_id == self.id, labeling_objects.c.object_index.in_(list(given))
            )
            connection.execute(mine.values(status=ObjectStatus.READY))
            audited = audits.take(connection, self.id, given, results)
            for index in set(given) - audited:
                own = update(labeling_objects).where(
                    labeling_objects.c.job_id == self.id, labeling_objects.c.object_index == index
                )
                connection.execute(own.values(status=ObjectStatus.LABELED, result=results[index]))
            now = self.app.clock.now()
            jobs.add_results(connection, self.id, len(given) - len(audited), 0, now)

    def until(self, phase: Phase, answer: Callable[[int], int] = truth) -> None:
        """People answer until automated labeling is in that phase."""
        for _ in range(60):
            self.step()
            if self.state.phase is phase:
                self.step()
                return
            self.people(answer)
        raise AssertionError(f"the phase is {self.state.phase}")

    def trained(self, status: str = "Completed") -> None:
        """Ends the training job of the round, and starts the transform jobs."""
        with self.app.database.write() as connection:
            connection.execute(update(training_jobs).values(status=status))
        self.step()
        self.step()

    def predicted(self, reply: Callable[[int], Sequence[float]]) -> None:
        """Ends the transform jobs of the round; `reply` gives the probabilities of an object."""
        files = self.app.objects
        for folder in self.state.transforms:
            base = f"s3://texts/out/texts/inference/{self.state.number}/{folder}"
            sent = files.read_uri(f"{base}/input/texts.jsonl").decode().splitlines()
            lines = [json.dumps({"prediction": list(reply(json.loads(line)["id"]))}) + "\n" for line in sent]
            files.write_uri(f"{base}/output/texts.jsonl.out", "".join(lines).encode())
        with self.app.database.write() as connection:
            connection.execute(update(transform_jobs).values(status="Completed"))
        self.step()

    def stop(self) -> None:
        self.server.aws("sagemaker", "StopLabelingJob", {"LabelingJobName": "texts"})

    def output(self) -> list[dict[str, Any]]:
        """The lines of the output manifest."""
        text = self.app.objects.read_uri(output_manifest_uri(self.job.spec)).decode()
        return [json.loads(line) for line in text.splitlines()]

    def file(self, name: str) -> str:
        bucket, key = parse_s3_uri(f"s3://texts/out/texts/{name}")
        return self.app.objects.read_uri(f"s3://{bucket}/{key}").decode()


def _members(class_id: int) -> str:
    metadata = {"class-name": LABELS[class_id], "confidence": 0.9, "human-annotated": "yes"}
    return json.dumps({"kind": class_id, "kind-metadata": metadata})[1:-1]
