"""The waiters of botocore, which depend on statuses and error codes, run against the operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import WaiterError

from helpers.hosting import hosting_world
from helpers.live_server import serving
from helpers.scratch_app import scratch_app
from helpers.toy_aws import KEY, client
from helpers.training import BUCKET, a_world
from helpers.transform import transform_world
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import TrigpointError
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.server.aws_app import AwsApp
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.errors import as_aws_error
from trigpoint.services.s3 import S3
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import operation_model

QUICKLY = {"Delay": 0.1, "MaxAttempts": 300}
ROLE = "arn:aws:iam::111122223333:role/Trainer"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"


@contextmanager
def sagemaker(operations: list[object], objects: ObjectStore, settings: Settings) -> Iterator[Any]:
    """A SageMaker client for these operations."""
    table = OperationTable({"sagemaker": operations})
    app = AwsApp(table, S3(objects, settings), {KEY.access_key_id: KEY}.get, settings, SystemClock())
    with serving(app) as url:
        yield client(url, "sagemaker")


def wait(sm: Any, waiter: str, **what: str) -> None:
    sm.get_waiter(waiter).wait(**what, WaiterConfig=QUICKLY)


def train(sm: Any, name: str) -> None:
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": f"s3://{BUCKET}/train.manifest",
        "AttributeNames": ["source-ref", "label"],
    }
    channel = {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": source},
        "RecordWrapperType": "RecordIO",
    }
    sm.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
        InputDataConfig=[channel],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )


def test_the_waiter_for_training_jobs_ends_with_the_job(database: Database, tmp_path: Path) -> None:
    waiter = "training_job_completed_or_stopped"
    with a_world(tmp_path, database) as world:
        world.put_manifest(1)
        world.reconciler.start()
        with sagemaker([world.operations], world.objects, world.settings) as sm:
            world.train_with("model('x', 'y')")
            train(sm, "good")
            wait(sm, waiter, TrainingJobName="good")
            assert sm.describe_training_job(TrainingJobName="good")["TrainingJobStatus"] == "Completed"
            world.train_with("time.sleep(60)")
            train(sm, "stopped")
            sm.stop_training_job(TrainingJobName="stopped")
            wait(sm, waiter, TrainingJobName="stopped")
            assert sm.describe_training_job(TrainingJobName="stopped")["TrainingJobStatus"] == "Stopped"
            world.train_with("sys.exit(2)")
            train(sm, "bad")
            with pytest.raises(WaiterError, match="terminal failure state") as failed:
                wait(sm, waiter, TrainingJobName="bad")
            assert failed.value.last_response["TrainingJobStatus"] == "Failed"
            with pytest.raises(WaiterError, match=r"terminal failure state.*ValidationException"):
                wait(sm, waiter, TrainingJobName="nope")
        world.reconciler.stop()


def test_the_waiters_for_endpoints_end_with_the_endpoint(database: Database, settings: Settings) -> None:
    with (
        hosting_world(database, settings) as world,
        sagemaker([world.api], world.objects, settings) as sm,
    ):
        world.model("good")
        world.config("good")
        world.create("good")
        wait(sm, "endpoint_in_service", EndpointName="good")
        assert sm.describe_endpoint(EndpointName="good")["EndpointStatus"] == "InService"
        sm.delete_endpoint(EndpointName="good")
        wait(sm, "endpoint_deleted", EndpointName="good")
        with pytest.raises(WaiterError, match=r"terminal failure state.*ValidationException"):
            wait(sm, "endpoint_in_service", EndpointName="good")
        wait(sm, "endpoint_deleted", EndpointName="never-was")


def test_the_waiter_for_transform_jobs_ends_with_the_job(database: Database, settings: Settings) -> None:
    with (
        transform_world(database, settings) as world,
        sagemaker([world.transform_api], world.objects, settings) as sm,
    ):
        world.batch_model("m")
        world.put({"in/1": b"x", "fails/1": b"fail 400"})
        world.start("good")
        world.start("failed", prefix="fails/")
        world.start("stopped")
        sm.stop_transform_job(TransformJobName="stopped")
        waiter = "transform_job_completed_or_stopped"
        for name, status in (("good", "Completed"), ("stopped", "Stopped")):
            wait(sm, waiter, TransformJobName=name)
            assert sm.describe_transform_job(TransformJobName=name)["TransformJobStatus"] == status
        for name in ("failed", "never-was"):
            with pytest.raises(WaiterError, match="terminal failure state"):
                wait(sm, waiter, TransformJobName=name)


def test_every_waiter_expects_the_error_for_an_unknown_name(database: Database, tmp_path: Path) -> None:
    """A waiter raises an unexpected error code instead of ending."""
    session = botocore.session.get_session()
    waiters = session.get_waiter_model("sagemaker")
    known = []
    with scratch_app(database, tmp_path) as app:
        served = app.application.operations.names("sagemaker")
        for name in waiters.waiter_names:
            waiter = waiters.get_waiter(name)
            if waiter.operation not in served:
                continue
            expected = {each.expected for each in waiter.acceptors if each.matcher == "error"}
            (field,) = operation_model("sagemaker", waiter.operation).input_shape.required_members
            with pytest.raises((AwsError, TrigpointError)) as caught:
                app.call(waiter.operation, **{field: "nobody"})
            refusal = caught.value
            code = (refusal if isinstance(refusal, AwsError) else as_aws_error(refusal, "sagemaker")).code
            assert code in expected, name
            known.append(name)
    assert {"TrainingJobCompletedOrStopped", "TransformJobCompletedOrStopped", "EndpointDeleted"} <= {*known}
