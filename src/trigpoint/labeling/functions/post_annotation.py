"""Calling the post-annotation function for the answered objects of a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.functions.wanted import IsWanted
from trigpoint.labeling.functions import recipe
from trigpoint.labeling.functions.calls import FunctionCalls, FunctionFailed
from trigpoint.labeling.functions.post_response import post_event, read_post_response
from trigpoint.labeling.functions.workflow import PASS_THROUGH
from trigpoint.labeling.model import Answer, DataObject, Job, Round
from trigpoint.labeling.outputs import request_uri, result_members
from trigpoint.labeling.rounds import RoundResult, usable_answers

ROUND_OBJECTS = 100
"""Decision: so many objects are given to a function at once, so that labels of 60 KB each fit into its response."""


class PostAnnotating:
    """Gets the labels of rounds from functions."""

    def __init__(self, calls: FunctionCalls) -> None:
        self._calls = calls

    def results(
        self,
        job: Job,
        name: str,
        made: Round,
        found: Sequence[DataObject],
        answers: Mapping[int, Sequence[Answer]],
        payload: Sequence[Mapping[str, Any]],
        is_wanted: IsWanted,
    ) -> RoundResult:
        """The results of the round's objects. The payload was written before.

        Raises: CallsBusy, CallsStopped: call again later. CallUnwanted: `is_wanted` returned False.
        """
        usable = usable_answers(job, PASS_THROUGH, found, answers)
        result = RoundResult(failures=dict(usable.failures), notes=list(usable.notes))
        asked = {each.data_object.index: each.data_object for each in usable.answered}
        if not asked:
            return result
        try:
            response = self._response(job, name, made, payload, is_wanted)
        except FunctionFailed as problem:
            result.failures.update(dict.fromkeys(asked, problem.message))
            return result
        read = read_post_response(job, made, name, asked, response)
        result.failures.update(read.failures)
        result.notes += read.notes
        result.contents.update(read.contents)
        result.members.update({index: result_members(content) for index, content in read.contents.items()})
        return result

    def _response(
        self,
        job: Job,
        name: str,
        made: Round,
        payload: Sequence[Mapping[str, Any]],
        is_wanted: IsWanted,
    ) -> Any:
        if self._calls.is_recipe(name):
            return recipe.post_response(job.spec.label_attribute, payload)
        event = post_event(job, request_uri(job.spec, made))
        return self._calls.call("post-annotation", name, event, is_wanted)
