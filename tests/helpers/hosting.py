"""Hosting with everything around it: object store, runner, loop, and real processes as model servers."""

from __future__ import annotations

import io
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trigpoint
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.logs import LogStreams
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.hosting.endpoints import Endpoints
from trigpoint.hosting.models import Models
from trigpoint.hosting.records import ModelServer
from trigpoint.hosting.servers import ServerCommand
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Reconciler
from trigpoint.services.context import RequestContext
from trigpoint.services.logs import LogsOperations
from trigpoint.services.runtime import RuntimeOperations
from trigpoint.services.sagemaker.endpoints import EndpointOperations
from trigpoint.services.sagemaker.models import ModelOperations
from trigpoint.settings import Settings

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
ACCOUNT = "111122223333"
CONTEXT = RequestContext(
    request_id="r",
    region="us-east-1",
    account_id=ACCOUNT,
    access_key_id="AK",
    identity_arn="arn:aws:iam::111122223333:root",
    source_ip="127.0.0.1",
    base_url="http://127.0.0.1:8400",
    received_at=SystemClock().now(),
)


def stand_in(algorithm: str, folder: Path) -> list[str]:
    """The command of the stand-in model server."""
    sources = Path(trigpoint.__file__).parents[1]
    return [sys.executable, "-S", str(Path(__file__).with_name("model_server.py")), str(folder), str(sources)]


def archive(files: Mapping[str, bytes]) -> bytes:
    """A .tar.gz of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


class HostingWorld:
    """One server's hosting. A second world on the same database and settings plays the restarted server."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        command: ServerCommand = stand_in,
        make_runner: Callable[[Path], LocalRunner] = LocalRunner,
    ) -> None:
        clock = SystemClock()
        self.database = database
        self.objects = ObjectStore(database, settings.objects_dir, clock, settings.region)
        self.runner = make_runner(settings.jobs_dir / "processes")
        self.reconciler = Reconciler(database, clock, poll_s=0.2)
        self.log_streams = LogStreams(database)
        self.endpoints = Endpoints(
            database,
            self.objects,
            self.runner,
            self.reconciler,
            self.log_streams,
            settings,
            clock,
            model_server_command=command,
        )
        self.reconciler.register("endpoint", self.endpoints.reconcile)
        self.models_api = ModelOperations(Models(database, clock, settings))
        self.api = EndpointOperations(self.endpoints)
        self.runtime = RuntimeOperations(self.endpoints)
        self.logs = LogsOperations(self.log_streams)

    def model(self, name: str, behaviour: str = "good", **container: Any) -> None:
        """Creates a model whose server behaves as named."""
        if not self.objects.bucket_exists("models"):
            self.objects.create_bucket("models")
        uri = f"s3://models/{name}/model.tar.gz"
        self.objects.write_uri(uri, archive({"behaviour": behaviour.encode()}))
        definition = {"Image": IMAGE, "ModelDataUrl": uri, **container}
        request = {"ModelName": name, "ExecutionRoleArn": "arn:aws:iam::111122223333:role/R"}
        self.models_api.create_model(CONTEXT, {**request, "PrimaryContainer": definition})

    def config(self, name: str, *variants: Mapping[str, Any]) -> None:
        """Creates an endpoint configuration. Without variants, it has one, of the model `name`."""
        chosen = variants or ({"VariantName": "AllTraffic", "ModelName": name},)
        full = [{"InitialInstanceCount": 1, "InstanceType": "ml.m5.large", **variant} for variant in chosen]
        self.api.create_endpoint_config(CONTEXT, {"EndpointConfigName": name, "ProductionVariants": full})

    def create(self, name: str, config: str | None = None) -> None:
        """Begins to create an endpoint."""
        self.api.create_endpoint(CONTEXT, {"EndpointName": name, "EndpointConfigName": config or name})

    def describe(self, name: str) -> dict[str, Any]:
        """The reply of DescribeEndpoint."""
        return self.api.describe_endpoint(CONTEXT, {"EndpointName": name})

    def wait(self, name: str, *statuses: str, limit_s: float = 40) -> dict[str, Any]:
        """The description as soon as the endpoint has one of the statuses; InService by default."""
        end = time.monotonic() + limit_s
        while (found := self.describe(name))["EndpointStatus"] not in (statuses or ("InService",)):
            assert found["EndpointStatus"] != "Failed", found.get("FailureReason")
            assert time.monotonic() < end, f"{name} is still {found['EndpointStatus']}"
            time.sleep(0.02)
        return found

    def serve(self, name: str) -> None:
        """Creates model, configuration and endpoint of this name and waits until it serves."""
        self.model(name)
        self.config(name)
        self.create(name)
        self.wait(name)

    def invoke(self, name: str, body: bytes, **request: Any) -> dict[str, Any]:
        """The reply of InvokeEndpoint."""
        return self.runtime.invoke_endpoint(CONTEXT, {"EndpointName": name, "Body": body, **request})

    def instances(self, name: str) -> list[ModelServer]:
        """The endpoint's instances."""
        return list(self.endpoints.instances(self.endpoints.describe(name)))


@contextmanager
def hosting_world(
    database: Database, settings: Settings, command: ServerCommand = stand_in
) -> Iterator[HostingWorld]:
    """A world whose loop runs. At the end everything is stopped."""
    world = HostingWorld(database, settings, command)
    world.reconciler.start()
    try:
        yield world
    finally:
        world.reconciler.stop()
        world.runner.stop_all(grace_s=0)
