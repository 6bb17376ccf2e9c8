"""docs/api-coverage.md is correct: every field of every operation is served, has no effect, or is refused, as
it says.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from helpers.scratch_app import CONTEXT, ScratchApp, least_requests
from helpers.valid_values import least, some, with_field
from trigpoint.core.errors import TrigpointError
from trigpoint.services.coverage import PartlyServedField, RefusedField, field_rows, field_shape
from trigpoint.services.dispatch import Served
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import service_model
from trigpoint.wire.validate import validate

ROOT = Path(__file__).parents[2]
SERVICES = ("sagemaker", "sagemaker-runtime", "logs", "monitoring", "sts", "iam", "lambda")


@pytest.fixture(scope="module")
def served(app: ScratchApp) -> list[Served]:
    table = app.application.operations
    return [table.find(service, name) for service in table.services for name in table.names(service)]


def test_the_page_is_what_the_generator_writes() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "api_coverage.py"))
    written = (ROOT / "docs" / "api-coverage.md").read_text(encoding="utf-8")
    assert tool["page"]() == written, "run: python tools/api_coverage.py"


def test_every_declared_field_is_in_the_service_model(served: list[Served]) -> None:
    unknown = []
    for operation in served:
        for path in operation.fields:
            try:
                field_shape(operation.model, path)
            except (KeyError, AttributeError):
                unknown.append(f"{operation.name}: {path}")
    assert unknown == []


def test_a_field_listed_as_served_is_named_in_the_code(served: list[Served]) -> None:
    """A field that a newer service model adds must not be listed as served by default."""
    folder = ROOT / "src" / "trigpoint" / "services"
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    unknown = []
    for operation in served:
        for row in field_rows(operation.model, operation.fields):
            name = row.path.rsplit(".", 1)[-1].rstrip("[]")
            if row.coverage is None and f'"{name}"' not in code and f"'{name}'" not in code:
                unknown.append(f"{operation.name}: {row.path}")
    assert unknown == []


def test_a_field_listed_as_refused_is_refused(app: ScratchApp, served: list[Served]) -> None:
    requests = {
        **least_requests(),
        "UpdateEndpoint": {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"},
        "InvokeEndpoint": {"EndpointName": "endpoint-1", "Body": b"x"},
    }
    for prerequisite in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint"):
        app.call(prerequisite, **requests[prerequisite])
    wrong, checked = [], 0
    for operation in served:
        for path, coverage in operation.fields.items():
            if isinstance(coverage, RefusedField | PartlyServedField):
                request = requests.get(operation.name) or least(operation.model.input_shape)
                request = renamed(request, operation.name)
                example, said = refusal(operation, request, path, coverage)
                checked += 1
                names = [*path.split(".")[-2:], example if isinstance(example, str) else path]
                if not any(letters(name) in letters(said) for name in names):
                    wrong.append(f"{operation.name}: {path}: {said}")
    assert wrong == []
    assert checked > 50


def test_the_requests_without_these_fields_are_accepted(app: ScratchApp) -> None:
    for name, request in least_requests().items():
        if name in app.application.operations.names("sagemaker"):
            app.call(name, **renamed(request, name, "accepted"))


def renamed(request: dict[str, Any], operation: str, suffix: str = "other") -> dict[str, Any]:
    """The request with another resource name, if it creates a resource."""
    key = operation.removeprefix("Create") + "Name"
    return {**request, key: f"{request[key]}-{suffix}"} if key in request else request


def letters(text: str) -> str:
    """The letters and digits of a text: "metric definitions" names MetricDefinitions."""
    return "".join(character for character in text.lower() if character.isalnum())


def refusal(
    operation: Served, request: dict[str, Any], path: str, coverage: RefusedField | PartlyServedField
) -> tuple[Any, str]:
    """The value that was sent, and the refusal of the request with it, or a note that it was accepted."""
    example = coverage.refused if isinstance(coverage, PartlyServedField) else coverage.example
    if example is None:
        example = some(field_shape(operation.model, path))
    asked = with_field(operation.model, request, path, example)
    validate(operation.model, asked)
    try:
        operation.handler(CONTEXT, asked)
    except (TrigpointError, AwsError) as refused:
        return example, refused.message
    return example, "(accepted)"


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_that_is_not_served_says_so(app: ScratchApp, service: str) -> None:
    table = app.application.operations
    code = "InvalidAction" if service in ("sts", "iam") else "UnknownOperationException"
    others = set(service_model(service).operation_names) - set(table.names(service))
    assert others
    for name in others:
        with pytest.raises(AwsError) as refused:
            table.find(service, name)
        assert (refused.value.code, refused.value.status) == (code, 400)
        assert name in refused.value.message and "is not served by Trigpoint" in refused.value.message


def test_every_operation_of_the_specifications_is_served(app: ScratchApp) -> None:
    names = app.application.operations.names("sagemaker")
    for resource, verbs in {
        "LabelingJob": "Create Describe Stop",
        "Workforce": "Create Describe Update Delete",
        "Workteam": "Create Describe Update Delete",
        "HumanTaskUi": "Create Describe Delete",
        "TrainingJob": "Create Describe Stop Update Delete",
        "Model": "Create Describe Delete",
        "EndpointConfig": "Create Describe Delete",
        "Endpoint": "Create Describe Update Delete",
    }.items():
        assert {f"{verb}{resource}" for verb in verbs.split()} | {f"List{resource}s"} <= set(names)
    assert {"RenderUiTemplate", "ListLabelingJobsForWorkteam", "AddTags", "ListTags", "DeleteTags"} <= set(
        names
    )
    assert {"DescribeSubscribedWorkteam", "ListSubscribedWorkteams"} <= set(names)
