"""No regular expression of ours takes more than about linear time, whatever text a stranger sends."""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

import trigpoint
from trigpoint.wire.model import service_model
from trigpoint.wire.patterns import matches

LENGTH = 100_000
LIMIT_S = 10
"""At this length, a match in linear time takes milliseconds, and one in quadratic time a minute or more."""

SERVED = ("sagemaker", "sagemaker-runtime", "logs", "monitoring", "sts", "iam")
# These parts need torch, the path of people's code or another system.
LEFT_OUT = ("trigpoint.algorithms", "trigpoint.toolkit.sagemaker_", "trigpoint.demo", "trigpoint.__main__", "trigpoint.db.migrations", "trigpoint.stream", "trigpoint.loaders")  # fmt: skip


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled expressions that are constants of modules."""
    for module in pkgutil.walk_packages(trigpoint.__path__, "trigpoint."):
        if module.name.startswith(LEFT_OUT):
            continue
        names = vars(importlib.import_module(module.name))
        for name, value in names.items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


PATTERNS = dict(patterns())


def texts(pattern: str) -> Iterator[str]:
    """Long texts that keep the pattern busy: its own literal pieces and single characters, repeated."""
    pieces = [piece for piece in re.split(r"\\.|[\[\](){}?*+|^$.]", pattern) if piece]
    atoms = {
        *pieces,
        *(piece[0] for piece in pieces),
        "a",
        "A",
        "0",
        " ",
        "\t",
        "-",
        "_",
        ".",
        "/",
        ":",
        "=",
        '"',
        "\\",
    }
    for atom in sorted(atoms):
        yield atom * (LENGTH // len(atom)) + "\x01"
    start = "".join(pieces[:1])
    for character in ("a", "0", " ", "-", ".", "/", "a.", "a-", "a/"):
        yield start + character * (LENGTH // len(character)) + "\x01"
        yield (start + character) * (LENGTH // (len(start) + len(character))) + "\x01"


@contextmanager
def within(seconds: int, what: str) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"{what} takes more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_an_expression_of_ours_takes_linear_time(name: str) -> None:
    compiled = PATTERNS[name]
    is_bytes = isinstance(compiled.pattern, bytes)
    source = compiled.pattern.decode("latin-1") if is_bytes else compiled.pattern
    for text in texts(source):
        subject: Any = text.encode("latin-1", "replace") if is_bytes else text
        for use in (compiled.search, compiled.fullmatch):
            with within(LIMIT_S, f"{name} on {text[:30]!r}..."):
                use(subject)


@pytest.mark.parametrize("service", SERVED)
def test_the_patterns_of_the_service_model_take_bounded_time(service: str) -> None:
    model = service_model(service)
    found = {
        shape.metadata["pattern"]
        for shape in (model.shape_for(name) for name in model.shape_names)
        if shape.metadata.get("pattern")
    }
    for pattern in sorted(found):
        for text in texts(pattern):
            with within(LIMIT_S, f"{service} {pattern}"):
                matches(pattern, text[:2048] + "\x01")
