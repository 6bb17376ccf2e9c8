"""The parts that a client names to complete an upload: whether they may become the object, and its checksums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from trigpoint.core.errors import Invalid
from trigpoint.objects.checksums import Digests, composite
from trigpoint.objects.errors import (
    ChecksumMismatch,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
)
from trigpoint.objects.model import (
    NamedPart,
    ObjectInfo,
    Upload,
)
from trigpoint.objects.store.upload_rows import StoredPart

MIN_PART_BYTES = 5 * 1024 * 1024


def chosen_parts(
    upload: Upload, received: Mapping[int, StoredPart], named: Sequence[NamedPart]
) -> list[StoredPart]:
    if not named:
        raise Invalid("the list of parts is empty; name at least one part")
    numbers = [part.part_number for part in named]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise InvalidPartOrder(
            f"the parts are named in the order {numbers[:20]}; name each once, in ascending order"
        )
    chosen = [_matching(upload, received, part) for part in named]
    for stored in chosen[:-1]:
        if stored.part.size_bytes < MIN_PART_BYTES:
            raise EntityTooSmall(
                f"part {stored.part.part_number} has {stored.part.size_bytes} bytes; "
                f"all but the last need at least {MIN_PART_BYTES}"
            )
    return chosen


def _matching(upload: Upload, received: Mapping[int, StoredPart], named: NamedPart) -> StoredPart:
    stored = received.get(named.part_number)
    if stored is None:
        raise InvalidPart(f"part {named.part_number} of upload {upload.id} was not uploaded")
    if stored.part.etag != named.etag:
        raise InvalidPart(f"part {named.part_number} has the ETag {stored.part.etag}, not {named.etag}")
    for algorithm, value in named.checksums.items():
        if stored.part.checksums.get(algorithm, value) != value:
            raise InvalidPart(
                f"part {named.part_number} has the {algorithm} {stored.part.checksums[algorithm]}, "
                f"not {value}"
            )
    return stored


def checksums_of(upload: Upload, chosen: Sequence[StoredPart], whole: Digests) -> Mapping[str, str]:
    algorithm = upload.checksum_algorithm
    if not algorithm or upload.checksum_type == "FULL_OBJECT":
        return whole.checksums
    return {algorithm: composite(algorithm, (stored.part.checksums[algorithm] for stored in chosen))}


def check_announced(info: ObjectInfo, announced: Mapping[str, str]) -> None:
    for algorithm, value in announced.items():
        calculated = info.checksums.get(algorithm)
        if calculated is not None and value not in (calculated, calculated.partition("-")[0]):
            raise ChecksumMismatch(f"{info.uri} has the {algorithm} {calculated}, not {value}")
