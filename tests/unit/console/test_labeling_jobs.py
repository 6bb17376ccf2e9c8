"""The pages of labeling jobs, as the model for all lists and details."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from helpers.console import ConsoleServer
from trigpoint.core.clock import FakeClock
from trigpoint.workforce.people import Role


def test_a_list_is_searched_sorted_and_paged_by_links(server: ConsoleServer, clock: FakeClock) -> None:
    for number in range(52):
        server.create_job(f"street-{number:02}")
        clock.advance(60)
    server.create_job("harbour")
    viewer = server.visitor(Role.VIEWER)
    page = viewer.get("/labeling-jobs").text
    assert _names(page)[:2] == ["harbour", "street-51"]  # the newest first
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    server.create_job("created-meanwhile")
    rest = viewer.get(f"/labeling-jobs{html.unescape(following[1])}").text
    assert _names(rest) == ["street-02", "street-01", "street-00"]  # nothing skipped, nothing twice
    assert _names(viewer.get("/labeling-jobs?sort=Name&order=asc").text)[:2] == [
        "created-meanwhile",
        "harbour",
    ]
    assert _names(viewer.get("/labeling-jobs?q=HARB").text) == ["harbour"]
    none = viewer.get("/labeling-jobs?q=%3Cscript%3E&status=Failed").text
    assert "No job matches" in none and "<script>" not in none.split("<main")[1]
    assert viewer.get("/labeling-jobs?token=forged").status_code == 400
    assert viewer.get("/labeling-jobs?back=forged").status_code == 400
    assert "Bounding boxes" in page


def test_pages_of_a_list_lead_back_the_way_they_came(
    server: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trigpoint.server.console.lists.PAGE_ROWS", 3)
    for number in range(10):
        server.create_job(f"street-{number}")
    viewer = server.visitor(Role.VIEWER)
    for query in ("", "?sort=Name&order=asc", "?sort=Status&order=desc", "?q=street&status=Initializing"):
        page, forward = viewer.get(f"/labeling-jobs{query}").text, []
        while True:
            forward.append(_names(page))
            following = _link(page, "next")
            if following is None:
                break
            page = viewer.get(f"/labeling-jobs{following}").text
        assert [len(each) for each in forward] == [3, 3, 3, 1]
        assert len({name for each in forward for name in each}) == 10
        back, turned = [_names(page)], page
        while (previous := _link(page, "prev")) is not None:
            page = viewer.get(f"/labeling-jobs{previous}").text
            back.append(_names(page))
            # From each page that was reached backwards, the next one is the one from which it was reached.
            assert _names(viewer.get(f"/labeling-jobs{_link(page, 'next')}").text) == back[-2]
        assert back == forward[::-1] and _link(turned, "next") is None


def _link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return html.unescape(found[1]) if found else None


def _names(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="/console/labeling-jobs/([^"]+)"', page)


def test_a_job_shows_its_state_and_can_be_stopped_by_those_who_may(server: ConsoleServer) -> None:
    server.create_job("street", title="</dd><b>bold")
    viewer, requester = server.visitor(Role.VIEWER), server.visitor(Role.REQUESTER)
    page = viewer.get("/labeling-jobs/street")
    assert page.status_code == 200
    assert "s3://photos/street/in.manifest" in page.text and "&lt;/dd&gt;&lt;b&gt;bold" in page.text
    assert "Stop this job?" not in page.text
    asked = requester.get("/labeling-jobs/street").text
    assert "Stop this job?" in asked and 'role="dialog"' in asked
    shown = requester.post("/labeling-jobs/street/stop", show_call="1").text
    assert "aws sagemaker stop-labeling-job" in shown and "--labeling-job-name street" in shown
    assert server.aws("sagemaker", "DescribeLabelingJob", {"LabelingJobName": "street"})[
        "LabelingJobStatus"
    ] == ("Initializing")
    stopped = requester.post("/labeling-jobs/street/stop")
    assert stopped.headers["location"] == "/console/labeling-jobs/street?notice=job-stopping&about=street"
    after = requester.get("/labeling-jobs/street?notice=job-stopping&about=street").text
    assert "The job street stops." in after and "Stopping" in after
    again = requester.post("/labeling-jobs/street/stop")
    assert again.status_code == 303  # a job that stops already stays so
    assert viewer.get("/labeling-jobs/none").status_code == 404


def test_the_call_of_a_page_is_the_request_that_made_it(server: ConsoleServer) -> None:
    viewer = server.visitor(Role.VIEWER)
    page = html.unescape(viewer.get("/labeling-jobs?q=street&sort=Name&order=asc").text)
    code = re.search(r'aria-label="boto3"><code>(.*?)</code>', page, re.DOTALL)
    assert code is not None
    calls = {}

    class Client:
        def list_labeling_jobs(self, **request: object) -> None:
            calls.update(request)

    class Boto3:
        client = staticmethod(lambda service: Client())

    exec(code[1].replace("import boto3", ""), {"boto3": Boto3})
    assert calls == {"NameContains": "street", "SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 50}
    assert "aws sagemaker list-labeling-jobs" in page and "--sort-order Ascending" in page


def test_the_versions_of_topics_change_with_what_pages_show(server: ConsoleServer, clock: FakeClock) -> None:
    live = server.application.standing
    before = live.version_of_all()
    server.create_job("street")
    created, job = live.version_of_all(), live.version("street")
    assert before != created == live.version_of_all()
    clock.advance(timedelta(seconds=1).total_seconds())
    server.aws("sagemaker", "StopLabelingJob", {"LabelingJobName": "street"})
    assert created != live.version_of_all() and job != live.version("street")
