"""The contract of streaming stages as one assertion, and readers and sources to test them with."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from trigpoint.core.errors import NotFound
from trigpoint.streaming.stage import Stage

MOST = 200


@dataclass(frozen=True)
class Listed:
    """An object as a listing reports it."""

    bucket: str
    key: str
    size_bytes: int


def assert_resumes_exactly(
    build: Callable[[], Stage[Any]], prepare: Callable[[Any], Any] = lambda x: x
) -> list[Any]:
    """Takes the state before every element and after the last, as JSON. A fresh stage must continue identically.

    `build` creates the stage again with the same parameters. `prepare` makes an element comparable.
    Returns the elements.
    """
    stage = build()
    states, elements = [], []
    while len(elements) <= MOST:
        states.append(json.dumps(stage.get_state()))
        try:
            elements.append(prepare(next(stage)))
        except StopIteration:
            break
    assert len(elements) <= MOST, "use a smaller source"
    stage.close()
    for place, state in enumerate(states):
        fresh = build()
        fresh.set_state(json.loads(state))
        assert fresh.get_state() == json.loads(state), (
            f"the state of element {place} is not the one that was set"
        )
        rest = [prepare(element) for element in fresh]
        fresh.close()
        assert rest == elements[place:], f"resuming at element {place} of {len(elements)} gave other elements"
    for most in (1, 3, MOST):  # elements arrive in lists of any length
        listed, stage = [], build()
        while taken := stage.take(most):
            assert len(taken) <= most
            listed += [prepare(element) for element in taken]
            assert stage.get_state() is not None
            again = build()
            again.set_state(json.loads(json.dumps(stage.get_state())))
            assert [prepare(element) for element in again] == elements[len(listed) :]
            again.close()
        stage.close()
        assert listed == elements
    used = build()  # a pipeline in use can be set back too
    for _ in range(len(elements) // 2):
        next(used)
    used.set_state(json.loads(states[0]))
    assert [prepare(element) for element in used] == elements
    used.close()
    return elements


def opener(objects: Mapping[str, bytes]) -> Callable[[str], BinaryIO]:
    """A function that opens these objects by URI."""

    def open_object(uri: str) -> BinaryIO:
        try:
            return io.BytesIO(objects[uri])
        except KeyError:
            raise NotFound(f"no object {uri}") from None

    return open_object


def manifest(lines: int, attribute: str = "label") -> tuple[bytes, dict[str, bytes]]:
    """An augmented manifest of this many lines, and the objects that it names, of different sizes."""
    objects = {f"s3://data/{k}.jpg": bytes([k % 251]) * (k * 7 % 97) for k in range(lines)}
    text = "".join(
        json.dumps({"source-ref": uri, attribute: {"n": k}}) + "\n" for k, uri in enumerate(objects)
    )
    return text.encode(), objects
