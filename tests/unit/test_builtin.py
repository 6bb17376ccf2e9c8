"""The registry of algorithms: every entry is complete, and the things that it names exist."""

from __future__ import annotations

import inspect
import re
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from trigpoint.algorithms.common.contract import AlgorithmModule
from trigpoint.builtin import ALGORITHMS, HOSTED, TRAINABLE, Algorithm
from trigpoint.compute.image_uris import builtin_algorithm, builtin_image
from trigpoint.hyperparameters import defaults, read_hyperparameters, rule

ROOT = Path(__file__).parents[2]
ENTRIES = pytest.mark.parametrize("entry", ALGORITHMS.values(), ids=ALGORITHMS.keys())
WITH_MODULE = pytest.mark.parametrize("name", TRAINABLE)


@ENTRIES
def test_an_entry_is_found_by_its_name_and_by_its_image(entry: Algorithm) -> None:
    assert ALGORITHMS[entry.name] is entry
    assert builtin_algorithm(builtin_image(entry.name, "us-east-1")) == entry.name


def test_no_two_entries_share_an_image() -> None:
    names = [each.image_name for each in ALGORITHMS.values()]
    assert len(set(names)) == len(names)


@ENTRIES
def test_metrics_are_regular_expressions_with_the_value_as_their_only_group(entry: Algorithm) -> None:
    assert entry.objective in entry.metrics
    assert {re.compile(regex).groups for regex in entry.metrics.values()} == {1}


@ENTRIES
def test_hyperparameters_have_unique_names_and_valid_defaults(
    entry: Algorithm,
) -> None:
    names = [each.name for each in entry.hyperparameters]
    assert len(set(names)) == len(names)
    optional = tuple(each for each in entry.hyperparameters if each.default is not None)
    assert set(read_hyperparameters(optional, entry.title, {})) == set(defaults(optional))
    assert all(rule(each.kind) for each in entry.hyperparameters)


@ENTRIES
def test_only_an_algorithm_that_can_be_trained_is_hosted_or_takes_data(entry: Algorithm) -> None:
    if entry.module is None:
        assert not entry.is_hosted and not entry.forms and not entry.hyperparameters
    else:
        assert entry.forms and entry.hyperparameters
    assert set(HOSTED) <= set(TRAINABLE)


@ENTRIES
def test_the_input_forms_of_an_entry_are_distinguishable(entry: Algorithm) -> None:
    """Mode, content type and record wrapper decide, so no two forms may share all three."""
    seen: set[tuple[str, str, str | None]] = set()
    for form in entry.forms:
        keys = {(mode, kind, form.record_wrapper) for mode in form.modes for kind in form.content_types}
        assert not keys & seen
        seen |= keys
    if any(form.record_wrapper == "RecordIO" for form in entry.forms):
        assert entry.attributes


@WITH_MODULE
def test_the_entry_module_of_an_algorithm_has_the_functions_of_the_contract(name: str) -> None:
    """The module is imported in a separate process, which also checks that this does not load torch."""
    module = ALGORITHMS[name].module
    assert module is not None and find_spec(module) is not None
    code = (
        f"import inspect, sys, {module} as module\n"
        "assert 'torch' not in sys.modules\n"
        "print(*(list(inspect.signature(getattr(module, name)).parameters)\n"
        "        for name in ('train', 'load_handler')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    wanted = [
        list(inspect.signature(getattr(AlgorithmModule, function)).parameters)[1:]
        for function in ("train", "load_handler")
    ]
    assert shown.strip() == " ".join(map(str, wanted))


@pytest.mark.parametrize("verb", ["train", "serve"])
@pytest.mark.parametrize("name", ["objekt-detection", "semantic-segmentation"])
def test_the_child_process_refuses_an_unknown_algorithm(verb: str, name: str) -> None:
    command = [sys.executable, "-m", "trigpoint.algorithms", verb, name, "--opt-ml", "/nonexistent"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert f"argument algorithm: invalid choice: '{name}' (choose from " in refused.stderr
    assert "object-detection" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr


def test_the_page_about_the_algorithms_matches_the_registry() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "algorithms_page.py"))
    written = (ROOT / "docs" / "built-in-algorithms.md").read_text(encoding="utf-8")
    assert tool["page"]() == written, "run: python tools/algorithms_page.py"
