"""What does the data agent of an instance do: read objects, ask the model, write its answers.

`python -m trigpoint.hosting.transform.agent FOLDER` is started by a runner, detached from the server, so a
transform goes on while the server is away. FOLDER/agent.json says what to do. Its standard output is the job's
data log. SIGTERM ends it at once; whoever starts it again lets it go on behind the objects that are finished.

Requests overlap, within an object and across objects; their answers are taken in the order of the records. An
output is written when the last answer is there, as a whole; of an object that fails nothing is written.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from trigpoint.access.secrets import KeyFileSecrets
from trigpoint.compute.local import LocalRunner
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.core.json_file import read_json
from trigpoint.db import Database
from trigpoint.hosting.transform.address import SPEC
from trigpoint.hosting.transform.client import ModelClient, Reply, RequestFailed
from trigpoint.hosting.transform.inputs import Source, read_inputs
from trigpoint.hosting.transform.model import (
    DEFAULT_PAYLOAD_MB,
    TransformSpec,
    strategy_for_containers,
)
from trigpoint.hosting.transform.processing import processing_of
from trigpoint.hosting.transform.progress import Failure, ProgressLog
from trigpoint.hosting.transform.splitting import (
    BYTES_PER_MB,
    LARGEST_BODY_MB,
    Batch,
    Batching,
    RecordFailed,
    opened,
)
from trigpoint.objects import ObjectStore
from trigpoint.objects.model import Readable
from trigpoint.settings import Settings

MEMORY_BYTES = 8 * BYTES_PER_MB
"""How much of one output is held in memory before it goes to a file aside."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the model is asked: the request's wishes, else the model's own, else the defaults."""

    max_concurrent: int
    max_payload_mb: int
    several: bool

    @classmethod
    def of(cls, spec: TransformSpec, wanted: Mapping[str, Any]) -> Plan:
        """Source: training.md 8.5. 0 transforms at a time mean that the model decides."""
        payload_mb = spec.max_payload_mb
        if payload_mb is None:
            payload_mb = _number(wanted.get("MaxPayloadInMB"), DEFAULT_PAYLOAD_MB)
        strategy = strategy_for_containers(spec.strategy) or wanted.get("BatchStrategy", "MULTI_RECORD")
        concurrent = spec.max_concurrent or _number(wanted.get("MaxConcurrentTransforms"), 1)
        return cls(max(1, concurrent), payload_mb, strategy != "SINGLE_RECORD")

    @property
    def limit_bytes(self) -> int:
        """The largest body."""
        return (self.max_payload_mb or LARGEST_BODY_MB) * BYTES_PER_MB

    @property
    def chunked(self) -> bool:
        """Whether bodies are sent in chunks, without saying how long they are: there is no limit that the model knows."""
        return self.max_payload_mb == 0


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value >= 0 else default


@dataclass(slots=True)
class Output:
    """The output of one object as it grows; `failure` as soon as it cannot be made."""

    source: Source
    content: IO[bytes]
    content_type: str | None = None
    failure: Failure | None = None

    def fail(self, kind: str, message: str) -> None:
        if self.failure is None:
            self.failure = Failure(self.source.index, self.source.uri, kind, message)


@dataclass(slots=True)
class Waiting:
    """A request under way; or, without one, the end of its object."""

    output: Output
    batch: Batch | None = None
    reply: Future[Reply] | None = field(default=None)


class Agent:
    """One run over the objects of one instance."""

    def __init__(
        self,
        spec: TransformSpec,
        objects: ObjectStore,
        client: ModelClient,
        progress: ProgressLog,
        scratch: Path,
    ) -> None:
        self._spec = spec
        self._objects = objects
        self._client = client
        self._progress = progress
        self._scratch = scratch
        self._processing = processing_of(spec)
        self._headers = _headers(spec)

    def run(self, sources: Iterable[Source]) -> None:
        """Transforms all objects that are not finished."""
        plan = Plan.of(self._spec, self._client.execution_parameters())
        strategy = "MULTI_RECORD" if plan.several else "SINGLE_RECORD"
        say(
            f"MaxConcurrentTransforms={plan.max_concurrent}, MaxPayloadInMB={plan.max_payload_mb}, "
            f"BatchStrategy={strategy}"
        )
        finished = self._progress.finished()
        waiting: deque[Waiting] = deque()
        pool = ThreadPoolExecutor(plan.max_concurrent, thread_name_prefix="transform")
        for source in sources:
            if source.index not in finished:
                for each in self._asked(source, plan, pool):
                    waiting.append(each)
                    while len(waiting) > 2 * plan.max_concurrent:
                        self._settle(waiting.popleft())
        while waiting:
            self._settle(waiting.popleft())

    def _asked(self, source: Source, plan: Plan, pool: ThreadPoolExecutor) -> Iterator[Waiting]:
        """Sends the object's requests, one by one as it is iterated, and ends with its end."""
        output = Output(source, self._spool())
        try:
            for batch in self._batches(source, plan):
                if output.failure:
                    break
                reply = pool.submit(self._client.invoke, batch.body, self._headers, chunked=plan.chunked)
                yield Waiting(output, batch, reply)
        except (RecordFailed, TrigpointError) as error:
            output.fail("ClientError", error.message)
        yield Waiting(output)

    def _batches(self, source: Source, plan: Plan) -> Iterator[Batch]:
        to_model = self._processing.to_model if self._processing else None
        batching = Batching(self._spec.split_type, plan.several, plan.limit_bytes, to_model)
        with self._objects.open_uri(source.uri) as file:
            yield from batching.batches(opened(file, gzipped=self._spec.gzipped))

    def _settle(self, waiting: Waiting) -> None:
        """Takes an answer, or ends an object, in the order of the records."""
        output = waiting.output
        if waiting.batch is None or waiting.reply is None:
            self._end(output)
            return
        try:
            reply = waiting.reply.result()
            if output.failure is None:
                output.content_type = reply.content_type
                self._append(output.content, waiting.batch, reply.body)
        except RequestFailed as error:
            output.fail(error.kind, f"{waiting.batch.named}: {error.message}")
        except Invalid as error:
            output.fail("ClientError", f"{waiting.batch.named}: {error.message}")

    def _append(self, content: IO[bytes], batch: Batch, answer: bytes) -> None:
        if self._processing is None or not self._processing.looks_at_answers:
            self._write(content, answer)
            return
        for record, part in zip(batch.records, answers(batch, answer), strict=True):
            self._write(content, self._processing.from_model(record, part))

    def _write(self, content: IO[bytes], record: bytes) -> None:
        """Decision: AssembleWith Line adds no second line feed where the model has ended its answer with one."""
        content.write(record)
        if self._spec.assemble_with == "Line" and not record.endswith(b"\n"):
            content.write(b"\n")

    def _end(self, output: Output) -> None:
        with output.content as content:
            if output.failure is None:
                content.seek(0)
                content_type = self._spec.accept or output.content_type
                try:
                    self._objects.write_uri(output.source.output_uri, cast(Readable, content), content_type)
                except TrigpointError as error:
                    output.fail("ClientError", f"its output cannot be written: {error.message}")
        if output.failure:
            bucket_and_key = output.source.uri.removeprefix("s3://")
            say(f"{bucket_and_key}: {output.failure.kind}: {output.failure.message}")
        self._progress.add(output.source.index, output.failure)

    def _spool(self) -> IO[bytes]:
        return cast(IO[bytes], tempfile.SpooledTemporaryFile(MEMORY_BYTES, dir=str(self._scratch)))


def answers(batch: Batch, answer: bytes) -> list[bytes]:
    """The model's answer, cut into the answers to the batch's records.

    Raises: Invalid: it has more or fewer lines than there were records.
    """
    if batch.count == 1:
        return [answer.removesuffix(b"\n")]
    lines = answer.removesuffix(b"\n").split(b"\n")
    if len(lines) != batch.count:
        raise Invalid(
            f"the model answered {len(lines)} lines for {batch.count} records, so they cannot be matched; use "
            "BatchStrategy SingleRecord"
        )
    return lines


def say(text: str) -> None:
    """Writes a line of the data log."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    print(f"{now}:[sagemaker logs]: {text}", flush=True)


def _headers(spec: TransformSpec) -> dict[str, str]:
    headers = {"Accept": spec.accept or "*/*"}
    return headers | ({"Content-Type": spec.content_type} if spec.content_type else {})


def main(folder: Path) -> int:
    """Runs the agent of this folder; 0 when all objects are finished, or it was asked to stop."""
    told = read_json(folder / SPEC)
    spec = TransformSpec.from_json(told["job"])
    settings = Settings(**told["settings"] | {"data_dir": Path(told["settings"]["data_dir"])})
    objects = ObjectStore(
        Database(settings.sqlalchemy_url),
        settings.objects_dir,
        SystemClock(),
        settings.region,
        KeyFileSecrets(settings.key_file),
    )
    runner = LocalRunner(settings.jobs_dir / "processes")
    client = ModelClient(
        folder,
        lambda handle: runner.poll(handle).phase == "running",
        timeout_s=spec.timeout_s,
        max_retries=spec.max_retries,
    )
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))  # what it leaves half done is done again
    agent = Agent(spec, objects, client, ProgressLog(folder), folder)
    agent.run(read_inputs(spec, folder.parent, told["worker"]))
    return 0


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that waits for the model must not hold up the end
