"""Texts to label."""

from __future__ import annotations

from random import Random

from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet
from trigpoint.demo.tasks.sentences import ENTITIES, MOODS, TOPICS, news, reviews
from trigpoint.labeling.task_types.class_labels import write_one, write_several
from trigpoint.labeling.task_types.contract import Label
from trigpoint.labeling.task_types.named_entity_recognition import NAMED_ENTITY_RECOGNITION
from trigpoint.labeling.task_types.named_entity_recognition.labels import write_label
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH
from trigpoint.labeling.task_types.text_classification import TEXT_CLASSIFICATION
from trigpoint.labeling.task_types.text_classification_multi_label import TEXT_CLASSIFICATION_MULTI_LABEL
from trigpoint.records.labels.spans import Span


def moods(session: Session, dice: Random, count: int) -> TaskSet:
    """Reviews of hotels, each of one mood."""
    made = list(reviews(dice, count))
    return TaskSet(
        task_type=TEXT_CLASSIFICATION,
        categories=tuple({"label": mood} for mood in MOODS),
        label_attribute="mood",
        lines=tuple({"source": review.text} for review in made),
        truths={review.text: write_one(MOODS.index(review.mood), 0, MOODS) for review in made},
        title="The mood of {count} reviews",
        description="Choose the mood of the review of a hotel",
        keywords=("Text", "Reviews"),
    )


def topics(session: Session, dice: Random, count: int) -> TaskSet:
    """Reviews of hotels, each with one or more topics."""
    made = list(reviews(dice, count))
    return TaskSet(
        task_type=TEXT_CLASSIFICATION_MULTI_LABEL,
        categories=tuple({"label": topic} for topic in TOPICS),
        label_attribute="topics",
        lines=tuple({"source": review.text} for review in made),
        truths={
            review.text: write_several({TOPICS.index(topic): 0 for topic in review.topics}, TOPICS)
            for review in made
        },
        title="The topics of {count} reviews",
        description="Choose all that the review of a hotel is about",
        keywords=("Text", "Reviews"),
    )


def entities(session: Session, dice: Random, count: int) -> TaskSet:
    """News with the names of persons and cities, and with dates."""
    made = list(news(dice, count))
    categories = tuple({"label": label, "shortDisplayName": label[:3]} for label in ENTITIES)
    return TaskSet(
        task_type=NAMED_ENTITY_RECOGNITION,
        categories=categories,
        label_attribute="entities",
        lines=tuple({"source": each.text} for each in made),
        truths={
            each.text: write_label(
                {Span(begin, end, label): 0 for label, begin, end in each.entities}, categories
            )
            for each in made
        },
        title="Names and dates in {count} news",
        description="Mark each person, each city and each date",
        keywords=("Text", "Names"),
    )


def remarks(session: Session, dice: Random, count: int) -> TaskSet:
    """Reviews of hotels, to which workers answer as they like. The answers are kept as they are."""
    made = list(reviews(dice, count))
    return TaskSet(
        task_type=PASS_THROUGH,
        categories=(),
        label_attribute="remark",
        lines=tuple({"source": review.text} for review in made),
        truths={review.text: Label({}, {}) for review in made},
        title="Remarks on {count} reviews",
        description="Write what you would answer the guest",
        keywords=("Text", "Reviews"),
    )
