"""The pages of endpoints: the list, one endpoint, and what is changed on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from trigpoint.core.clock import Clock
from trigpoint.core.errors import TrigpointError
from trigpoint.hosting.endpoint_loop import LOG_GROUP
from trigpoint.hosting.standing import HostingStanding
from trigpoint.language import gettext, translatable
from trigpoint.server.console.charts import Chart
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.hosting.creating import create
from trigpoint.server.console.hosting.sections import ENDPOINTS
from trigpoint.server.console.hosting.variants import shares, weight, whole
from trigpoint.server.console.lists import Column, ListState
from trigpoint.server.console.log_pages import read_log
from trigpoint.server.console.metric_charts import Wanted, metric_charts
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.web.guards import GuardedRoute

STATUSES = ("InService", "Creating", "Updating", "RollingBack", "Failed", "Deleting")
CHOICES = 100
CHART_TIME = timedelta(hours=3)
LOG_LINES = 200
_METRICS = (
    ("AWS/SageMaker", "Invocations", "Sum", translatable("Requests")),
    ("AWS/SageMaker", "ModelLatency", "Average", translatable("Model latency (µs)")),
    ("AWS/SageMaker", "Invocation4XXErrors", "Sum", translatable("Refused requests (4xx)")),
    ("AWS/SageMaker", "Invocation5XXErrors", "Sum", translatable("Failed requests (5xx)")),
    ("/aws/sagemaker/Endpoints", "CPUUtilization", "Average", translatable("CPU (%)")),
    ("/aws/sagemaker/Endpoints", "MemoryUtilization", "Average", translatable("Memory (%)")),
)


class EndpointPages:
    """The pages. They read from `standing` what the API does not have."""

    section = ENDPOINTS

    def __init__(self, standing: HostingStanding, clock: Clock) -> None:
        self._standing = standing
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        one = "/endpoints/{endpoint}"
        return [
            console.get("/endpoints", self.list, "sagemaker:ListEndpoints"),
            console.get("/endpoints/create", self.form, "sagemaker:CreateEndpoint"),
            console.post("/endpoints/create", self.create, "sagemaker:CreateEndpoint"),
            console.get(one, self.detail, "sagemaker:DescribeEndpoint"),
            console.post(f"{one}/update", self.update, "sagemaker:UpdateEndpoint"),
            console.post(f"{one}/weights", self.weights, "sagemaker:UpdateEndpointWeightsAndCapacities"),
            console.post(f"{one}/delete", self.delete, "sagemaker:DeleteEndpoint"),
        ]

    def list(self, page: PageRequest) -> Response:
        page.follow("endpoints")
        columns = [
            Column(gettext("Name"), "Name", "wide"),
            Column(gettext("Status"), "Status"),
            Column(gettext("Created"), "CreationTime"),
            Column(gettext("Last change")),
        ]
        state = ListState.read(page.query, columns, STATUSES)
        endpoints, next_token = page.rows("sagemaker", "ListEndpoints", "Endpoints", state)
        return page.show(
            "endpoints.html",
            section=ENDPOINTS,
            title=gettext("Endpoints"),
            state=state,
            statuses=STATUSES,
            counts=self._standing.endpoint_counts(),
            rows=endpoints,
            next_token=next_token,
            may_create=page.may("sagemaker:CreateEndpoint"),
        )

    def detail(self, page: PageRequest) -> Response:
        return self._detail(page)

    def form(self, page: PageRequest) -> Response:
        given = {
            "config": page.query.get("config", ""),
            "name": page.query.get("name") or page.query.get("config", ""),
        }
        return self._form(page, Form(_fields(page), {name: value for name, value in given.items() if value}))

    def create(self, page: PageRequest) -> Response:
        form = Form.read(_fields(page), page.form)
        request = form.request()
        return create(
            page,
            "CreateEndpoint",
            form,
            request,
            self._form,
            name="EndpointName",
            path="/endpoints",
            notice="endpoint-starting",
        )

    def update(self, page: PageRequest) -> Response:
        """Another config: its instances start next to the old ones, and take over when all are ready."""
        config = str(page.form.get("config", ""))
        return self._change(page, "UpdateEndpoint", EndpointConfigName=config)

    def weights(self, page: PageRequest) -> Response:
        """Another share of the requests, or another number of instances, of each variant."""
        endpoint = page.ask("sagemaker", "DescribeEndpoint", EndpointName=page.path("endpoint"))
        variants = endpoint.get("ProductionVariants") or []
        names = [f"{part}{number}" for number in range(len(variants)) for part in ("weight", "count")]
        form = Form.read([Field(name, name) for name in names], page.form)
        changes = [
            {
                "VariantName": variant["VariantName"],
                "DesiredWeight": weight(form, f"weight{number}"),
                "DesiredInstanceCount": whole(form, f"count{number}"),
            }
            for number, variant in enumerate(variants)
        ]
        if form.problems:
            return self._detail(page, problem=next(iter(form.problems.values())))
        return self._change(page, "UpdateEndpointWeightsAndCapacities", DesiredWeightsAndCapacities=changes)

    def delete(self, page: PageRequest) -> Response:
        return self._change(page, "DeleteEndpoint")

    def _change(self, page: PageRequest, operation: str, **request: Any) -> Response:
        name = page.path("endpoint")
        if page.wants_call:
            page.note("sagemaker", operation, EndpointName=name, **request)
            return self._detail(page)
        try:
            page.call("sagemaker", operation, EndpointName=name, **request)
        except TrigpointError as problem:
            return self._detail(page, problem=problem.message)
        if operation == "DeleteEndpoint":
            return page.redirect("/endpoints", "deleted", name)
        return page.redirect(f"/endpoints/{quoted(name)}", "endpoint-changing", name)

    def _detail(self, page: PageRequest, problem: str = "") -> Response:
        name = page.path("endpoint")
        page.follow(f"endpoint:{name}")
        endpoint = page.call("sagemaker", "DescribeEndpoint", EndpointName=name)
        variants = endpoint.get("ProductionVariants") or []
        in_service = endpoint["EndpointStatus"] == "InService"
        return page.show(
            "endpoint.html",
            section=ENDPOINTS,
            title=endpoint["EndpointName"],
            status=400 if problem else 200,
            endpoint=endpoint,
            variants=variants,
            shares=shares(variants),
            charts=self._charts(page, endpoint["EndpointName"], variants),
            log=read_log(page, LOG_GROUP.format(name=endpoint["EndpointName"]), "", LOG_LINES),
            configs=_configs(page) if in_service and page.may("sagemaker:UpdateEndpoint") else [],
            may_change=in_service and page.may("sagemaker:UpdateEndpoint"),
            may_delete=endpoint["EndpointStatus"] != "Deleting" and page.may("sagemaker:DeleteEndpoint"),
            may_try=variants and page.may("sagemaker-runtime:InvokeEndpoint"),
            problem=problem,
        )

    def _charts(self, page: PageRequest, name: str, variants: Sequence[dict[str, Any]]) -> Sequence[Chart]:
        """Requests, latency, errors and machine use of the last hours; of each variant if there are several."""
        if not variants:
            return []
        now = self._clock.now()
        several = len(variants) > 1
        wanted = [
            Wanted(
                f"{gettext(title)}, {variant['VariantName']}" if several else gettext(title),
                namespace,
                metric,
                {"EndpointName": name, "VariantName": variant["VariantName"]},
                stat,
            )
            for variant in variants
            for namespace, metric, stat, title in _METRICS
        ]
        return metric_charts(page, wanted, now - CHART_TIME, now)

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        return page.show(
            "endpoint_create.html",
            section=ENDPOINTS,
            title=gettext("Create an endpoint"),
            form=form,
            status=status,
        )


def _configs(page: PageRequest) -> Sequence[str]:
    found = page.ask(
        "sagemaker", "ListEndpointConfigs", SortBy="CreationTime", SortOrder="Descending", MaxResults=CHOICES
    )
    return [each["EndpointConfigName"] for each in found["EndpointConfigs"]]


def _fields(page: PageRequest) -> Sequence[Field]:
    return [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens, at most 63."),
            "EndpointName",
            required=True,
            attributes={"maxlength": "63", "autocomplete": "off", "spellcheck": "false"},
        ),
        Field(
            "config",
            gettext("Endpoint config"),
            gettext("It says which models serve, with how many instances."),
            "EndpointConfigName",
            kind="select",
            required=True,
            options=[
                ("", gettext("Choose an endpoint config"), ""),
                *((each, each, "") for each in _configs(page)),
            ],
        ),
    ]
