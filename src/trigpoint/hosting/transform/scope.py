"""What the credentials of a transform job reach: its input and its output."""

from __future__ import annotations

import json
from pathlib import Path

from trigpoint.db import Database
from trigpoint.hosting.transform import store
from trigpoint.hosting.transform.inputs import INPUTS
from trigpoint.hosting.transform.model import TransformJob, TransformSpec
from trigpoint.objects.uri import parse_s3_uri, s3_uri
from trigpoint.wire.scope import Area, Scope, few_folders


def find_scope(database: Database, job_id: str) -> Scope | None:
    """The scope of the job with this id; None when it has ended or there is none."""
    with database.read() as connection:
        job = store.get(connection, job_id)
    return None if job is None or job.is_terminal else scope_of(job)


def scope_of(job: TransformJob) -> Scope:
    """The objects that the job may read and write."""
    spec = job.spec
    source = s3_uri(*parse_s3_uri(spec.input_uri))
    reads = Area(spec.named_folders, frozenset({source})) if spec.manifest else Area((source,))
    return Scope(reads, Area.of([f"{s3_uri(*parse_s3_uri(spec.output_uri)).rstrip('/')}/"]))


def folders_named_by_manifest(spec: TransformSpec, folder: Path) -> tuple[str, ...]:
    """The folders of the objects that the manifest names, as prefixes; none when the input is a prefix itself.

    folder: of the job, with the list of its objects
    """
    if not spec.manifest:
        return ()
    with (folder / INPUTS).open() as lines:
        return few_folders(json.loads(line)[0] for line in lines)
