"""Working on real labeling jobs: the job list, and taking, submitting, releasing and stopping tasks."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from helpers.portal import BUCKET, Portal, form_token
from trigpoint.core.clock import FakeClock
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.labeling.templates import TaskTemplates

BOX = {"height": 60, "label": "car", "left": 60, "top": 210, "width": 140}
ANSWER = {"boundingBox": {"boundingBoxes": [BOX], "inputImageProperties": {"height": 360, "width": 480}}}


def take(visitor: TestClient, job: str = "boxes-1") -> dict[str, Any]:
    """The task that the worker gets next."""
    answer = visitor.post(f"/portal/api/jobs/{job}/next", json={})
    assert answer.status_code == 200, answer.text
    assignment: dict[str, Any] = answer.json()["assignment"]
    return assignment


def act(visitor: TestClient, assignment: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    """The answer of the portal to an action on a task, which must succeed."""
    answer = visitor.post(f"/portal/api/assignments/{assignment['assignmentId']}/{action}", json=body)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def jobs(visitor: TestClient) -> list[dict[str, Any]]:
    """The worker's job list."""
    found: list[dict[str, Any]] = visitor.get("/portal/api/jobs").json()["jobs"]
    return found


def test_the_job_list_shows_title_time_limit_team_and_tasks(portal: Portal, clock: FakeClock) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    page = bob.get("/portal/").text
    for shown in (
        "Draw boxes around cars",
        "Each vehicle and person",
        "10 minutes",
        "Start working",
        "street",
    ):
        assert shown in page
    [job] = jobs(bob)
    assert (job["jobName"], job["available"], job["submitted"], job["resumable"]) == ("boxes-1", 3, 0, [])
    assert job["timeLimitSeconds"] == 600
    assert job["workUrl"] == "/portal/jobs/boxes-1/work"


def test_jobs_of_the_same_title_are_told_apart_by_their_names(portal: Portal) -> None:
    for name, title in (("march", "Cars"), ("april", "Cars"), ("ships-of-may", "Ships")):
        portal.open_job(name, images=1, title=title)
    page = portal.signed_in("bob").get("/portal/").text
    assert page.count("<dt>Job</dt>") == 2
    assert "<dd>march</dd>" in page and "<dd>april</dd>" in page
    assert "<dd>ships-of-may</dd>" not in page


def test_an_empty_job_list_explains_itself(portal: Portal) -> None:
    assert "No jobs for you yet" in portal.signed_in("bob").get("/portal/").text
    outsider = portal.signed_in("alice").get("/portal/").text
    assert "Invite workers with <code>trigpoint worker invite</code>." in outsider
    assert "<strong>admin</strong>" in outsider


def test_start_working_takes_a_task_and_opens_its_page(portal: Portal) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    started = bob.get("/portal/jobs/boxes-1/work")
    assert started.status_code == 303
    page = bob.get(started.headers["location"])
    assert page.status_code == 200
    assert '<script type="application/json" id="assignment">' in page.text
    again = bob.get("/portal/jobs/boxes-1/work")
    assert again.headers["location"] == started.headers["location"]


def test_a_task_has_its_input_urls_times_and_progress(portal: Portal, clock: FakeClock) -> None:
    portal.open_job()
    task = take(portal.signed_in("bob"))
    assert task["taskInput"]["taskObject"] == f"s3://{BUCKET}/boxes-1/{task['objectIndex']}.png"
    assert task["pageUrl"] == f"/portal/assignments/{task['assignmentId']}"
    assert task["frameUrl"] == task["pageUrl"] + "/frame"
    assert (task["timeLimitSeconds"], task["timeSpentSeconds"], task["state"]) == (600, 0, None)
    assert task["acceptedAt"] == clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert task["progress"] == {"submitted": 0, "available": 2}


def test_the_frame_is_the_rendered_template_in_a_sandbox(portal: Portal) -> None:
    portal.open_job()
    bob = portal.signed_in("bob", "http://localhost:9000")
    frame = bob.get(take(bob)["frameUrl"])
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-forms allow-popups ")
    assert policy.endswith("; frame-ancestors 'self'")
    assert "allow-same-origin" not in policy and "top-navigation" not in policy
    assert frame.headers["cache-control"] == "no-store"
    assert 'src="/static/crowd-html-elements.js"' in frame.text
    assert f"http://localhost:9000/signed/{BUCKET}/boxes-1/0.png?expires=43200" in frame.text


def test_submitting_returns_the_next_task_until_there_is_none(portal: Portal) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    task: dict[str, Any] | None = take(bob)
    seen = []
    while task is not None:
        seen.append(task["objectIndex"])
        task = act(bob, task, "submit", answer=ANSWER, timeSpentSeconds=4.5)["next"]
    assert sorted(seen) == [0, 1, 2]
    assert take(bob) is None
    assert bob.get("/portal/jobs/boxes-1/work").headers["location"] == "/portal/?notice=none-left"
    assert "no task for you" in bob.get("/portal/?notice=none-left").text


def test_an_answer_that_is_sent_twice_is_stored_once(portal: Portal) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    task = take(bob)
    first = act(bob, task, "submit", answer=ANSWER, timeSpentSeconds=1)["next"]
    second = act(bob, task, "submit", answer=ANSWER, timeSpentSeconds=1)["next"]
    assert first["assignmentId"] == second["assignmentId"]
    assert jobs(bob)[0]["submitted"] == 1
    other = bob.post(f"/portal/api/assignments/{task['assignmentId']}/submit", json={"answer": {"x": 1}})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "Conflict")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answer": None},
        {"answer": [1]},
        {"answer": {}, "timeSpentSeconds": -1},
        {"answer": {}, "timeSpentSeconds": "1"},
        {"answer": {}, "timeSpentSeconds": True},
        {"answer": {}, "timeSpentSeconds": float("inf")},
        {"answer": {}, "timeSpentSeconds": 2_592_001},
        {"answer": {}, "timeSpentSeconds": 10**400},
    ],
)
def test_a_malformed_answer_is_refused_and_the_task_stays_open(portal: Portal, body: dict[str, Any]) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    task = take(bob)
    url = f"/portal/api/assignments/{task['assignmentId']}/submit"
    headers = {"Content-Type": "application/json"}
    content = (
        repr(body).replace("'", '"').replace("None", "null").replace("True", "true").replace("inf", "1e999")
    )
    refused = bob.post(url, content=content, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "MalformedRequest")
    assert take(bob)["assignmentId"] == task["assignmentId"]


def test_a_declined_task_is_not_offered_to_the_same_worker_again(portal: Portal) -> None:
    portal.open_job(images=1, workers_per_object=2)
    bob, carol = portal.signed_in("bob"), portal.signed_in("carol")
    assert act(bob, take(bob), "decline") == {"next": None}
    assert take(bob) is None
    assert take(carol) is not None


def test_a_released_task_is_offered_to_others_without_its_saved_work(portal: Portal) -> None:
    portal.open_job(images=1)
    bob, carol = portal.signed_in("bob"), portal.signed_in("carol")
    task = take(bob)
    act(bob, task, "save", state={"boxes": 1}, timeSpentSeconds=9)
    assert act(bob, task, "release") == {"next": None}
    got = take(carol)
    assert (got["objectIndex"], got["state"], got["timeSpentSeconds"]) == (task["objectIndex"], None, 0)
    assert got["assignmentId"] != task["assignmentId"]


def test_a_stopped_task_can_be_resumed_with_its_saved_work(portal: Portal) -> None:
    portal.open_job(images=1)
    bob = portal.signed_in("bob")
    task = take(bob)
    act(bob, task, "stop", state={"boxes": [1, 2]}, timeSpentSeconds=12.5)
    [job] = jobs(bob)
    assert job["resumable"] == [task["assignmentId"]]
    assert f'href="{task["pageUrl"]}">Resume' in bob.get("/portal/").text
    resumed = act(bob, task, "resume")["assignment"]
    assert (resumed["state"], resumed["timeSpentSeconds"]) == ({"boxes": [1, 2]}, 12.5)


def test_opening_the_page_of_a_stopped_task_resumes_it(portal: Portal) -> None:
    portal.open_job(images=1)
    bob = portal.signed_in("bob")
    task = take(bob)
    act(bob, task, "stop", state={"boxes": 7}, timeSpentSeconds=1)
    page = bob.get(task["pageUrl"])
    assert '"state": {"boxes": 7}' in page.text
    assert take(bob)["assignmentId"] == task["assignmentId"]


def test_saved_work_is_returned_with_the_task(portal: Portal) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    task = take(bob)
    assert act(bob, task, "save", state=["</script><b>"], timeSpentSeconds=3) == {"saved": True}
    again = bob.get(f"/portal/api/assignments/{task['assignmentId']}").json()["assignment"]
    assert (again["state"], again["timeSpentSeconds"]) == (["</script><b>"], 3)
    assert "</script><b>" not in bob.get(task["pageUrl"]).text


def test_a_save_that_knows_no_newer_draft_is_refused_with_a_code_of_its_own(portal: Portal) -> None:
    portal.open_job(images=1)
    bob = portal.signed_in("bob")
    task = take(bob)
    assert task["draft"] is None
    first = {"version": "a", "basedOn": [None]}
    act(bob, task, "save", state=[1], timeSpentSeconds=3, draft=first)
    act(bob, task, "save", state=[1], timeSpentSeconds=3, draft=first)
    url = f"/portal/api/assignments/{task['assignmentId']}"
    stale = {"state": [2], "answer": ANSWER, "draft": {"version": "b", "basedOn": [None]}}
    for action in ("save", "stop", "submit"):
        refused = bob.post(f"{url}/{action}", json=stale)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "Outdated")
    kept = bob.get(url).json()["assignment"]
    assert (kept["state"], kept["draft"]["version"]) == ([1], "a")
    act(bob, task, "submit", answer=ANSWER, draft={"version": "b", "basedOn": ["a"]})


@pytest.mark.parametrize("draft", [1, [], "a", {}, {"version": "a"}, {"version": 1, "basedOn": []}])
def test_a_malformed_draft_is_refused(portal: Portal, draft: Any) -> None:
    portal.open_job(images=1)
    bob = portal.signed_in("bob")
    url = f"/portal/api/assignments/{take(bob)['assignmentId']}/save"
    refused = bob.post(url, json={"state": 1, "draft": draft})
    assert refused.status_code == 400
    assert "draft" in refused.json()["error"]["message"]


def test_a_task_is_closed_when_its_time_is_up(portal: Portal, clock: FakeClock) -> None:
    portal.open_job(images=1)
    bob, carol = portal.signed_in("bob"), portal.signed_in("carol")
    task = take(bob)
    clock.advance(601)
    late = bob.post(f"/portal/api/assignments/{task['assignmentId']}/submit", json={"answer": ANSWER})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "Conflict")
    page = bob.get(task["pageUrl"])
    assert page.status_code == 409
    assert "This task is no longer open" in page.text
    assert take(carol)["objectIndex"] == task["objectIndex"]


def test_dave_of_another_team_sees_nothing(portal: Portal) -> None:
    portal.open_job()
    bob, dave = portal.signed_in("bob"), portal.signed_in("dave")
    task = take(bob)
    assert jobs(dave) == []
    assert "No jobs for you yet" in dave.get("/portal/").text
    for page in ("/portal/jobs/boxes-1/work", task["pageUrl"], task["frameUrl"]):
        assert dave.get(page).status_code == 404
    assert dave.post("/portal/api/jobs/boxes-1/next", json={}).status_code == 404
    assert dave.get(f"/portal/api/assignments/{task['assignmentId']}").status_code == 404
    for action in ("submit", "decline", "release", "stop", "save", "resume"):
        url = f"/portal/api/assignments/{task['assignmentId']}/{action}"
        refused = dave.post(url, json={"answer": ANSWER, "state": 1, "timeSpentSeconds": 1})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NotFound")
    assert take(bob) | {"now": ""} == task | {"now": ""}


def test_an_unknown_job_or_task_is_a_friendly_404(portal: Portal) -> None:
    bob = portal.signed_in("bob")
    for page in ("/portal/jobs/no-such-job/work", "/portal/assignments/no-such-task"):
        answer = bob.get(page)
        assert answer.status_code == 404
        assert "Page not found" in answer.text


def test_a_template_error_is_shown_in_the_frame(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.open_job()
    bob = portal.signed_in("bob")
    task = take(bob)

    def broken(*_: object, **__: object) -> str:
        raise TemplateError("no filter named 'x'", 3)

    monkeypatch.setattr(TaskTemplates, "render", broken)
    frame = bob.get(task["frameUrl"])
    assert frame.headers["content-security-policy"].startswith("sandbox")
    assert "This task cannot be shown" in frame.text
    assert "line 3" in frame.text
    assert "ecline" in frame.text


def test_visitors_who_are_not_signed_in_get_no_task(portal: Portal) -> None:
    portal.open_job()
    task = take(portal.signed_in("bob"))
    visitor = portal.visitor()
    assert visitor.get(task["frameUrl"]).status_code == 303
    assert visitor.post("/portal/api/jobs/boxes-1/next", json={}).status_code == 401


def test_the_next_task_can_be_loaded_ahead_and_is_accepted_when_the_current_one_ends(portal: Portal) -> None:
    portal.open_job(images=2)
    bob, carol = portal.signed_in("bob"), portal.signed_in("carol")
    first = take(bob)
    reserved = act(bob, first, "reserve")["reserved"]
    assert bob.get(reserved["frameUrl"]).text.count("boxes-1/1.png") == 1
    assert carol.get(reserved["frameUrl"]).status_code == 404
    assert bob.get(f"/portal/api/assignments/{reserved['assignmentId']}").status_code == 404, "not accepted"
    following = act(bob, first, "submit", answer=ANSWER)["next"]
    assert following["assignmentId"] == reserved["assignmentId"]
    assert following["frameUrl"] == reserved["frameUrl"]
    assert act(bob, following, "reserve")["reserved"] is None


def test_choices_and_theme_of_a_worker_follow_them_to_another_browser(
    portal: Portal, clock: FakeClock
) -> None:
    portal.open_job()
    bob, elsewhere = portal.signed_in("bob"), portal.signed_in("bob")
    path = "/portal/api/jobs/boxes-1/choices"
    assert bob.post(path, json={"choices": {"boundingBox": {"label": "van"}}}).status_code == 200
    task = take(elsewhere)
    page = elsewhere.get(task["pageUrl"])
    assert '{"boundingBox": {"label": "van"}}' in page.text
    for chosen in ([], {"x": "y" * 17_000}):
        assert bob.post(path, json={"choices": chosen}).status_code == 400
    form = {"theme": "dark", "form_token": form_token(bob.get("/portal/"))}
    assert bob.post("/portal/theme", data=form).status_code == 303
    assert 'data-theme="dark"' in elsewhere.get("/portal/").text
    assert bob.post("/portal/theme", data={**form, "theme": "pink"}).status_code == 400
    assert bob.post("/portal/theme", data={"theme": "light"}).status_code == 403
    for number in range(60):
        clock.advance(1)
        bob.post(f"/portal/api/jobs/job-{number}/choices", json={"choices": {"n": number}})
    assert '"label": "van"' not in elsewhere.get(task["pageUrl"]).text


def test_an_answer_is_looked_at_again_and_corrected(portal: Portal) -> None:
    portal.open_job(workers_per_object=2)
    bob = portal.signed_in("bob")
    task = take(bob)
    act(bob, task, "submit", answer=ANSWER)
    path = f"/portal/api/assignments/{task['assignmentId']}/answer"
    assert bob.get(path).json()["isOpen"] is True
    assert bob.get(task["frameUrl"]).text.count("boxes-1/0.png") == 1
    empty = {"boundingBox": {**ANSWER["boundingBox"], "boundingBoxes": []}}
    act(bob, task, "correct", answer=empty)
    assert portal.signed_in("carol").get(path).status_code == 404


def test_progress_counts_the_job_and_the_worker_since_the_beginning_of_their_day(
    portal: Portal, clock: FakeClock
) -> None:
    portal.open_job(images=4)
    bob = portal.signed_in("bob")
    path = "/portal/api/jobs/boxes-1/progress"
    act(bob, take(bob), "submit", answer=ANSWER, timeSpentSeconds=10)
    clock.advance(60)
    since = clock.now().isoformat().replace("+00:00", "Z")
    act(bob, take(bob), "submit", answer=ANSWER, timeSpentSeconds=20)
    portal.reconciler.run_due()
    assert bob.get(path, params={"since": since}).json() == {
        "finishedObjects": 2,
        "totalObjects": 4,
        "submitted": 2,
        "submittedSince": 1,
        "secondsPerAnswer": 15.0,
    }
    for wrong in ("", "yesterday", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00"):
        assert bob.get(path, params={"since": wrong}).status_code == 400
    assert portal.signed_in("dave").get(path, params={"since": since}).status_code == 404
    assert '<progress data-job-meter max="4" value="2"' in bob.get("/portal/").text
