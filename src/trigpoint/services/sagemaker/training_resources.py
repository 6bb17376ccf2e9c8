"""The instances of a CreateTrainingJob request. Source: training.md 5.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.training.model import HOMOGENEOUS, Channel, InstanceGroup

Request = Mapping[str, Any]


def read_groups(resources: Request, most: int) -> tuple[InstanceGroup, ...]:
    """The groups of the job's instances; one when the request has InstanceType and InstanceCount.

    Raises: Invalid: a field is missing, or two exclude each other. LimitExceeded: more than `most` instances.
    """
    groups = _several(resources) if resources.get("InstanceGroups") else (_only(resources),)
    total = sum(each.count for each in groups)
    if total > most:
        raise LimitExceeded(
            f"The account-level service limit '{groups[0].instance_type} for training job usage' is {most} Instances, "
            f"with current utilization of 0 Instances and a request delta of {total} Instances. "
            "All instances run on the server's machine; lower InstanceCount, or raise TRIGPOINT_MAX_INSTANCES."
        )
    return groups


def check_channel_groups(channels: Sequence[Channel], groups: Sequence[InstanceGroup]) -> None:
    """Raises: Invalid: a channel is for a group that the job does not have."""
    names = [each.name for each in groups]
    for channel in channels:
        for name in channel.instance_groups:
            if name not in names:
                raise Invalid(
                    f"channel {channel.name!r}: InstanceGroupNames has {name!r}; the groups of ResourceConfig are "
                    f"{', '.join(names) if names != [HOMOGENEOUS] else 'none'}"
                )


def _only(resources: Request) -> InstanceGroup:
    for name in ("InstanceType", "InstanceCount"):
        if name not in resources:
            raise Invalid(
                f"ResourceConfig lacks {name}; give InstanceType and InstanceCount, or InstanceGroups"
            )
    count = resources["InstanceCount"]
    if count < 1:
        raise Invalid(f"ResourceConfig.InstanceCount is {count}; it must be 1 or more")
    return InstanceGroup(HOMOGENEOUS, resources["InstanceType"], count)


def _several(resources: Request) -> tuple[InstanceGroup, ...]:
    for name in ("InstanceType", "InstanceCount"):
        if name in resources:
            raise Invalid(f"ResourceConfig has {name} and InstanceGroups; give one of them")
    groups = []
    for index, given in enumerate(resources["InstanceGroups"]):
        where = f"ResourceConfig.InstanceGroups[{index}]"
        for name in ("InstanceGroupName", "InstanceType", "InstanceCount"):
            if name not in given:
                raise Invalid(f"{where} lacks {name}")
        if given["InstanceCount"] < 1:
            raise Invalid(f"{where}.InstanceCount is {given['InstanceCount']}; it must be 1 or more")
        groups.append(
            InstanceGroup(given["InstanceGroupName"], given["InstanceType"], given["InstanceCount"])
        )
    for name, count in Counter(each.name for each in groups).items():
        if count > 1:
            raise Invalid(f"ResourceConfig.InstanceGroups has the name {name!r} {count} times")
    return tuple(groups)
