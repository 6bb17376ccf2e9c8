"""The objects of a transform job: listed once, when it starts, and kept in a file.

Each of N instances transforms every N-th object. The list is fixed, so that restarted agents and objects that are
added or deleted later do not change which instance transforms which object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.hosting.transform.model import TransformSpec
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri, s3_uri
from trigpoint.records.manifest.manifest_file import read_manifest_file

INPUTS = "inputs.jsonl"


@dataclass(frozen=True, slots=True)
class InputObject:
    """An object to transform: its index in the job's list, its URI, and the URI of its output."""

    index: int
    uri: str
    output_uri: str


def write_inputs(spec: TransformSpec, objects: ObjectStore, folder: Path) -> int:
    """Writes the list, all or nothing, unless it exists; returns the number of objects.

    Raises: Invalid: the manifest cannot be read, there is no object, or two have the same output.
    """
    path = folder / INPUTS
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        seen: set[str] = set()
        with aside.open("w") as file:
            for uri, relative in _found(spec, objects):
                if relative in seen:
                    raise Invalid(f"the manifest {spec.input_uri} names {uri} twice")
                seen.add(relative)
                file.write(json.dumps([uri, relative]) + "\n")
        if not seen:
            raise Invalid(nothing_found(spec.input_uri))
        aside.replace(path)
    return sum(1 for _ in path.open("rb"))


def read_inputs(spec: TransformSpec, folder: Path, number: int) -> Iterator[InputObject]:
    """The objects of instance `number`, from 0, in the order of the list."""
    output = spec.output_uri.rstrip("/")
    with (folder / INPUTS).open() as file:
        for index, line in enumerate(file):
            if index % spec.instance_count == number:
                uri, relative = json.loads(line)
                yield InputObject(index, uri, f"{output}/{relative}.out")


def share_of(total: int, instances: int, number: int) -> int:
    """The number of objects that instance `number` has, of `total` objects and `instances` instances."""
    return len(range(number, total, instances))


def nothing_found(uri: str) -> str:
    """The error message for a prefix without objects."""
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
        "exists in the selected region and that objects exist under that S3 prefix."
    )


def _found(spec: TransformSpec, objects: ObjectStore) -> Iterator[tuple[str, str]]:
    """(URI, relative key) of each object. Source: training.md 8.5, section 11 no. 16."""
    if spec.manifest:
        yield from _listed_in_manifest(spec.input_uri, objects)
        return
    bucket, prefix = parse_s3_uri(spec.input_uri)
    cut = prefix.rfind("/") + 1
    for info in objects.iterate(bucket, prefix):
        if not (info.key.endswith("/") and info.size_bytes == 0):  # the placeholder of a folder
            yield info.uri, info.key[cut:]


def _listed_in_manifest(uri: str, objects: ObjectStore) -> Iterator[tuple[str, str]]:
    try:
        manifest = read_manifest_file(objects.read_uri(uri))
    except TrigpointError as error:
        raise Invalid(f"the manifest {uri} cannot be read: {error.message}") from error
    for number, suffix in enumerate(manifest.suffixes, start=2):
        if not suffix:
            raise Invalid(f"entry {number} of the manifest {uri} is empty; it must be the end of a key")
        yield s3_uri(*parse_s3_uri(manifest.prefix + suffix)), suffix.removeprefix("/")
