"""A small AWS: toy operations of several services, and an S3 that keeps bodies' hashes or files."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from trigpoint.access.secrets import SecretBox
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.core.clock import Clock, SystemClock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.server.aws_app import AwsApp
from trigpoint.services.context import RequestContext
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.iam import IamOperations
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.sts import StsOperations
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError
from trigpoint.wire.sigv4 import Credential

KEY = Credential("AKIATESTTESTTESTTEST", "secret/of+the=test", "root")
READER = Credential("AKIAREADREADREADREAD", "another-secret", "reader", read_only=True)
MADE_AT = datetime(2026, 3, 1, 10, 20, 30, 123_000, tzinfo=UTC)


class ToySageMaker:
    """Training jobs in a dict, and some ways to fail."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.contexts: list[RequestContext] = []

    def create_training_job(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        self.contexts.append(ctx)
        name = request["TrainingJobName"]
        if name in self.jobs:
            raise Conflict(f"training job {name} exists")
        self.jobs[name] = request
        return {"TrainingJobArn": f"arn:aws:sagemaker:{ctx.region}:{ctx.account_id}:training-job/{name}"}

    def list_training_jobs(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        summaries = [
            {
                "TrainingJobName": name,
                "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name}",
                "CreationTime": MADE_AT,
                "TrainingJobStatus": "Completed",
                "TrainingEndTime": None,
            }
            for name in self.jobs
        ]
        return {"TrainingJobSummaries": summaries, "NextToken": None}

    def stop_training_job(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        if request["TrainingJobName"] not in self.jobs:
            raise AwsError("ValidationException", "Requested resource not found.")

    def describe_model(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        raise NotFound(f"model {request['ModelName']} does not exist")

    def delete_model(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("an accident with the password hunter2")


class ToyRuntime:
    """A model that returns its input reversed."""

    def invoke_endpoint(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        if request["EndpointName"] == "broken":
            details = {"OriginalStatusCode": 500, "OriginalMessage": "boom", "LogStreamArn": "arn:x"}
            raise AwsError("ModelError", "Received server error (500) from primary", 424, details)
        return {
            "Body": request["Body"][::-1],
            "ContentType": request.get("ContentType", "text/plain"),
            "InvokedProductionVariant": "AllTraffic",
        }


class ToyS3:
    """Keeps the hash of each PUT's body. Returns files, iterators and bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[S3Request] = []
        self.put: dict[str, tuple[int, str, dict[str, str]]] = {}
        self.canned: dict[str, S3Response] = {}
        self._lock = threading.Lock()

    def cors_headers(self, bucket: str, method: str, origin: str) -> None:
        """No CORS rules."""

    def handle(self, request: S3Request) -> S3Response:
        self.requests.append(request)
        if request.method == "PUT":
            return self._put(request)
        if request.key in self.canned:
            return self.canned[request.key]
        if request.key == "iterated":
            return S3Response(200, {}, iter([b"a" * 1000, b"b" * 1000]))
        path = self.folder / request.key.replace("/", "_")
        if request.method in ("GET", "HEAD") and request.key:
            if not path.exists():
                raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": request.key})
            size = path.stat().st_size
            headers = {"Content-Length": str(size), "ETag": '"x"', "Content-Type": "image/png"}
            return S3Response(200, headers, file=(path, 0, size))
        return S3Response(204)

    def _put(self, request: S3Request) -> S3Response:
        digest, size = hashlib.sha256(), 0
        while piece := request.body.read(1 << 16):
            digest.update(piece)
            size += len(piece)
        with self._lock:
            self.put[f"{request.bucket}/{request.key}"] = size, digest.hexdigest(), dict(request.trailers())
        return S3Response(200, {"ETag": '"e"'})


class ToyAws:
    """All services as one ASGI application."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self.keys = {key.access_key_id: key for key in (KEY, READER)}
        box = SecretBox.create(folder / "secret.key")
        self.sessions = TemporaryKeys(box, lambda key_id: key_id in self.keys, clock)
        self.sagemaker = ToySageMaker()
        self.s3 = ToyS3(folder)
        self.table = OperationTable(
            {
                "sagemaker": [self.sagemaker],
                "sagemaker-runtime": [ToyRuntime()],
                "sts": [StsOperations(self.sessions)],
                "iam": [IamOperations()],
            }
        )
        settings = Settings(data_dir=folder)
        self.app = AwsApp(self.table, self.s3, self.keys.get, settings, clock, self.sessions.open)


def client(url: str, service: str, key: Credential = KEY, **arguments: Any) -> Any:
    """A boto3 client of the toy that does not retry."""
    config = Config(retries={"total_max_attempts": 1}, **arguments.pop("config", {}))
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=arguments.pop("region_name", "us-east-1"),
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        config=config,
        **arguments,
    )
