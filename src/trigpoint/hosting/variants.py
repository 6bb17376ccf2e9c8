"""Changes of a deployment's variants: what an update keeps, and new weights and instance counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trigpoint.core.errors import Invalid
from trigpoint.hosting.configs import check_instance_count
from trigpoint.hosting.records import DeployedVariant, Deployment


@dataclass(frozen=True, slots=True)
class VariantChange:
    """A new weight or instance count of a serving variant; None keeps the present one."""

    variant_name: str
    weight: float | None = None
    instance_count: int | None = None


def with_retained(pending: Deployment, serving: Deployment, *, weights: bool, counts: bool) -> Deployment:
    """The pending deployment, in which variants keep the weight or count of the serving variant of their name."""
    old = {variant.name: variant for variant in serving.variants}
    return replace(
        pending,
        variants=[
            replace(
                variant,
                weight=old[variant.name].weight if weights else variant.weight,
                instance_count=old[variant.name].instance_count if counts else variant.instance_count,
            )
            if variant.name in old
            else variant
            for variant in pending.variants
        ],
    )


def with_changes(serving: Deployment, changes: Sequence[VariantChange]) -> Deployment:
    """The deployment after the changes.

    Decision: changes that leave no variant with a weight are refused, as in a configuration.
    Raises: Invalid; LimitExceeded.
    """
    variants = {variant.name: variant for variant in serving.variants}
    twice = [name for name, count in Counter(change.variant_name for change in changes).items() if count > 1]
    if twice:
        raise Invalid(f"variant {twice[0]!r} is named twice; name each variant once")
    for change in changes:
        if change.variant_name not in variants:
            raise Invalid(
                f'Could not find variant "{change.variant_name}"; the endpoint\'s variants are '
                f"{', '.join(variants)}."
            )
        variants[change.variant_name] = _changed(variants[change.variant_name], change)
    if not any(variant.weight > 0 for variant in variants.values()):
        raise Invalid(
            "all variants would have the weight 0, so none would get requests; give one a higher weight"
        )
    return replace(serving, variants=list(variants.values()))


def _changed(variant: DeployedVariant, change: VariantChange) -> DeployedVariant:
    if change.weight is None and change.instance_count is None:
        raise Invalid(f"variant {variant.name!r}: neither DesiredWeight nor DesiredInstanceCount is given")
    count = variant.instance_count if change.instance_count is None else change.instance_count
    check_instance_count(variant.name, count)
    weight = variant.weight if change.weight is None else change.weight
    return replace(variant, weight=weight, instance_count=count)
