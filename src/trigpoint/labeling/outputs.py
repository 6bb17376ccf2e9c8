"""The output files of a labeling job: the output manifest, the workers' answers, the files of each consolidation.

Under S3OutputPath/<job name>/:

    manifests/output/output.manifest
    annotations/worker-response/iteration-<n>/<object>/<time>.json
    annotations/consolidated-annotation/consolidation-request/iteration-<n>/<time>.json
    annotations/consolidated-annotation/consolidation-response/iteration-<n>/<time>.json
    annotations/consolidated-annotation/output/<object>_<time>.<suffix>
    annotations/intermediate/<n>/annotations.manifest
    agreement.json, workers.json

A reader never sees half a file: the object store writes a temporary file and renames it. Names follow from what the
database has recorded, so that writing again after a crash makes the same files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trigpoint.labeling import exchange
from trigpoint.labeling.model import Answer, Job, JobSpec, Round
from trigpoint.labeling.task_types.contract import LabelFile
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri, s3_uri
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.manifest.members import with_members

_JSON = "application/json"
WRITTEN_TOGETHER = 50
"""Files in one transaction. Workers wait for it, for about ten milliseconds."""


def root_uri(spec: JobSpec) -> str:
    """The folder of all the job's outputs, without a slash at its end."""
    bucket, prefix = parse_s3_uri(spec.output_path)
    return s3_uri(bucket, f"{prefix.rstrip('/')}/{spec.name}".lstrip("/"))


def output_manifest_uri(spec: JobSpec) -> str:
    """The URI of the augmented manifest."""
    return f"{root_uri(spec)}/manifests/output/output.manifest"


def published_manifest_uri(job: Job) -> str | None:
    """The URI of the augmented manifest; None while it has not been written."""
    return output_manifest_uri(job.spec) if job.published_at is not None else None


def label_file_uri(spec: JobSpec, made: Round, index: int, suffix: str) -> str:
    """The URI of a label that is written into a file of its own."""
    stamp = f"{made.created_at:%Y-%m-%dT%H:%M:%S.%f}"
    return f"{root_uri(spec)}/annotations/consolidated-annotation/output/{index}_{stamp}{suffix}"


def answers_uri(spec: JobSpec, made: Round, index: int) -> str:
    """The URI of the file with all workers' answers for one object."""
    folder = f"{root_uri(spec)}/annotations/worker-response/iteration-{made.iteration}"
    return f"{folder}/{index}/{_stamp(made)}.json"


def request_uri(spec: JobSpec, made: Round) -> str:
    """The URI of what the consolidation function is given."""
    return _consolidation_uri(spec, made, "request")


def _consolidation_uri(spec: JobSpec, made: Round, what: str) -> str:
    folder = f"{root_uri(spec)}/annotations/consolidated-annotation/consolidation-{what}"
    return f"{folder}/iteration-{made.iteration}/{_stamp(made)}.json"


class OutputFiles:
    """The files of one job."""

    def __init__(self, objects: ObjectStore, spec: JobSpec, region: str) -> None:
        self._objects = objects
        self._spec = spec
        self._region = region
        self._root = root_uri(spec)

    def write_manifest(self, lines: Iterable[tuple[int, str, str | None]]) -> None:
        """Writes output.manifest from index, input line and result of every object, in manifest order."""
        chunks = _joined(output_line(line, result, self._spec.label_attribute) for _, line, result in lines)
        self._objects.write_uri(output_manifest_uri(self._spec), chunks, _JSON)

    def write_intermediate(self, iteration: int, lines: Iterable[tuple[int, str, str | None]]) -> None:
        """Writes a batch's manifest: in each line the object's number before its output line."""
        chunks = _joined(
            f"{index} {output_line(line, result, self._spec.label_attribute)}"
            for index, line, result in lines
        )
        uri = f"{self._root}/annotations/intermediate/{iteration}/annotations.manifest"
        self._objects.write_uri(uri, chunks, _JSON)

    def write_answers(self, made: Round, answers: Mapping[int, Sequence[Answer]]) -> None:
        """Writes one worker-response file for each object."""
        given_by_index = list(answers.items())
        for start in range(0, len(given_by_index), WRITTEN_TOGETHER):
            bucket, files = "", {}
            for index, given in given_by_index[start : start + WRITTEN_TOGETHER]:
                bucket, key = parse_s3_uri(answers_uri(self._spec, made, index))
                response = exchange.worker_response(given, self._region)
                files[key] = json_text(response, sort_keys=True).encode()
            self._objects.write_many(bucket, files, _JSON)

    def write_request(self, made: Round, request: Sequence[Mapping[str, Any]]) -> None:
        """Writes what the consolidation function is given."""
        self._write_json(request_uri(self._spec, made), request)

    def write_response(self, made: Round, response: Sequence[Mapping[str, Any]]) -> None:
        """Writes what the consolidation function returned."""
        self._write_json(_consolidation_uri(self._spec, made, "response"), response)

    def write_label_files(self, files: Mapping[str, LabelFile]) -> None:
        """Writes labels into files of their own, by URI."""
        for uri, file in files.items():
            self._objects.write_uri(uri, file.content, file.content_type)

    def write_report(self, name: str, report: Mapping[str, Any]) -> None:
        """Writes a report about the whole job, for people to read."""
        text = json.dumps(report, ensure_ascii=False, indent=1)
        self._objects.write_uri(f"{self._root}/{name}.json", text.encode(), _JSON)

    def _write_json(self, uri: str, value: Any, *, sort_keys: bool = False) -> None:
        self._objects.write_uri(uri, json_text(value, sort_keys=sort_keys).encode(), _JSON)


def json_text(value: Any, *, sort_keys: bool = False) -> str:
    """Compact JSON, not restricted to ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)


def result_members(content: Mapping[str, Any]) -> str:
    """The members that are added to a line, as JSON text without the braces around them."""
    return json_text(content)[1:-1]


def output_line(line: str, result: str | None, label_attribute: str) -> str:
    """The input line with the result's members after its own, whose order and spelling are kept.

    Members that the line already had under the label's names, such as the metadata of an earlier failure, are removed.
    """
    if result is None:
        return line.strip(" \t\n\r")
    return with_members(line, result, (label_attribute, label_attribute + METADATA))


def _joined(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines, each with a line break, in pieces of about 64 KiB."""
    piece: list[str] = []
    size = 0
    for line in lines:
        piece += (line, "\n")
        size += len(line)
        if size > 65536:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()


def _stamp(made: Round) -> str:
    return f"{made.stamp_at:%Y-%m-%d_%H:%M:%S}"
