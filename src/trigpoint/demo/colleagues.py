"""Simulated workers: they sign in at the portal like people and answer with a little of people's inaccuracy."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from trigpoint.demo.truth import TrueBox

POLL_S = 0.4


@dataclass(frozen=True, slots=True)
class Habits:
    """How a simulated worker errs."""

    jitter: float = 0.015
    """Standard deviation of each corner, as a share of the box's side; at least one pixel."""
    miss_rate: float = 0.03
    """The share of objects that he does not see."""
    mistake_rate: float = 0.01
    """The share of objects to which he gives a wrong label."""


class Colleague:
    """One simulated worker. `work` runs in a thread until `stop` is set; errors are kept in `failure`."""

    def __init__(
        self,
        portal_url: str,
        user_name: str,
        temporary_password: str,
        truth: Callable[[str], tuple[Sequence[TrueBox], tuple[int, int]]],
        labels: Sequence[str],
        seed: int,
        habits: Habits | None = None,
    ) -> None:
        self._client = httpx.Client(base_url=portal_url, follow_redirects=False, timeout=60, trust_env=False)
        self._user_name = user_name
        self._password = temporary_password
        self._truth = truth
        self._labels = labels
        self._random = random.Random(seed)
        self._habits = habits or Habits()
        self.submitted = 0
        self.failure: BaseException | None = None

    def sign_in(self) -> None:
        """Signs in with the temporary password and gives himself a new one."""
        page = self._client.get("/portal/sign-in")
        answer = self._client.post(
            "/portal/sign-in",
            data={"user_name": self._user_name, "password": self._password, **hidden_fields(page.text)},
        )
        _expect_redirect(answer, "sign in")
        if "/password" in answer.headers["location"]:
            page = self._client.get("/portal/password")
            new = self._password + "-Mine-2"
            form = {"old_password": self._password, "new_password": new, "repeat_password": new}
            _expect_redirect(
                self._client.post("/portal/password", data=form | hidden_fields(page.text)), "change password"
            )
            self._password = new

    def work(self, job_names: Sequence[str], stop: threading.Event) -> None:
        """Takes and answers the tasks of the jobs, in their order, until `stop` is set."""
        try:
            while not stop.is_set():
                if not any(self._work_through(name, stop) for name in job_names):
                    stop.wait(POLL_S)
        except BaseException as problem:  # noqa: BLE001 - handed to the thread that waits for us
            self.failure = problem

    def _work_through(self, job_name: str, stop: threading.Event) -> bool:
        assignment = self._post(f"/portal/api/jobs/{job_name}/next", {})["assignment"]
        worked = assignment is not None
        while assignment is not None and not stop.is_set():
            begun = time.monotonic()
            answer = self.answer(assignment["taskInput"]["taskObject"])
            body = {"answer": answer, "timeSpentSeconds": round(time.monotonic() - begun, 3)}
            assignment = self._post(f"/portal/api/assignments/{assignment['assignmentId']}/submit", body)[
                "next"
            ]
            self.submitted += 1
        return worked

    def answer(self, image_uri: str) -> dict[str, Any]:
        """What this worker draws on the image, as crowd-form would submit it."""
        boxes, (width, height) = self._truth(image_uri)
        seen = [
            self._draw(box, width, height) for box in boxes if self._random.random() >= self._habits.miss_rate
        ]
        properties = {"height": height, "width": width}
        return {"boundingBox": {"boundingBoxes": seen, "inputImageProperties": properties}}

    def _draw(self, box: TrueBox, image_width: int, image_height: int) -> dict[str, Any]:
        left = self._blur(box.left, box.width, image_width - 1)
        top = self._blur(box.top, box.height, image_height - 1)
        right = max(left + 1, self._blur(box.left + box.width, box.width, image_width))
        bottom = max(top + 1, self._blur(box.top + box.height, box.height, image_height))
        label = box.label
        if self._random.random() < self._habits.mistake_rate:
            label = self._random.choice(self._labels)
        return {"height": bottom - top, "label": label, "left": left, "top": top, "width": right - left}

    def _blur(self, position: int, side: int, largest: int) -> int:
        blurred = self._random.gauss(position, max(1.0, self._habits.jitter * side))
        return min(max(round(blurred), 0), largest)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        if answer.status_code != 200:
            raise RuntimeError(
                f"{self._user_name}: POST {path} answered {answer.status_code}: {answer.text[:300]}"
            )
        result: dict[str, Any] = answer.json()
        return result


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the page's form (its CSRF token)."""
    from html.parser import HTMLParser

    class Parser(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, str] = {}

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            fields = dict(attrs)
            if tag == "input" and fields.get("type") == "hidden" and fields.get("name"):
                self.found[fields["name"] or ""] = fields.get("value") or ""

    parser = Parser()
    parser.feed(page)
    return parser.found


def _expect_redirect(answer: httpx.Response, what: str) -> None:
    if answer.status_code != 303:
        raise RuntimeError(f"could not {what}: the portal answered {answer.status_code}: {answer.text[:300]}")
