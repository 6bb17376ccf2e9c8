"""The transform of one instance's objects: requests in the order of the records, one output per object.

Requests overlap, within an object and across objects; their replies are taken in the order of the records. The
output of an object is written as a whole after its last reply. Nothing is written for an object that fails.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.door.objects import InstanceObjects
from trigpoint.hosting.transform.agent_plan import AgentPlan
from trigpoint.hosting.transform.client import BatchReply, ModelClient, RequestFailed
from trigpoint.hosting.transform.inputs import InputObject
from trigpoint.hosting.transform.model import TransformSpec
from trigpoint.hosting.transform.processing import processing_of
from trigpoint.hosting.transform.progress import ObjectFailure, ProgressLog
from trigpoint.hosting.transform.splitting import BYTES_PER_MB, Batch, Batching, RecordFailed, opened
from trigpoint.objects.model import Readable

MEMORY_BYTES = 8 * BYTES_PER_MB
"""How much of one output is kept in memory before it goes to a temporary file."""


@dataclass(slots=True)
class ObjectOutput:
    """The growing output of one object; `failure` is set when it cannot be made."""

    source: InputObject
    content: IO[bytes]
    content_type: str | None = None
    failure: ObjectFailure | None = None

    def fail(self, kind: str, message: str) -> None:
        if self.failure is None:
            self.failure = ObjectFailure(self.source.index, self.source.uri, kind, message)


@dataclass(slots=True)
class PendingBatch:
    """A request that was sent; without a batch, the end of its object."""

    output: ObjectOutput
    batch: Batch | None = None
    reply: Future[BatchReply] | None = field(default=None)


class Transformer:
    """One run over the objects of one instance."""

    def __init__(
        self,
        spec: TransformSpec,
        objects: InstanceObjects,
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

    def run(self, sources: Iterable[InputObject]) -> None:
        """Transforms all objects that are not finished."""
        plan = AgentPlan.of(self._spec, self._client.execution_parameters())
        strategy = "MULTI_RECORD" if plan.several else "SINGLE_RECORD"
        write_log(
            f"MaxConcurrentTransforms={plan.max_concurrent}, MaxPayloadInMB={plan.max_payload_mb}, "
            f"BatchStrategy={strategy}"
        )
        finished = self._progress.finished()
        pending: deque[PendingBatch] = deque()
        pool = ThreadPoolExecutor(plan.max_concurrent, thread_name_prefix="transform")
        for source in sources:
            if source.index not in finished:
                for each in self._sent(source, plan, pool):
                    pending.append(each)
                    while len(pending) > 2 * plan.max_concurrent:
                        self._settle(pending.popleft())
        while pending:
            self._settle(pending.popleft())

    def _sent(self, source: InputObject, plan: AgentPlan, pool: ThreadPoolExecutor) -> Iterator[PendingBatch]:
        """Sends a request each time it is iterated; the last item is the end of the object."""
        output = ObjectOutput(source, self._spool())
        try:
            for batch in self._batches(source, plan):
                if output.failure:
                    break
                reply = pool.submit(self._client.invoke, batch.body, self._headers, chunked=plan.chunked)
                yield PendingBatch(output, batch, reply)
        except (RecordFailed, TrigpointError) as error:
            output.fail("ClientError", error.message)
        yield PendingBatch(output)

    def _batches(self, source: InputObject, plan: AgentPlan) -> Iterator[Batch]:
        to_model = self._processing.to_model if self._processing else None
        batching = Batching(self._spec.split_type, plan.several, plan.limit_bytes, to_model)
        with self._objects.open_uri(source.uri) as file:
            yield from batching.batches(opened(file, gzipped=self._spec.gzipped))

    def _settle(self, pending: PendingBatch) -> None:
        """Takes the reply of a batch, or ends an object. Called in the order of the records."""
        output = pending.output
        if pending.batch is None or pending.reply is None:
            self._end(output)
            return
        try:
            reply = pending.reply.result()
            if output.failure is None:
                output.content_type = reply.content_type
                self._append(output.content, pending.batch, reply.body)
        except RequestFailed as error:
            output.fail(error.kind, f"{pending.batch.named}: {error.message}")
        except Invalid as error:
            output.fail("ClientError", f"{pending.batch.named}: {error.message}")

    def _append(self, content: IO[bytes], batch: Batch, reply: bytes) -> None:
        if self._processing is None or not self._processing.reads_replies:
            self._write(content, reply)
            return
        for record, part in zip(batch.records, reply_parts(batch, reply), strict=True):
            self._write(content, self._processing.from_model(record, part))

    def _write(self, content: IO[bytes], record: bytes) -> None:
        """Decision: AssembleWith Line adds no second line feed where the model's reply ends with one."""
        content.write(record)
        if self._spec.assemble_with == "Line" and not record.endswith(b"\n"):
            content.write(b"\n")

    def _end(self, output: ObjectOutput) -> None:
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
            write_log(f"{bucket_and_key}: {output.failure.kind}: {output.failure.message}")
        self._progress.add(output.source.index, output.failure)

    def _spool(self) -> IO[bytes]:
        return cast(IO[bytes], tempfile.SpooledTemporaryFile(MEMORY_BYTES, dir=str(self._scratch)))


def reply_parts(batch: Batch, reply: bytes) -> list[bytes]:
    """The model's reply, split into the replies to the batch's records.

    Raises: Invalid: it has more or fewer lines than the batch has records.
    """
    if batch.count == 1:
        return [reply.removesuffix(b"\n")]
    lines = reply.removesuffix(b"\n").split(b"\n")
    if len(lines) != batch.count:
        raise Invalid(
            f"the model answered {len(lines)} lines to {batch.count} records, so they cannot be matched; use "
            "BatchStrategy SingleRecord"
        )
    return lines


def write_log(text: str) -> None:
    """Writes a line of the data log."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    print(f"{now}:[sagemaker logs]: {text}", flush=True)


def _headers(spec: TransformSpec) -> dict[str, str]:
    headers = {"Accept": spec.accept or "*/*"}
    return headers | ({"Content-Type": spec.content_type} if spec.content_type else {})
