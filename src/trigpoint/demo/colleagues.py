"""Simulated workers: they sign in to the portal and answer tasks, with small errors, as people do."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from trigpoint.demo.task_set import task_object
from trigpoint.labeling.task_types.contract import Habits, Label, TaskType

POLL_S = 0.4


class Colleague:
    """One simulated worker. `work` runs in a thread until `stop` is set; an error ends it and is kept in `failure`."""

    def __init__(
        self,
        portal_url: str,
        user_name: str,
        temporary_password: str,
        task_type: TaskType[Any],
        truth: Callable[[str], Label],
        labels: Sequence[str],
        seed: int,
        habits: Habits | None = None,
    ) -> None:
        """`truth` gives the true label of a task object: the URI of an image, or a text."""
        self._client = httpx.Client(base_url=portal_url, follow_redirects=False, timeout=60, trust_env=False)
        self._user_name = user_name
        self._password = temporary_password
        self._task_type = task_type
        self._truth = truth
        self._labels = labels
        self._random = random.Random(seed)
        self._habits = habits or Habits()
        self.submitted = 0
        self.failure: BaseException | None = None

    def sign_in(self) -> None:
        """Signs in with the temporary password and chooses a new one."""
        page = self._client.get("/portal/sign-in")
        reply = self._client.post(
            "/portal/sign-in",
            data={"user_name": self._user_name, "password": self._password, **hidden_fields(page.text)},
        )
        _expect_redirect(reply, "sign in")
        if "/password" in reply.headers["location"]:
            page = self._client.get("/portal/password")
            new = self._password + "-Mine-2"
            form = {"old_password": self._password, "new_password": new, "repeat_password": new}
            _expect_redirect(
                self._client.post("/portal/password", data=form | hidden_fields(page.text)), "change password"
            )
            self._password = new

    def work(self, job_names: Sequence[str], stop: threading.Event) -> None:
        """Answers the tasks of the jobs, job by job, until `stop` is set."""
        try:
            while not stop.is_set():
                if not any(self._work_through(name, stop) for name in job_names):
                    stop.wait(POLL_S)
        except BaseException as problem:  # noqa: BLE001 - the demo reports it from its own thread
            self.failure = problem

    def _work_through(self, job_name: str, stop: threading.Event) -> bool:
        assignment = self._post(f"/portal/api/jobs/{job_name}/next", {})["assignment"]
        worked = assignment is not None
        while assignment is not None and not stop.is_set():
            begun = time.monotonic()
            shown = assignment["taskInput"]
            answer = self.answer(shown["taskObject"] if "taskObject" in shown else task_object(shown))
            body = {"answer": answer, "timeSpentSeconds": round(time.monotonic() - begun, 3)}
            assignment = self._post(f"/portal/api/assignments/{assignment['assignmentId']}/submit", body)[
                "next"
            ]
            self.submitted += 1
        return worked

    def answer(self, task_object: str) -> dict[str, Any]:
        """What this worker submits for a task object."""
        truth = self._truth(task_object)
        return self._task_type.simulate(truth, self._labels, self._random, self._habits)

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        reply = self._client.post(path, json=body)
        if reply.status_code != 200:
            raise RuntimeError(
                f"{self._user_name}: POST {path} returned {reply.status_code}: {reply.text[:300]}"
            )
        result: dict[str, Any] = reply.json()
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


def _expect_redirect(reply: httpx.Response, what: str) -> None:
    if reply.status_code != 303:
        raise RuntimeError(f"could not {what}: the portal returned {reply.status_code}: {reply.text[:300]}")
