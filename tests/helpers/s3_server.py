"""The S3 service on a real socket, with a clock that the test moves, and no other part of the server."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers.databases import new_sqlite
from helpers.live_server import serving
from helpers.toy_aws import KEY, client
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.objects import ObjectStore
from trigpoint.server.aws_app import AwsApp
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.s3 import S3
from trigpoint.settings import Settings
from trigpoint.wire.sigv4 import Credential


@dataclass(frozen=True)
class Reply:
    """A response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of S3's error document, "" if the body is not one."""
        return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


@dataclass(frozen=True)
class S3Server:
    """A server in a thread. Its clock begins at the real time, so that boto3's signatures are fresh."""

    url: str
    clock: FakeClock
    keys: dict[str, Credential]
    objects: ObjectStore
    data_dir: Path

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def client(self, version: str = "s3v4", **config: Any) -> Any:
        """A boto3 client with the root key that does not retry."""
        return client(self.url, "s3", config={"signature_version": version, **config})

    def send(self, method: str, url: str, body: bytes = b"", **headers: str) -> Reply:
        """Sends one request to this server. The URL's host goes into the Host header only."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        try:
            connection.request(method, target, body or None, {"Host": parts.netloc, **named})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """The server, over a fresh database and folder."""
    clock = FakeClock(datetime.now(UTC))
    database = new_sqlite(folder / "s3.db")
    settings = Settings(data_dir=folder / "data")
    settings.data_dir.mkdir(parents=True)
    secrets = SecretBox.create(settings.key_file)
    objects = ObjectStore(database, settings.objects_dir, clock, secrets=secrets)
    keys = {KEY.access_key_id: KEY}
    app = AwsApp(OperationTable({}), S3(objects, settings), keys.get, settings, clock)
    try:
        with serving(app) as url:
            yield S3Server(url, clock, keys, objects, settings.data_dir)
    finally:
        database.close()
