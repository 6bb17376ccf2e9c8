"""Transform jobs with everything around them: stand-in models, real data agents, a loop that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from helpers.hosting import CONTEXT, IMAGE, HostingWorld, archive, stand_in
from helpers.job_keys import door_of, job_keys
from trigpoint.compute.local import LocalRunner
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.hosting.models import Models
from trigpoint.hosting.transform.jobs import TransformJobs
from trigpoint.hosting.transform.processes import LOG_GROUP
from trigpoint.objects import ObjectStore
from trigpoint.services.sagemaker.transform_jobs import TransformJobOperations
from trigpoint.settings import Settings

BUCKET = "batch"


class TransformWorld(HostingWorld):
    """One server's transform jobs. A second world on the same database and settings plays the restarted server."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        make_runner: Callable[[Path], LocalRunner] = LocalRunner,
    ) -> None:
        clock = SystemClock()
        self.until_closed = ExitStack()
        objects = ObjectStore(database, settings.objects_dir, clock, settings.region)
        settings = self.until_closed.enter_context(door_of(database, objects, settings))
        super().__init__(database, settings, make_runner=make_runner)
        self.jobs = TransformJobs(
            database,
            self.objects,
            self.runner,
            self.reconciler,
            self.log_streams,
            settings,
            clock,
            issue_keys=job_keys(database, settings),
            model_server_command=stand_in,
        )
        self.reconciler.register("transform-job", self.jobs.reconcile)
        self.transform_api = TransformJobOperations(self.jobs, Models(database, clock, settings))
        if not self.objects.bucket_exists(BUCKET):
            self.objects.create_bucket(BUCKET)

    def batch_model(self, name: str, behaviour: str = "upper", parameters: bytes | None = None) -> None:
        """Creates a model. With `parameters`, its server returns them at /execution-parameters."""
        if not self.objects.bucket_exists("models"):
            self.objects.create_bucket("models")
        uri = f"s3://models/{name}/model.tar.gz"
        files = {"behaviour": behaviour.encode()} | ({} if parameters is None else {"parameters": parameters})
        self.objects.write_uri(uri, archive(files))
        container = {"Image": IMAGE, "ModelDataUrl": uri}
        request = {"ModelName": name, "ExecutionRoleArn": "arn:aws:iam::111122223333:role/R"}
        self.models_api.create_model(CONTEXT, {**request, "PrimaryContainer": container})

    def put(self, objects: Mapping[str, bytes]) -> None:
        """Writes objects by key."""
        for key, content in objects.items():
            self.objects.put(BUCKET, key, content)

    def start(
        self,
        name: str,
        *,
        model: str = "m",
        prefix: str = "in/",
        input: Mapping[str, Any] = {},
        output: Mapping[str, Any] = {},
        source_type: str = "S3Prefix",
        instances: int = 1,
        **request: Any,
    ) -> None:
        """Creates a job whose output goes to s3://batch/out/NAME."""
        source = {"S3DataType": source_type, "S3Uri": f"s3://{BUCKET}/{prefix}"}
        self.transform_api.create_transform_job(
            CONTEXT,
            {
                "TransformJobName": name,
                "ModelName": model,
                "TransformInput": {"DataSource": {"S3DataSource": source}, **input},
                "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out/{name}", **output},
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": instances},
                **request,
            },
        )

    def described(self, name: str) -> dict[str, Any]:
        """The reply of DescribeTransformJob."""
        return self.transform_api.describe_transform_job(CONTEXT, {"TransformJobName": name})

    def end(self, name: str, limit_s: float = 60) -> dict[str, Any]:
        """Waits for the end of the job and returns its description."""
        deadline = time.monotonic() + limit_s
        while (found := self.described(name))["TransformJobStatus"] in ("InProgress", "Stopping"):
            assert time.monotonic() < deadline, f"{name} is still {found['TransformJobStatus']}"
            time.sleep(0.05)
        return found

    def transform(self, name: str, **request: Any) -> dict[str, bytes]:
        """The outputs by relative key of a job that must complete."""
        self.start(name, **request)
        return self.completed(name)

    def transforms(self, jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, bytes]]:
        """The outputs by relative key of jobs that must complete. They run at the same time, because most of
        a job is waiting.
        """
        for name, request in jobs.items():
            self.start(name, **request)
        return {name: self.completed(name) for name in jobs}

    def completed(self, name: str) -> dict[str, bytes]:
        """The outputs by relative key of a job that was started and must complete."""
        found = self.end(name)
        assert found["TransformJobStatus"] == "Completed", (
            found.get("FailureReason"),
            self.log(name, data=True),
        )
        return self.outputs(name)

    def outputs(self, name: str) -> dict[str, bytes]:
        """What the job has written, by relative key."""
        root = f"out/{name}/"
        found = self.objects.iterate(BUCKET, root)
        return {info.key.removeprefix(root): self.objects.get(BUCKET, info.key) for info in found}

    def log(self, name: str, *, data: bool = False) -> list[str]:
        """The lines of the job's model servers, or of its data agents."""
        streams = self.log_streams.streams(LOG_GROUP, f"{name}/")
        chosen = [each for each in streams if each.name.endswith("/data-log") == data]
        lines = []
        for stream in chosen:
            request = {"logGroupName": LOG_GROUP, "logStreamName": stream.name, "startFromHead": True}
            lines += [event["message"] for event in self.logs.get_log_events(CONTEXT, request)["events"]]
        return lines


@contextmanager
def transform_world(
    database: Database, settings: Settings, make_runner: Callable[[Path], LocalRunner] = LocalRunner
) -> Iterator[TransformWorld]:
    """A world whose loop runs. At the end everything is stopped."""
    world = TransformWorld(database, settings, make_runner)
    world.reconciler.start()
    try:
        yield world
    finally:
        world.reconciler.stop()
        world.runner.stop_all(grace_s=0)
        world.until_closed.close()
