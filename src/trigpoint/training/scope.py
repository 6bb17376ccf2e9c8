"""What the credentials of a training job reach: the data that its request names, its output, its checkpoints.

Decision: s3:// URIs in hyperparameters and environment variables are named by the request, too. They can be read and
written, since scripts get the places of further inputs and outputs so; those of the platform, such as
sagemaker_submit_directory, can only be read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri, s3_uri
from trigpoint.records.manifest.manifest_file import read_manifest_file
from trigpoint.records.manifest.named_folders import named_folders
from trigpoint.streaming.source import gunzipped
from trigpoint.training import store
from trigpoint.training.model import Channel, TrainingJob, TrainingSpec
from trigpoint.wire.scope import Area, Scope, few_folders


def find_scope(database: Database, job_id: str) -> Scope | None:
    """The scope of the job with this id; None when it has ended or there is none."""
    with database.read() as connection:
        job = store.get(connection, job_id)
    return None if job is None or job.is_terminal else scope_of(job)


def scope_of(job: TrainingJob) -> Scope:
    """The objects that the job may read and write."""
    spec = job.spec
    prefixes = [_plain(each.uri) for each in spec.channels if each.data_type == "S3Prefix"]
    manifests = [_plain(each.uri) for each in spec.channels if each.data_type != "S3Prefix"]
    platform = [uri for name, uri in _named(spec) if _is_of_platform(name)]
    others = [uri for name, uri in _named(spec) if not _is_of_platform(name)]
    outputs = [f"{_plain(spec.output_uri).rstrip('/')}/{job.name}/"]
    checkpoints = [f"{_plain(spec.checkpoints.uri).rstrip('/')}/"] if spec.checkpoints else []
    return Scope(
        Area((*prefixes, *spec.named_folders), frozenset(manifests)) | Area.of(platform),
        Area.of([*outputs, *checkpoints, *others]),
    )


def folders_named_by_manifests(spec: TrainingSpec, objects: ObjectStore) -> tuple[str, ...]:
    """The folders of the objects that the manifests of the channels name, as prefixes; at most about a hundred.

    A manifest that cannot be read names nothing; the instance, which reads it too, reports why.
    """
    return few_folders(_in_manifests(spec, objects))


def _in_manifests(spec: TrainingSpec, objects: ObjectStore) -> Iterator[str]:
    for channel in spec.channels:
        if channel.data_type != "S3Prefix":
            with (
                contextlib.suppress(TrigpointError, OSError, EOFError),
                objects.open_uri(channel.uri) as manifest,
            ):
                for uri in _in_manifest(channel, manifest):
                    with contextlib.suppress(Invalid):
                        yield _plain(uri)


def _in_manifest(channel: Channel, manifest: BinaryIO) -> Iterator[str]:
    if channel.data_type == "ManifestFile":
        yield from read_manifest_file(manifest.read()).uris
        return
    yield from named_folders(gunzipped(manifest))


def _named(spec: TrainingSpec) -> Iterator[tuple[str, str]]:
    """(name, URI) of the hyperparameters, environment variables and arguments that are URIs, also as JSON texts."""
    arguments = [] if spec.own is None else [("argument", each) for each in spec.own.arguments]
    for name, value in (*spec.hyperparameters.items(), *spec.environment.items(), *arguments):
        text = value.strip().strip('"')
        if text.startswith("s3://"):
            with contextlib.suppress(TrigpointError):
                yield name, _plain(text)


def _is_of_platform(name: str) -> bool:
    return name.lower().startswith(("sagemaker_", "sm_"))


def _plain(uri: str) -> str:
    """The URI as s3://bucket/key, whatever its form."""
    return s3_uri(*parse_s3_uri(uri))
