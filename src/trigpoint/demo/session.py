"""The demo's connection to its server: settings, clients of each service, and where the run keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.demo.progress import Display
from trigpoint.settings import Settings

BUCKET = "trigpoint-demo"


@dataclass(frozen=True, slots=True)
class Session:
    """The running server, as the demo's steps see it."""

    settings: Settings
    database: Database
    display: Display
    run: str
    s3: Any
    sagemaker: Any
    runtime: Any
    logs: Any
    account: str

    @property
    def folder(self) -> str:
        """The s3:// URI that this run's files are under."""
        return f"s3://{BUCKET}/{self.run}"

    def put(self, name: str, body: bytes) -> str:
        """Writes a file of this run and returns its URI."""
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.run}/{name}", Body=body)
        return f"{self.folder}/{name}"

    def read(self, uri: str) -> bytes:
        """The bytes of the object at an s3:// URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def open_session(settings: Settings, database: Database, display: Display) -> Session:
    """Signs in with the root key of the data directory, creates the demo's bucket and names the run after the
    time.
    """
    key = AccessKeys(database, SecretBox(settings.key_file), SystemClock()).root()
    aws = boto3.Session(key.access_key_id, key.secret_access_key, region_name=settings.region)

    def client(service: str) -> Any:
        return aws.client(service, endpoint_url=settings.base_url)

    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    run = datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S")
    account = client("sts").get_caller_identity()["Account"]
    return Session(
        settings,
        database,
        display,
        run,
        s3,
        client("sagemaker"),
        client("sagemaker-runtime"),
        client("logs"),
        account,
    )
