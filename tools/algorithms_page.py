"""Writes docs/built-in-algorithms.md from the registry of algorithms.

uv run python tools/algorithms_page.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from trigpoint.builtin import ALGORITHMS, TRAINABLE, Algorithm, InputForm
from trigpoint.compute.image_uris import builtin_image
from trigpoint.hyperparameters import Hyperparameter, rule

PAGE = Path(__file__).parents[1] / "docs" / "built-in-algorithms.md"

HEAD = """# Built-in algorithms

<!-- Made by tools/algorithms_page.py from src/trigpoint/builtin.py. -->

Training jobs name an algorithm by its container image. No container runs: the image only names the algorithm. The account and
the Region in the image's URI do not matter, and the name without them is accepted too.

The algorithm checks its hyperparameters when the job starts. A job with a wrong value fails, and its `FailureReason` names the
hyperparameter, the value and the rule. Names that begin with `_` are ignored; an empty value counts as not given.

A job with `use_pretrained_model` 1 starts from [pretrained weights](weights.md), if they are installed. Otherwise it trains from
scratch; its log and the `StatusMessage` of its status `Training` have a warning with the command that installs them. With the
setting `TRIGPOINT_REQUIRE_PRETRAINED=1`, CreateTrainingJob refuses such a job. To start from a model of your own, use the channel
`model`.
"""


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page() -> str:
    return "\n".join([HEAD, *(line for name in TRAINABLE for line in _algorithm(ALGORITHMS[name]))])


def _algorithm(algorithm: Algorithm) -> Iterator[str]:
    yield f"## {algorithm.title.capitalize()}\n"
    yield f"- Image: `{builtin_image(algorithm.name, 'us-east-1')}`, or `{algorithm.image_name}`"
    yield f"- Attributes of an augmented manifest: {len(algorithm.attributes)}, such as {_code(algorithm.attributes)}"
    yield f"- Starts from the model of an earlier job (channel `model`): {_yes(algorithm.takes_model)}"
    yield f"- Its models can be hosted: {_yes(algorithm.is_hosted)}"
    if algorithm.is_hosted:
        yield f"- Content types of requests: {_code(algorithm.request_types)}"
    yield f"- Metric that decides which model is kept: `{algorithm.objective}`"
    yield "\n### Hyperparameters\n"
    yield from _table(("name", "value", "default"), map(_hyperparameter, algorithm.hyperparameters))
    yield "\n### Input of the data channels\n"
    yield from _table(
        ("form", "input mode", "content type", "record wrapper", "labels"), map(_form, algorithm.forms)
    )
    yield "\n### Metrics\n"
    yield from _table(
        ("name", "regular expression"),
        ((f"`{name}`", f"`{regex}`") for name, regex in algorithm.metrics.items()),
    )
    yield ""


def _hyperparameter(each: Hyperparameter) -> tuple[str, str, str]:
    default = "**required**" if each.default is None else f"`{each.default}`" if each.default else "none"
    return f"`{each.name}`", rule(each.kind), default


def _form(form: InputForm) -> tuple[str, ...]:
    types = ", ".join(f"`{kind}`" if kind else "none" for kind in form.content_types)
    labels = "with the data" if form.labels is None else f"channel `<data channel>{form.labels.suffix}`"
    return form.name, ", ".join(form.modes), types, form.record_wrapper or "None", labels


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


if __name__ == "__main__":
    main()
