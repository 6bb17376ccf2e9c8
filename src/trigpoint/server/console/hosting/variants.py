"""Production variants as fields: which model, how many instances, and which share of the requests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.hosting.deploying import INSTANCE_TYPE

MOST_VARIANTS = 4


def variant_fields(models: Sequence[str]) -> list[Field]:
    """The fields of all variants; those after the first may stay empty."""
    fields = []
    for number in range(MOST_VARIANTS):
        none = gettext("None") if number else gettext("Choose a model")
        choices = [("", none, ""), *((name, name, "") for name in models)]
        fields += [
            Field(f"v{number}_model", gettext("Model"), kind="select", required=number == 0, options=choices),
            Field(
                f"v{number}_name",
                gettext("Variant"),
                default="AllTraffic" if number == 0 else f"Variant{number + 1}",
                attributes={"maxlength": "63", "autocomplete": "off", "spellcheck": "false"},
            ),
            Field(
                f"v{number}_count",
                gettext("Instances"),
                kind="number",
                default="1",
                attributes={"min": "1", "inputmode": "numeric"},
            ),
            Field(f"v{number}_weight", gettext("Weight"), default="1", attributes={"inputmode": "decimal"}),
        ]
    return fields


def variants_of(form: Form) -> list[dict[str, Any]]:
    """ProductionVariants of the variants that have a model. What cannot be read becomes problems."""
    found = []
    for number in range(MOST_VARIANTS):
        values = {part: form.values[f"v{number}_{part}"] for part in ("model", "name", "count", "weight")}
        if values["model"]:
            found.append(
                {
                    "VariantName": values["name"],
                    "ModelName": values["model"],
                    "InitialInstanceCount": whole(form, f"v{number}_count"),
                    "InstanceType": INSTANCE_TYPE,
                    "InitialVariantWeight": weight(form, f"v{number}_weight"),
                }
            )
    if not found:
        form.problems["v0_model"] = gettext("choose a model")
    return found


def whole(form: Form, name: str) -> int:
    try:
        return int(form.values[name])
    except ValueError:
        form.problems[name] = gettext("must be a whole number")
        return 1


def weight(form: Form, name: str) -> float:
    try:
        found = float(form.values[name])
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or found < 0:
        form.problems[name] = gettext("must be a number from 0")
        return 1.0
    return found


def shares(variants: Sequence[Mapping[str, Any]]) -> list[float]:
    """The share of requests of each variant, in percent."""
    weights = [float(each.get("DesiredWeight", each.get("CurrentWeight", 0))) for each in variants]
    total = sum(weights)
    return [100 * each / total if total else 0.0 for each in weights]
