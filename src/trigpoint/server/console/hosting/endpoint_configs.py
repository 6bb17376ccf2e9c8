"""The pages of endpoint configs: the list, one config, a new one."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.hosting.creating import create
from trigpoint.server.console.hosting.sections import ENDPOINTS
from trigpoint.server.console.hosting.variants import MOST_VARIANTS, variant_fields, variants_of
from trigpoint.server.console.lists import Column, ListState
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.web.guards import GuardedRoute

CHOICES = 100
"""How many models a form offers, the newest."""


class EndpointConfigPages:
    """The pages. They belong to the section of endpoints."""

    section = None

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        create = "sagemaker:CreateEndpointConfig"
        return [
            console.get("/endpoint-configs", self.list, "sagemaker:ListEndpointConfigs"),
            console.get("/endpoint-configs/create", self.form, create),
            console.post("/endpoint-configs/create", self.create, create),
            console.get("/endpoint-configs/{config}", self.detail, "sagemaker:DescribeEndpointConfig"),
            console.post("/endpoint-configs/{config}/delete", self.delete, "sagemaker:DeleteEndpointConfig"),
        ]

    def list(self, page: PageRequest) -> Response:
        columns = [Column(gettext("Name"), "Name", "wide"), Column(gettext("Created"), "CreationTime")]
        state = ListState.read(page.query, columns)
        configs, next_token = page.rows("sagemaker", "ListEndpointConfigs", "EndpointConfigs", state)
        return page.show(
            "endpoint_configs.html",
            section=ENDPOINTS,
            title=gettext("Endpoint configs"),
            state=state,
            rows=configs,
            next_token=next_token,
            may_create=page.may("sagemaker:CreateEndpointConfig"),
        )

    def detail(self, page: PageRequest) -> Response:
        config = page.call("sagemaker", "DescribeEndpointConfig", EndpointConfigName=page.path("config"))
        return page.show(
            "endpoint_config.html",
            section=ENDPOINTS,
            title=config["EndpointConfigName"],
            crumbs=[(gettext("Endpoint configs"), "/endpoint-configs")],
            config=config,
            may_delete=page.may("sagemaker:DeleteEndpointConfig"),
            may_create=page.may("sagemaker:CreateEndpoint"),
        )

    def form(self, page: PageRequest) -> Response:
        given = {"v0_model": page.query.get("model", ""), "name": page.query.get("name", "")}
        return self._form(page, Form(_fields(page), {name: value for name, value in given.items() if value}))

    def create(self, page: PageRequest) -> Response:
        form = Form.read(_fields(page), page.form)
        request = {**form.request(), "ProductionVariants": variants_of(form)}
        return create(
            page,
            "CreateEndpointConfig",
            form,
            request,
            self._form,
            name="EndpointConfigName",
            path="/endpoint-configs",
        )

    def delete(self, page: PageRequest) -> Response:
        name = page.path("config")
        if page.wants_call:
            page.note("sagemaker", "DeleteEndpointConfig", EndpointConfigName=name)
            return self.detail(page)
        page.call("sagemaker", "DeleteEndpointConfig", EndpointConfigName=name)
        return page.redirect("/endpoint-configs", "deleted", name)

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        return page.show(
            "endpoint_config_create.html",
            section=ENDPOINTS,
            title=gettext("Create an endpoint config"),
            crumbs=[(gettext("Endpoint configs"), "/endpoint-configs")],
            form=form,
            variants=range(MOST_VARIANTS),
            status=status,
        )


def _fields(page: PageRequest) -> list[Field]:
    found = page.ask(
        "sagemaker", "ListModels", SortBy="CreationTime", SortOrder="Descending", MaxResults=CHOICES
    )
    return [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens, at most 63."),
            "EndpointConfigName",
            required=True,
            attributes={"maxlength": "63", "autocomplete": "off", "spellcheck": "false"},
        ),
        *variant_fields([each["ModelName"] for each in found["Models"]]),
    ]
