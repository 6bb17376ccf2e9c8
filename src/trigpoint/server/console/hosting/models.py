"""The pages of models: the list, one model, a new one."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.builtin import HOSTED
from trigpoint.compute.image_uris import builtin_image
from trigpoint.language import gettext, translatable
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.hosting.creating import create
from trigpoint.server.console.lists import Column, ListState
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.pairs import read_pairs
from trigpoint.server.console.site import Section
from trigpoint.server.console.training.form import ROLE
from trigpoint.server.web.guards import GuardedRoute

MODELS = Section(
    "/models", translatable("Models"), "M10 2.5 16.5 6v8L10 17.5 3.5 14V6zM3.5 6 10 9.5 16.5 6M10 9.5v8"
)


class ModelPages:
    """The pages."""

    section = MODELS

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/models", self.list, "sagemaker:ListModels"),
            console.get("/models/create", self.form, "sagemaker:CreateModel"),
            console.post("/models/create", self.create, "sagemaker:CreateModel"),
            console.get("/models/{model}", self.detail, "sagemaker:DescribeModel"),
            console.post("/models/{model}/delete", self.delete, "sagemaker:DeleteModel"),
        ]

    def list(self, page: PageRequest) -> Response:
        columns = [Column(gettext("Name"), "Name", "wide"), Column(gettext("Created"), "CreationTime")]
        state = ListState.read(page.query, columns)
        models, next_token = page.rows("sagemaker", "ListModels", "Models", state)
        return page.show(
            "models.html",
            section=MODELS,
            title=gettext("Models"),
            state=state,
            rows=models,
            next_token=next_token,
            may_create=page.may("sagemaker:CreateModel"),
        )

    def detail(self, page: PageRequest) -> Response:
        model = page.call("sagemaker", "DescribeModel", ModelName=page.path("model"))
        return page.show(
            "model.html",
            section=MODELS,
            title=model["ModelName"],
            model=model,
            containers=model.get("Containers") or [model.get("PrimaryContainer") or {}],
            may_delete=page.may("sagemaker:DeleteModel"),
            may_deploy=page.may("sagemaker:CreateEndpointConfig", "sagemaker:CreateEndpoint"),
            may_transform=page.may("sagemaker:CreateTransformJob"),
        )

    def form(self, page: PageRequest) -> Response:
        return self._form(page, Form(_fields(), {name: page.query[name] for name in page.query}))

    def create(self, page: PageRequest) -> Response:
        form = Form.read(_fields(), page.form)
        request = form.request()
        request["ExecutionRoleArn"] = ROLE.format(account=page.console.settings.account_id)
        return create(page, "CreateModel", form, request, self._form, name="ModelName", path="/models")

    def delete(self, page: PageRequest) -> Response:
        name = page.path("model")
        if page.wants_call:
            page.note("sagemaker", "DeleteModel", ModelName=name)
            return self.detail(page)
        page.call("sagemaker", "DeleteModel", ModelName=name)
        return page.redirect("/models", "deleted", name)

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        return page.show(
            "model_create.html",
            section=MODELS,
            title=gettext("Create a model"),
            form=form,
            images=[builtin_image(each, page.console.settings.region) for each in HOSTED],
            status=status,
        )


def _fields() -> Sequence[Field]:
    plain = {"autocomplete": "off", "spellcheck": "false"}
    return [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens, at most 63."),
            "ModelName",
            required=True,
            attributes={**plain, "maxlength": "63"},
        ),
        Field(
            "image",
            gettext("Image"),
            gettext("Of a built-in algorithm, or of your own code."),
            "PrimaryContainer.Image",
            required=True,
            attributes={**plain, "maxlength": "255", "list": "images"},
        ),
        Field(
            "data",
            gettext("Model data"),
            gettext("The archive that a training job has written."),
            "PrimaryContainer.ModelDataUrl",
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/models/job/output/model.tar.gz",
                "data-s3": "object",
            },
        ),
        Field(
            "environment",
            gettext("Environment"),
            gettext("One variable per line, as name=value."),
            "PrimaryContainer.Environment",
            kind="textarea",
            convert=read_pairs,
            attributes={**plain, "maxlength": "65536"},
        ),
    ]
