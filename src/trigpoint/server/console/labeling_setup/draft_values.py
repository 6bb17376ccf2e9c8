"""The values of both steps, kept as a draft of the person, with what the input has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Final

from trigpoint.labeling.setup.inputs import InputChoice, JobInputs, Look
from trigpoint.server.console.forms import Field

FORM: Final = "labeling-job"
_LOOK: Final = "_look"
MOST_SAMPLE_BYTES: Final = 256 * 1024


def with_defaults(values: Mapping[str, str], fields: Iterable[Field]) -> dict[str, str]:
    """The values, with the default of each field that has none yet."""
    return {**{each.name: each.default for each in fields}, **values}


class DraftLooks:
    """Looks at the input of a draft once for each choice, because a large one takes seconds."""

    def __init__(self, inputs: JobInputs) -> None:
        self._inputs = inputs

    def look(self, values: Mapping[str, str], choice: InputChoice) -> Look:
        """Raises: as JobInputs.look."""
        return self.known(values, choice) or self._inputs.look(choice)

    def steps(self, choice: InputChoice) -> Iterator[int | Look]:
        """How much was read so far, again and again; at the end what was seen. Raises: as JobInputs.look."""
        return self._inputs.looking(choice)

    def known(self, values: Mapping[str, str], choice: InputChoice) -> Look | None:
        """What was seen before; None if the choice has changed since."""
        kept = json.loads(values.get(_LOOK, "null"))
        if kept is None or kept["of"] != _fingerprint(choice):
            return None
        return Look(
            kept["count"],
            kept["total"],
            tuple(kept["samples"]),
            tuple((reason, count) for reason, count in kept["left_out"]),
            tuple(kept["keys"]),
        )


def kept_look(choice: InputChoice, look: Look) -> dict[str, str]:
    """What a draft keeps of a look."""
    samples: list[str] = []
    for line in look.samples:
        if sum(map(len, samples)) + len(line) > MOST_SAMPLE_BYTES and samples:
            break
        samples.append(line)
    kept = {"of": _fingerprint(choice), **asdict(look), "samples": samples}
    return {_LOOK: json.dumps(kept)}


def samples_of(values: Mapping[str, str]) -> tuple[str, ...]:
    """Lines of the input that was looked at last."""
    kept = json.loads(values.get(_LOOK, "null"))
    return () if kept is None else tuple(kept["samples"])


def _fingerprint(choice: InputChoice) -> str:
    return hashlib.sha256(json.dumps(asdict(choice), sort_keys=True).encode()).hexdigest()
