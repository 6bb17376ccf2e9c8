"""The page on which a training job is created: from nothing, from a labeling job, or like an earlier one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trigpoint.builtin import TRAINABLE
from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.objects import ObjectStore
from trigpoint.server.console.hosting.deploying import free_name
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.console.training.channels import (
    AUGMENTED,
    MOST_CHANNELS,
    attribute_list,
    field_name,
    moved,
    without_channel,
)
from trigpoint.server.console.training.first_values import form_of_job, values_of_query
from trigpoint.server.console.training.form import (
    INSTANCE_TYPES,
    OWN_CODE,
    TrainingForm,
    read_form,
    training_form,
)
from trigpoint.server.console.training.hyperparameters import hyperparameter_fields, split_common
from trigpoint.server.console.training.own_code import FRAMEWORK_IMAGES, keep_upload, pack_script
from trigpoint.server.console.training.pages import SECTION
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.visits import Visit
from trigpoint.services.roles import may_call
from trigpoint.settings import Settings
from trigpoint.training.labeled_data import ALGORITHMS_BY_LABEL, LabeledData
from trigpoint.workforce.people import CONSOLE_ROLES

VALIDATION_SHARE = 0.2
SEED = 1
"""Decision: a fifth of the labeled objects validates, chosen at random from this seed, each combination of classes
separately. So the same job gives the same parts, and `trigpoint manifest split --stratify` makes them, too."""
RECENT_JOBS = 50

ALGORITHM_TEXTS = {
    "object-detection": (
        translatable("Object detection"),
        translatable("Finds objects in images: a box and a class for each. Learns from boxes."),
    ),
    "image-classification": (
        translatable("Image classification"),
        translatable("Says what an image shows: one class, or several. Learns from classes of whole images."),
    ),
    "linear-image-classification": (
        translatable("Linear image classification"),
        translatable("One class for each image, learned from few labels in seconds on a CPU."),
    ),
    "linear-text-classification": (
        translatable("Linear text classification"),
        translatable("One class for each text, learned from few labels in seconds on a CPU."),
    ),
    "light-segmentation": (
        translatable("Light segmentation"),
        translatable("A class for each pixel. Learns from masks, in minutes on a CPU."),
    ),
    OWN_CODE: (
        translatable("Own code"),
        translatable(
            "A script for PyTorch or scikit-learn, or a container image; the same channels, metrics and logs."
        ),
    ),
}

_STEP = re.compile(
    r"(?P<what>add|remove|up|down|drop|take|refresh)(?:-(?P<channel>\d)(?:-(?P<place>\d{1,3}))?)?"
)


class TrainingCreatePages:
    """The page, and what its buttons do."""

    section = None

    def __init__(self, data: LabeledData, objects: ObjectStore, settings: Settings) -> None:
        self._data = data
        self._objects = objects
        self._settings = settings

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        async def sent(request: Request, visit: Visit) -> Response:
            page = PageRequest(console, request, visit, await request.form(max_files=1))
            return await run_in_threadpool(self.upload, page)

        needs = ("sagemaker:CreateTrainingJob",)
        writers = [role for role in CONSOLE_ROLES if may_call(role, "s3", "PutObject")]
        return [
            console.get("/training-jobs/create", self.show, *needs),
            console.post("/training-jobs/create", self.create, *needs),
            console.guards.files(writers, "/training-jobs/create/upload", sent),
            console.post("/training-jobs/from-labeling-job", self.from_labeling_job, *needs),
        ]

    def show(self, page: PageRequest) -> Response:
        like = page.query.get("like", "")
        if like:
            job = page.ask("sagemaker", "DescribeTrainingJob", TrainingJobName=like)
            name = free_name(page, "DescribeTrainingJob", "TrainingJobName", like)
            return self._form(page, form_of_job(job, name))
        algorithm = page.query.get("algorithm", "")
        if algorithm not in (*TRAINABLE, OWN_CODE):
            return self._choice(page)
        return self._form(page, training_form(algorithm, values_of_query(page.query)))

    def create(self, page: PageRequest) -> Response:
        given = read_form(page.form)
        step = _STEP.fullmatch(str(page.form.get("step", "")))
        if step is not None:
            return self._form(page, self._stepped(page, given, step))
        request = given.request(self._settings.account_id, self._settings.region)
        given.require()
        if page.wants_call:
            page.note("sagemaker", "CreateTrainingJob", **request)
            return self._form(page, given)
        if given.form.problems:
            return self._form(page, given, status=400)
        if given.builtin is None:
            pack_script(given.form, self._objects)
            if given.form.problems:
                return self._form(page, given, status=400)
        try:
            page.call("sagemaker", "CreateTrainingJob", **request)
        except TrigpointError as problem:
            given.refuse(problem)
            return self._form(page, given, status=400)
        name = request["TrainingJobName"]
        return page.redirect(f"/training-jobs/{quoted(name)}", "training-started", name)

    def upload(self, page: PageRequest) -> Response:
        """Keeps the file with the code, and shows the form again."""
        given = read_form(page.form)
        keep_upload(given.form, page.form.get("upload"), self._objects)
        return self._form(page, given, status=400 if given.form.problems else 200)

    def from_labeling_job(self, page: PageRequest) -> Response:
        """Divides the labels of a job for training and validation, and leads to the form with everything filled in."""
        name = str(page.form.get("job", ""))
        try:
            job = page.ask("sagemaker", "DescribeLabelingJob", LabelingJobName=name)
            return self._divided(page, job)
        except TrigpointError as problem:
            return self._choice(page, {"job": name, "problem": problem.message}, status=400)

    def _divided(self, page: PageRequest, job: Mapping[str, Any]) -> Response:
        labels = (job.get("LabelingJobOutput") or {}).get("OutputDatasetS3Uri")
        name, attribute = job["LabelingJobName"], job["LabelAttributeName"]
        if not labels:
            raise Invalid(
                translatable(
                    "the labeling job %(name)s has no output manifest yet; wait until it ends", name=name
                )
            )
        folder = f"{job['OutputConfig']['S3OutputPath'].rstrip('/')}/{name}/training"
        parts = self._data.divide(labels, attribute, folder, VALIDATION_SHARE, SEED)
        query = {
            "algorithm": ALGORITHMS_BY_LABEL[parts.label_type],
            "name": free_name(page, "DescribeTrainingJob", "TrainingJobName", f"{name}-model"),
            "input": parts.train_uri,
            "validation": parts.validation_uri,
            "attribute": attribute,
            "samples": parts.train_count,
            "classes": max(1, parts.class_count),
            "output": f"{folder}/models",
            "from": name,
            "held": parts.validation_count,
            **({"multi": "1"} if parts.label_type.endswith("multilabel") else {}),
        }
        return page.redirect(f"/training-jobs/create?{urlencode(query)}")

    def _stepped(self, page: PageRequest, given: TrainingForm, step: re.Match[str]) -> TrainingForm:
        """The form after one of its buttons: a channel more or less, an attribute moved, dropped or taken."""
        values = dict(given.form.values)
        count, what = given.channel_count, step["what"]
        channel, place = int(step["channel"] or 0), int(step["place"] or 0)
        attributes = field_name(channel, "attributes")
        names = attribute_list(values.get(attributes, ""))
        if what == "add":
            count = min(MOST_CHANNELS, count + 1)
            values |= _next_channel(values, count - 1)
        elif what == "remove" and count > 1 and channel < count:
            values = without_channel(values, count, channel)
            count -= 1
        elif what in ("up", "down"):
            values[attributes] = moved(values.get(attributes, ""), place, -1 if what == "up" else 1)
        elif what == "drop":
            values[attributes] = ", ".join(names[:place] + names[place + 1 :])
        elif what == "take":
            offered = self._offered(page, given, channel)[0]
            values[attributes] = ", ".join(names + offered[place : place + 1])
        values["channels"] = str(count)
        return training_form(given.algorithm, values)

    def _offered(self, page: PageRequest, given: TrainingForm, channel: int) -> tuple[list[str], str]:
        """The attributes of the channel's manifest that are not chosen yet, and why there are none."""
        values = given.form.values
        uri = values.get(field_name(channel, "uri"), "")
        if values.get(field_name(channel, "type")) != AUGMENTED or not uri.startswith("s3://"):
            return [], ""
        chosen = attribute_list(values[field_name(channel, "attributes")])
        try:
            return [each for each in self._data.attributes(uri) if each not in chosen][:60], ""
        except TrigpointError as problem:
            return [], problem.message

    def _choice(
        self, page: PageRequest, tried: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        """The page on which one chooses an algorithm, or a labeling job to learn from."""
        jobs = page.ask(
            "sagemaker",
            "ListLabelingJobs",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=RECENT_JOBS,
        )["LabelingJobSummaryList"]
        ended = [
            each["LabelingJobName"] for each in jobs if each["LabelingJobStatus"] in ("Completed", "Stopped")
        ]
        wanted = (tried or {}).get("job") or page.query.get("from", "")
        if wanted and wanted not in ended:
            ended.insert(0, wanted)
        kept = {name: value for name, value in page.query.items() if name not in ("from", "algorithm")}
        return page.show(
            "training_job_choice.html",
            section=SECTION,
            title=gettext("Create a training job"),
            status=status,
            algorithms={name: ALGORITHM_TEXTS[name] for name in (*TRAINABLE, OWN_CODE)},
            labeling_jobs=ended,
            wanted=wanted,
            problem=(tried or {}).get("problem", ""),
            kept=urlencode(kept),
            share=round(100 * VALIDATION_SHARE),
        )

    def _form(self, page: PageRequest, given: TrainingForm, status: int = 200) -> Response:
        builtin = given.builtin
        common, rest = split_common(hyperparameter_fields(builtin)) if builtin else ([], [])
        offers = [self._offered(page, given, number) for number in range(given.channel_count)]
        chosen = [
            attribute_list(given.form.values[field_name(number, "attributes")])
            for number in range(given.channel_count)
        ]
        return page.show(
            "training_job_create.html",
            section=SECTION,
            title=gettext("Create a training job"),
            status=status,
            given=given,
            form=given.form,
            algorithm_title=ALGORITHM_TEXTS[given.algorithm][0],
            builtin=builtin,
            read_count=len(builtin.attributes) if builtin else None,
            common=common,
            rest=rest,
            rest_open=any(name in given.form.problems for name in rest),
            offers=offers,
            chosen=chosen,
            augmented=AUGMENTED,
            most_channels=MOST_CHANNELS,
            instance_types=INSTANCE_TYPES,
            framework_images=FRAMEWORK_IMAGES,
            source=page.query if page.query.get("from") else {},
            share=round(100 * VALIDATION_SHARE),
        )


def _next_channel(values: Mapping[str, str], number: int) -> dict[str, str]:
    """A new channel like the first one, under the first usual name that is free."""
    taken = {value for name, value in values.items() if name.endswith("_name")}
    name = next((each for each in ("train", "validation", "model") if each not in taken), "")
    like = {}
    if name == "validation":
        like = {
            part: values.get(field_name(0, part), "")
            for part in ("type", "attributes", "wrapper", "content", "mode")
        }
    return {field_name(number, part): value for part, value in {**like, "name": name}.items()}
