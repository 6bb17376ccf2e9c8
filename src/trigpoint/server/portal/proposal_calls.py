"""The call with which the task page asks the operator's model for a mask."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trigpoint.labeling.proposal_work import Point, Pointing
from trigpoint.labeling.proposals import MaskProposals, NoProposal
from trigpoint.language import translated
from trigpoint.server.web.bodies import MalformedRequest, json_object
from trigpoint.server.web.visits import Visit

MOST_HINTS = 64
_FARTHEST = 1e6
"""No image has a pixel that far away."""


class ProposalCalls:
    """The call. Its answer has the mask as lengths of runs, see labeling.proposal_work."""

    def __init__(self, proposals: MaskProposals) -> None:
        self._proposals = proposals

    async def propose(self, request: Request, visit: Visit) -> Response:
        pointing = read_pointing(await json_object(request))
        assignment_id = request.path_params["assignment"]
        try:
            found = await run_in_threadpool(self._proposals.propose, visit.worker, assignment_id, pointing)
        except NoProposal as problem:
            error = {"code": "NoProposal", "message": translated(problem.message)}
            return JSONResponse({"error": error}, status_code=503)
        part = asdict(found.part)
        size = {"width": part.pop("sent_width"), "height": part.pop("sent_height")}
        return JSONResponse({"rect": part, "size": size, "runs": found.runs})


def read_pointing(body: dict[str, Any]) -> Pointing:
    """`{"box": [left, top, right, bottom], "outline": [[x, y], ...], "hints": [[x, y, 0 or 1], ...]}` in pixels.

    Raises: MalformedRequest: names the field.
    """
    left, top, right, bottom = _numbers(body.get("box"), 4, "box")
    outline = _list(body.get("outline", []), "outline", (0, 4))
    hints = _list(body.get("hints", []), "hints", range(MOST_HINTS + 1))
    return Pointing(
        left,
        top,
        right,
        bottom,
        tuple(_point(_numbers(each, 2, f"outline[{n}]")) for n, each in enumerate(outline)),
        tuple(_point(_numbers(each, 3, f"hints[{n}]")) for n, each in enumerate(hints)),
    )


def _point(numbers: list[float]) -> Point:
    x, y, *is_object = numbers
    return Point(x, y, is_object != [0.0])


def _list(value: Any, name: str, lengths: tuple[int, ...] | range) -> list[Any]:
    if not isinstance(value, list) or len(value) not in lengths:
        raise MalformedRequest(f"`{name}` must be a list of {lengths[0]} to {lengths[-1]} points")
    return value


def _numbers(value: Any, count: int, name: str) -> list[float]:
    def is_place(each: Any) -> bool:
        is_number = isinstance(each, int | float) and not isinstance(each, bool)
        return is_number and math.isfinite(each) and abs(each) <= _FARTHEST

    if not isinstance(value, list) or len(value) != count or not all(map(is_place, value)):
        raise MalformedRequest(f"`{name}` must be a list of {count} numbers, in pixels of the image")
    return [float(each) for each in value]
