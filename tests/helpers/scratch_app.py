"""The whole application over a scratch database, with the files, team and data that minimal requests name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.labeling import FUNCTION, TEMPLATE, png
from trigpoint.access.secrets import SecretBox
from trigpoint.app import Application
from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.services.context import RequestContext
from trigpoint.settings import Settings
from trigpoint.wire.model import operation_model
from trigpoint.wire.validate import answer_problems, validate

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/trigpoint"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
POOL = {"UserPool": "us-east-1_Pool12345", "ClientId": "client1"}
CONTEXT = RequestContext(
    request_id="r",
    region="us-east-1",
    account_id=ACCOUNT,
    access_key_id="k",
    identity_arn=f"arn:aws:iam::{ACCOUNT}:root",
    source_ip="127.0.0.1",
    base_url="http://127.0.0.1:8400",
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass(frozen=True)
class ScratchApp:
    """An application without its loop: operations are called, but no job proceeds."""

    application: Application

    def call(self, name: str, service: str = "sagemaker", **request: Any) -> dict[str, Any]:
        """The reply of an operation. Checks request and reply against the service model."""
        model = operation_model(service, name)
        validate(model, request)
        answer = self.application.operations.find(service, name).handler(CONTEXT, request) or {}
        assert answer_problems(model, answer) == []
        return answer


@contextmanager
def scratch_app(database: Database, folder: Path, clock: Clock | None = None) -> Iterator[ScratchApp]:
    """The application, with the bucket `lab` and the team `crew`."""
    settings = Settings(data_dir=folder / "data")
    settings.data_dir.mkdir()
    SecretBox.create(settings.key_file)
    application = Application(settings, database, clock)
    app = ScratchApp(application)
    objects = application.objects
    objects.create_bucket("lab")
    objects.put("lab", "a.png", png())
    objects.put("lab", "in.manifest", json.dumps({"source-ref": "s3://lab/a.png"}).encode())
    objects.put("lab", "labels.json", b'{"labels": [{"label": "cat"}]}')
    objects.put("lab", "ui.liquid", TEMPLATE.encode())
    objects.put("lab", "model.tar.gz", b"not unpacked before it is served")
    members = [{"CognitoMemberDefinition": {**POOL, "UserGroup": "crew"}}]
    app.call("CreateWorkteam", WorkteamName="crew", Description="d", MemberDefinitions=members)
    yield app


def least_requests() -> dict[str, dict[str, Any]]:
    """Minimal accepted requests by operation, in an order that works."""
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": "s3://lab/in.manifest",
        "AttributeNames": ["source-ref", "boxes"],
    }
    channel = {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": source},
        "RecordWrapperType": "RecordIO",
    }
    return {
        "CreateTrainingJob": {
            "TrainingJobName": "training-1",
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
            "InputDataConfig": [channel],
            "OutputDataConfig": {"S3OutputPath": "s3://lab/out"},
            "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
        "CreateLabelingJob": {
            "LabelingJobName": "labeling-1",
            "LabelAttributeName": "boxes",
            "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://lab/in.manifest"}}},
            "OutputConfig": {"S3OutputPath": "s3://lab/out"},
            "RoleArn": ROLE,
            "LabelCategoryConfigS3Uri": "s3://lab/labels.json",
            "HumanTaskConfig": {
                "WorkteamArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/private-crowd/crew",
                "UiConfig": {"UiTemplateS3Uri": "s3://lab/ui.liquid"},
                "PreHumanTaskLambdaArn": f"{FUNCTION}:PRE-BoundingBox",
                "TaskTitle": "t",
                "TaskDescription": "d",
                "NumberOfHumanWorkersPerDataObject": 1,
                "TaskTimeLimitInSeconds": 60,
                "AnnotationConsolidationConfig": {
                    "AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-BoundingBox"
                },
            },
        },
        "CreateModel": {
            "ModelName": "model-1",
            "ExecutionRoleArn": ROLE,
            "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://lab/model.tar.gz"},
        },
        "CreateEndpointConfig": {
            "EndpointConfigName": "config-1",
            "ProductionVariants": [
                {
                    "VariantName": "v",
                    "ModelName": "model-1",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                }
            ],
        },
        "CreateTransformJob": {
            "TransformJobName": "transform-1",
            "ModelName": "model-1",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lab/a"}},
                "ContentType": "image/png",
            },
            "TransformOutput": {"S3OutputPath": "s3://lab/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        "CreateEndpoint": {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"},
        "CreateHumanTaskUi": {"HumanTaskUiName": "ui-1", "UiTemplate": {"Content": "x"}},
        "CreateWorkteam": {
            "WorkteamName": "team-1",
            "Description": "d",
            "MemberDefinitions": [{"CognitoMemberDefinition": {**POOL, "UserGroup": "g"}}],
        },
    }
