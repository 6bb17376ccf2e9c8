"""The fields of the second step: who works on the job, and what workers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.algorithm_specs import ALGORITHM_OF, FEWEST_OBJECTS
from trigpoint.labeling.setup.labels import LabelLine, read_labels
from trigpoint.labeling.setup.task_template import Example, TaskTexts, standard_texts
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH
from trigpoint.language import gettext
from trigpoint.server.console.forms import Field

NEW_TEAM: Final = "new"
AUTOMATED: Final = "automated"
MAX_EXAMPLES: Final = 6
_TASK = "HumanTaskConfig"
_STOP = "StoppingConditions"

VERDICTS = "Right\nWrong"
"""Labels of a job that verifies, to begin with."""


def task_fields(teams: Sequence[tuple[str, str]], functions: Sequence[tuple[str, str]]) -> list[Field]:
    """The fields. teams, functions: ARN and name of those that can be chosen."""
    plain = {"autocomplete": "off", "spellcheck": "false"}
    function_choices = [
        ("", gettext("None"), ""),
        *((arn, name, "") for arn, name in functions),
    ]
    return [
        Field(
            "team",
            gettext("Work team"),
            member=f"{_TASK}.WorkteamArn",
            kind="select",
            required=True,
            options=[
                *((arn, name, "") for arn, name in teams),
                (NEW_TEAM, gettext("New team: invite people now"), ""),
            ],
            default=teams[0][0] if teams else NEW_TEAM,
        ),
        Field(
            "new_team",
            gettext("Name of the new team"),
            gettext("Letters, digits and hyphens."),
            attributes={**plain, "maxlength": "63"},
        ),
        Field(
            "emails",
            gettext("E-mail addresses"),
            gettext("One per line. Each person gets a temporary password for the labeling portal."),
            kind="textarea",
            required=True,
            attributes={**plain, "rows": "3", "maxlength": "20000", "placeholder": "name@example.com"},
        ),
        Field(
            "title",
            gettext("Title"),
            gettext("Workers see it in their list of jobs."),
            member=f"{_TASK}.TaskTitle",
            required=True,
            attributes={"maxlength": "128"},
        ),
        Field(
            "description",
            gettext("Description"),
            member=f"{_TASK}.TaskDescription",
            required=True,
            attributes={"maxlength": "255"},
        ),
        Field(
            "keywords",
            gettext("Keywords"),
            gettext("At most five, with commas between them."),
            attributes={"maxlength": "150"},
        ),
        _number(
            "workers",
            gettext("Workers per object"),
            f"{_TASK}.NumberOfHumanWorkersPerDataObject",
            gettext("How many people answer for each object; their answers become one label."),
            ("1", "9", "1", "1"),
        ),
        _number(
            "minutes",
            gettext("Time limit of a task, in minutes"),
            f"{_TASK}.TaskTimeLimitInSeconds",
            gettext("From 0.5 to 480. After it, the task goes to somebody else."),
            ("0.5", "480", "0.5", "60"),
        ),
        _number(
            "days",
            gettext("Tasks expire after days"),
            f"{_TASK}.TaskAvailabilityLifetimeInSeconds",
            gettext("From 1 to 30. Objects that nobody has labeled by then have no label."),
            ("1", "30", "1", "10"),
        ),
        Field(
            "automated",
            gettext("Automated labeling"),
            gettext("It needs at least %(fewest)s objects; 5,000 are better.", fewest=f"{FEWEST_OBJECTS:,}"),
            member="LabelingJobAlgorithmsConfig",
            kind="radio",
            options=[
                ("", gettext("People label everything"), ""),
                (AUTOMATED, gettext("A model helps"), gettext("It labels the objects that it is sure of")),
            ],
        ),
        Field(
            "stop_objects",
            gettext("Stop when people have labeled"),
            gettext("A number of objects. Without one, all are labeled."),
            member=f"{_STOP}.MaxHumanLabeledObjectCount",
            kind="number",
            attributes={"min": "1", "step": "1", "inputmode": "numeric"},
        ),
        Field(
            "stop_share",
            gettext("Stop when labeled, in percent"),
            gettext("Of the whole input, from 1 to 100; by people and by a model."),
            member=f"{_STOP}.MaxPercentageOfInputDatasetLabeled",
            kind="number",
            attributes={"min": "1", "max": "100", "step": "1", "inputmode": "numeric"},
        ),
        Field(
            "tags",
            gettext("Tags"),
            gettext("One per line, as key=value."),
            member="Tags",
            kind="textarea",
            attributes={**plain, "rows": "3", "maxlength": "20000"},
        ),
        Field(
            "labels",
            gettext("Labels"),
            gettext(
                "One per line, in the order in which workers see them. The first nine have the keys 1 to 9."
            ),
            member="LabelCategoryConfigS3Uri",
            kind="textarea",
            required=True,
            attributes={"rows": "5", "spellcheck": "false", "maxlength": "200000"},
        ),
        Field(
            "header",
            gettext("What workers do"),
            gettext("One line above the object."),
            attributes={"maxlength": "300"},
        ),
        Field(
            "short",
            gettext("Short instructions"),
            gettext("Always shown next to the object."),
            kind="textarea",
            attributes={"rows": "6", "maxlength": "700000"},
        ),
        Field(
            "full",
            gettext("Full instructions"),
            gettext("Workers open them when they need more."),
            kind="textarea",
            attributes={"rows": "6", "maxlength": "700000"},
        ),
        *(
            Field(
                name,
                label,
                gettext("Addresses of images, one per line: s3://bucket/key or https://"),
                kind="textarea",
                attributes={**plain, "rows": "2", "maxlength": "700000"},
            )
            for name, label in (("good", gettext("Good examples")), ("bad", gettext("Bad examples")))
        ),
        Field(
            "template",
            gettext("Own task template"),
            gettext("HTML with Liquid and crowd-* elements. It replaces the template of the task type."),
            member=f"{_TASK}.UiConfig.UiTemplateS3Uri",
            kind="textarea",
            attributes={**plain, "rows": "16", "maxlength": "1000000"},
        ),
        Field(
            "pre_function",
            gettext("Function before the task"),
            gettext("It makes the input of the template from a line of the manifest."),
            kind="select",
            options=function_choices,
        ),
        Field(
            "post_function",
            gettext("Function after the task"),
            gettext("It makes one label of the workers' answers."),
            kind="select",
            options=function_choices,
        ),
    ]


def unneeded_fields(task_type: TaskType[Any]) -> frozenset[str]:
    """The fields that a task type does not need, by name."""
    unneeded = {"header", "short", "full", "good", "bad"}
    if task_type is not PASS_THROUGH:
        unneeded = {"pre_function", "post_function"}
    if task_type.name not in ALGORITHM_OF:
        unneeded.add("automated")
    return frozenset(unneeded)


def first_values(task_type: TaskType[Any]) -> dict[str, str]:
    """What the fields of the task type begin with."""
    standard = standard_texts(task_type)
    values = {"header": standard.header, "short": standard.short, "full": standard.full}
    values |= {"title": standard.header, "description": standard.header}
    values["template"] = task_type.template if task_type is PASS_THROUGH else ""
    if task_type.reviews is not None and "Verification" in task_type.name:
        values["labels"] = VERDICTS
    return values


def task_type_of(values: Mapping[str, str]) -> TaskType[Any]:
    """The chosen task type. Raises: Invalid."""
    found = TASK_TYPES.get(values["task_type"])
    if found is None:
        raise Invalid(gettext("Choose a task type."))
    return found


def chosen_labels(values: Mapping[str, str], task_type: TaskType[Any]) -> tuple[LabelLine, ...]:
    """Raises: Invalid: a label breaks a rule; names the line."""
    return read_labels(values["labels"], task_type.categories)


def chosen_texts(values: Mapping[str, str], labels: Sequence[LabelLine]) -> TaskTexts:
    """Raises: Invalid: there are too many examples."""
    examples = [
        *(Example(uri, gettext("Good example")) for uri in _lines(values["good"])),
        *(Example(uri, gettext("Bad example")) for uri in _lines(values["bad"])),
    ]
    if len(examples) > MAX_EXAMPLES:
        raise Invalid(gettext("At most %(num)d example images are shown.", num=MAX_EXAMPLES))
    colours = [label.colour for label in labels]
    return TaskTexts(values["header"], values["short"], values["full"], colours, examples)


def emails_of(values: Mapping[str, str]) -> list[str]:
    return [each for line in values["emails"].splitlines() for each in line.replace(",", " ").split()]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _number(name: str, label: str, member: str, help_text: str, limits: tuple[str, str, str, str]) -> Field:
    least, most, step, default = limits
    attributes = {"min": least, "max": most, "step": step, "inputmode": "decimal"}
    return Field(
        name, label, help_text, member, "number", required=True, default=default, attributes=attributes
    )
