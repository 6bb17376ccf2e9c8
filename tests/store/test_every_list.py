"""SageMaker list operations follow the service model: filters, order, pages, tokens and page sizes."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import botocore.session
import pytest

from helpers.scratch_app import ACCOUNT, ScratchApp, least_requests, scratch_app
from trigpoint.app import Application
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.wire.errors import AwsError

NAMES = ("alpha", "beta-2", "beta-10", "gamma-alpha", "delta")
TEAM = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/private-crowd/crew"
ALWAYS = {"ListLabelingJobsForWorkteam": {"WorkteamArn": TEAM}}
LISTS = {
    "ListLabelingJobs": "CreateLabelingJob",
    "ListLabelingJobsForWorkteam": "CreateLabelingJob",
    "ListTrainingJobs": "CreateTrainingJob",
    "ListTransformJobs": "CreateTransformJob",
    "ListModels": "CreateModel",
    "ListEndpointConfigs": "CreateEndpointConfig",
    "ListEndpoints": "CreateEndpoint",
    "ListHumanTaskUis": "CreateHumanTaskUi",
    "ListWorkteams": "CreateWorkteam",
}
OTHERS = {"ListTags", "ListSubscribedWorkteams", "ListWorkforces"}  # these return one page or one item
MODEL = botocore.session.get_session().get_service_model("sagemaker")


@dataclass
class Listed:
    """A list operation of an application that contains resources."""

    app: ScratchApp
    clock: FakeClock
    operation: str

    @property
    def inputs(self) -> dict[str, Any]:
        return dict(MODEL.operation_model(self.operation).input_shape.members)

    def call(self, **query: Any) -> dict[str, Any]:
        return self.app.call(self.operation, **ALWAYS.get(self.operation, {}), **query)

    def items(self, **query: Any) -> list[dict[str, Any]]:
        """The items of all pages."""
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            answer = self.call(**query, **token)
            (items,) = (value for value in answer.values() if isinstance(value, list))
            found += items
            if "NextToken" not in answer:
                return found
            token = {"NextToken": answer["NextToken"]}

    def names(self, **query: Any) -> list[str]:
        return [self.value(item, "Name") for item in self.items(**query)]

    def value(self, item: dict[str, Any], what: str) -> Any:
        """The item's Name, CreationTime, LastModifiedTime, Status or JobReferenceCode."""
        spelled = {
            "CreationTime": ("CreationTime", "CreateDate"),
            "CreateDate": ("CreateDate",),
            "LastModifiedTime": ("LastModifiedTime",),
            "JobReferenceCode": ("JobReferenceCode",),
        }
        for key in spelled.get(what, ()):
            if key in item:
                return item[key]
        (found,) = (
            item[key] for key in item if key.endswith(what) and key not in ("SecondaryStatus", "MemberName")
        )
        return found


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def app(
    module_database: Database, clock: FakeClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScratchApp]:
    """An application with five resources of every kind."""
    with scratch_app(module_database, tmp_path_factory.mktemp("app"), clock) as app:
        for name in ("CreateModel", "CreateEndpointConfig"):
            app.call(name, **least_requests()[name])
        for create in dict.fromkeys(LISTS.values()):
            for number, name in enumerate(NAMES):
                clock.advance(0 if number == 3 else 10)  # two have the same creation time
                _create(app, create, name)
            clock.advance(10)
            stop = create.replace("Create", "Stop")
            if stop in app.application.operations.names("sagemaker"):
                app.call(stop, **{f"{create[6:]}Name": "beta-2"})
        yield app


def lists_with(*members: str) -> pytest.MarkDecorator:
    """Parametrizes a test over the list operations whose input has these members."""
    found = [name for name in LISTS if {*members} <= {*MODEL.operation_model(name).input_shape.members}]
    assert found
    return pytest.mark.parametrize("listed", found, indirect=True)


@pytest.fixture
def listed(request: pytest.FixtureRequest, app: ScratchApp, clock: FakeClock) -> Listed:
    return Listed(app, clock, request.param)


def _create(app: ScratchApp, create: str, name: str) -> None:
    request = copy.deepcopy(least_requests()[create])
    request[f"{create[6:]}Name"] = name
    app.call(create, **request)


def test_every_served_list_operation_is_tested_here(app: ScratchApp) -> None:
    served = {name for name in app.application.operations.names("sagemaker") if name.startswith("List")}
    assert served == set(LISTS) | OTHERS


@lists_with("NameContains")
def test_name_contains_ignores_case(listed: Listed) -> None:
    everything = listed.names()
    for part in ("alpha", "ALPHA", "a-", "-10", "zzz"):
        if not re.fullmatch(listed.inputs["NameContains"].metadata["pattern"], part):
            continue
        wanted = [name for name in everything if part.lower() in name.lower()]
        assert listed.names(NameContains=part) == wanted, part


@lists_with("CreationTimeAfter", "CreationTimeBefore")
def test_lists_are_filtered_by_creation_time(listed: Listed) -> None:
    _assert_bounded(listed, "CreationTime")


@lists_with("LastModifiedTimeAfter", "LastModifiedTimeBefore")
def test_lists_are_filtered_by_modification_time(listed: Listed) -> None:
    _assert_bounded(listed, "LastModifiedTime")


def _assert_bounded(listed: Listed, what: str) -> None:
    """The After filter includes the given time; the Before filter excludes it."""
    items = listed.items()
    for moment in sorted({listed.value(item, what) for item in items}):
        for at in (moment - timedelta(seconds=1), moment, moment + timedelta(seconds=1)):
            wanted = [item for item in items if listed.value(item, what) >= at]
            assert listed.items(**{f"{what}After": at}) == wanted
            wanted = [item for item in items if listed.value(item, what) < at]
            assert listed.items(**{f"{what}Before": at}) == wanted


@lists_with("StatusEquals")
def test_status_equals_returns_only_items_with_that_status(listed: Listed) -> None:
    items = listed.items()
    assert len({listed.value(item, "Status") for item in items}) > 1 or listed.operation == "ListEndpoints"
    for status in listed.inputs["StatusEquals"].enum:
        wanted = [item for item in items if listed.value(item, "Status") == status]
        assert listed.items(StatusEquals=status) == wanted, status
        assert listed.items(StatusEquals=status, MaxResults=1) == wanted, status


@lists_with("JobReferenceCodeContains")
def test_job_reference_code_contains_matches_part_of_the_code(listed: Listed) -> None:
    items = listed.items()
    code = items[0]["JobReferenceCode"]
    assert listed.items(JobReferenceCodeContains=code[2:]) == items[:1]
    assert listed.items(JobReferenceCodeContains=code.swapcase()) == items[:1]
    assert listed.items(JobReferenceCodeContains="%") == []


@lists_with("NextToken")
def test_pages_keep_their_order_while_resources_are_created(listed: Listed) -> None:
    if "SortBy" not in listed.inputs:
        orders: list[dict[str, str]] = [{}, {"SortOrder": "Ascending"}, {"SortOrder": "Descending"}]
    else:
        orders = [
            {"SortBy": by, "SortOrder": order}
            for by in listed.inputs["SortBy"].enum
            for order in ("Ascending", "Descending")
        ]
    before = set(listed.names())
    for number, order in enumerate(orders):
        whole = listed.items(**order)
        _assert_ordered(listed, whole, order)
        first = listed.call(**order, MaxResults=2)
        (items,) = (value for value in first.values() if isinstance(value, list))
        listed.clock.advance(1)
        _create(listed.app, LISTS[listed.operation], f"m-{number}-{listed.operation.lower()}")
        rest = _after(listed, first["NextToken"], order)
        seen = [listed.value(item, "Name") for item in items + rest]
        assert sorted(seen) == sorted(set(seen)), "shown twice"
        assert [name for name in seen if name in before] == [
            listed.value(item, "Name") for item in whole if listed.value(item, "Name") in before
        ]


def _after(listed: Listed, token: str, order: dict[str, str]) -> list[dict[str, Any]]:
    """The items after the token, in pages of three: the size may change."""
    found: list[dict[str, Any]] = []
    more: str | None = token
    while more:
        answer = listed.call(**order, MaxResults=3, NextToken=more)
        (items,) = (value for value in answer.values() if isinstance(value, list))
        found, more = found + items, answer.get("NextToken")
    return found


def _assert_ordered(listed: Listed, items: list[dict[str, Any]], order: dict[str, str]) -> None:
    by = order.get("SortBy", "CreationTime")
    values = [listed.value(item, by) for item in items]
    assert values == sorted(values, reverse=order.get("SortOrder") == "Descending"), (by, values)


@lists_with("SortOrder")
def test_descending_is_the_reverse_of_ascending_and_the_documented_order_is_the_default(
    listed: Listed,
) -> None:
    ascending, descending = listed.names(SortOrder="Ascending"), listed.names(SortOrder="Descending")
    assert ascending == descending[::-1]
    said = re.search(r"default is\s*(?:<code>)?(\w+)", listed.inputs["SortOrder"].documentation)
    default = said[1] if said else "Ascending"
    assert listed.names() == (ascending if default == "Ascending" else descending)


@lists_with("MaxResults")
def test_max_results_has_the_limits_of_the_service_model(listed: Listed) -> None:
    rules = listed.inputs["MaxResults"].metadata
    (items,) = (value for value in listed.call(MaxResults=rules["min"]).values() if isinstance(value, list))
    assert len(items) == rules["min"]
    assert len(listed.items(MaxResults=rules["max"])) == len(listed.items())
    for wrong in (rules["min"] - 1, rules["max"] + 1):
        with pytest.raises(AwsError, match="maxResults"):
            listed.call(MaxResults=wrong)


@lists_with("NextToken")
def test_a_token_is_accepted_only_with_the_query_that_returned_it(listed: Listed) -> None:
    token = listed.call(MaxResults=1)["NextToken"]
    others: list[dict[str, Any]] = [
        {name: value} for name, member in listed.inputs.items() for value in _values(name, member)
    ]
    assert others
    for other in others:
        with pytest.raises(Invalid, match="NextToken belongs to another list"):
            listed.call(MaxResults=1, NextToken=token, **other)
    elsewhere = "ListTransformJobs" if listed.operation != "ListTransformJobs" else "ListModels"
    with pytest.raises(Invalid, match="NextToken belongs to another list"):
        listed.app.call(elsewhere, NextToken=token)
    for broken in ("x", token[:-1] + ("0" if token[-1] != "0" else "1"), token[1:], token + "."):
        with pytest.raises(Invalid, match="NextToken"):
            listed.call(MaxResults=1, NextToken=broken)
    assert listed.call(MaxResults=1, NextToken=token)


def _values(name: str, member: Any) -> list[Any]:
    """Values that change the query when given for this member."""
    if name in ("NextToken", "MaxResults", "WorkteamArn"):
        return []
    if name.endswith(("After", "Before")):
        return [datetime.fromisoformat("2026-01-01T00:00:00Z")]
    if getattr(member, "enum", None):
        return list(member.enum)
    return (
        [f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-plan/p"]
        if name.endswith(("Arn", "ArnEquals"))
        else ["a"]
    )


def test_another_server_continues_a_list(app: ScratchApp, clock: FakeClock) -> None:
    """A token contains its whole state, so every process on the same database accepts it."""
    other = ScratchApp(Application(app.application.settings, app.application.database, clock))
    first = app.call("ListHumanTaskUis", MaxResults=2)
    second = other.call("ListHumanTaskUis", MaxResults=2, NextToken=first["NextToken"])
    whole = app.call("ListHumanTaskUis", MaxResults=4)["HumanTaskUiSummaries"]
    assert first["HumanTaskUiSummaries"] + second["HumanTaskUiSummaries"] == whole
