"""Creating a labeling job in the console, without a script in the browser."""

from __future__ import annotations

import html
import json
import re
import time

import httpx
import pytest

from helpers.console import ConsoleServer, Visitor
from helpers.photos import photo
from trigpoint.server.console.labeling_setup.prefill import possible_ways, prefilled
from trigpoint.workforce.people import Role

INPUT = {
    "name": "street-boxes",
    "source": "prefix",
    "prefix": "s3://photos/in/",
    "data_type": "image",
    "subset": "all",
    "output": "s3://photos/out/",
    "task_type": "BoundingBox",
}
TASK = {
    "team": "new",
    "emails": "carol@example.com\ndave@example.com",
    "title": "Draw boxes",
    "description": "Around each car",
    "keywords": "cars, street",
    "workers": "2",
    "minutes": "5",
    "days": "3",
    "labels": "Car #e11d48\nPerson\n",
    "header": "Box <every> {{ car }}",
    "short": '<p onclick="x()">Tight {{ boxes }}<script>x()</script></p>',
    "good": "s3://photos/in/1.jpg",
}


@pytest.fixture
def requester(server: ConsoleServer) -> Visitor:
    """A requester, and a bucket with photos."""
    objects = server.application.objects
    objects.create_bucket("photos")
    for number in range(30):
        objects.put("photos", f"in/{number}.jpg", photo(number))
    objects.put("photos", "in/readme.md", b"notes")
    return server.visitor(Role.REQUESTER)


def _draft(page: httpx.Response) -> str:
    found = re.search(r'data-setup="/console([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def test_a_job_is_created_in_two_steps_and_exactly_as_the_shown_call_says(
    server: ConsoleServer, requester: Visitor
) -> None:
    draft = _draft(requester.get("/labeling-jobs/create"))
    seen = requester.post(draft, **INPUT, action="look")
    assert "30</strong> data objects" in seen.text and "not .jpg or .jpeg or .png" in seen.text
    assert seen.text.count("<img src=") == 12
    thumbnail = requester.get(f"{draft}/sample?object=11")
    assert thumbnail.headers["content-type"] == "image/jpeg" and thumbnail.content[:2] == b"\xff\xd8"
    assert requester.post(draft, **INPUT).headers["location"] == f"/console{draft}/task"
    task = requester.get(f"{draft}/task").text
    assert "Draw a tight box around" in html.unescape(task)  # begins with the standard instructions

    shown = requester.post(f"{draft}/task", **TASK, show_call="1").text
    assert "trigpoint worker invite carol@example.com --team street-boxes-team" in html.unescape(shown)
    assert "aws sagemaker create-labeling-job" in shown
    assert server.application.objects.list("photos", "out/").objects == []

    created = requester.post(f"{draft}/task", **TASK)
    assert created.status_code == 200, created.text
    assert "carol@example.com" in created.text and "Temporary password" in created.text
    job = server.aws("sagemaker", "DescribeLabelingJob", {"LabelingJobName": "street-boxes"})
    human = job["HumanTaskConfig"]
    assert human["TaskTimeLimitInSeconds"] == 300 and human["TaskKeywords"] == ["cars", "street"]
    assert human["TaskAvailabilityLifetimeInSeconds"] == 3 * 86_400
    assert human["NumberOfHumanWorkersPerDataObject"] == 2
    assert human["WorkteamArn"].endswith("/street-boxes-team")
    assert job["LabelAttributeName"] == "street-boxes"
    objects = server.application.objects
    manifest = objects.read_uri(job["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"])
    assert len(manifest.splitlines()) == 30
    labels = json.loads(objects.read_uri(job["LabelCategoryConfigS3Uri"]))
    assert [each["label"] for each in labels["labels"]] == ["Car", "Person"]
    template = objects.read_uri(human["UiConfig"]["UiTemplateS3Uri"]).decode()
    assert "<script>x()" not in template and "onclick" not in template
    assert 'header="Box &lt;every&gt; &#123;&#123; car' in template
    assert "Tight &#123;&#123; boxes" in template
    assert "{{ 's3://photos/in/1.jpg' | grant_read_access }}" in template
    assert 'label-colors="[&quot;#e11d48&quot;, &quot;&quot;]"' in template
    assert requester.get(f"{draft}/task").status_code == 404  # the draft is gone


def test_the_form_keeps_what_was_typed_and_puts_messages_at_their_fields(
    server: ConsoleServer, requester: Visitor
) -> None:
    draft = _draft(requester.get("/labeling-jobs/create"))
    wrong = {**INPUT, "prefix": "s3://photos/none/", "name": "<script>x</script>"}
    refused = requester.post(draft, **wrong)
    assert refused.status_code == 400
    assert "<script>x" not in refused.text and "&lt;script&gt;x" in refused.text
    assert 'id="problem-name"' in refused.text or 'id="problem-prefix"' in refused.text
    again = requester.post(draft, **{**INPUT, "prefix": "s3://photos/none/"})
    assert 'id="problem-prefix"' in again.text and "there are no files at all" in again.text
    texts = requester.post(draft, **{**INPUT, "task_type": "TextMultiClass"})
    assert "This task type is for texts, but the files are images." in texts.text
    server.create_job("taken")
    taken = requester.post(draft, **{**INPUT, "name": "Taken"})
    assert "There is already a labeling job of this name." in taken.text
    assert requester.get("/labeling-jobs/create/name?name=taken").json()["message"]
    assert requester.get("/labeling-jobs/create/name?name=free").json() == {"message": ""}

    assert 'id="problem-attribute"' in requester.post(draft, **{**INPUT, "attribute": "a b"}).text
    requester.post(draft, **{**INPUT, "attribute": "", "output": "s3://nowhere/"})
    teamless = {**TASK, "title": ""}
    assert 'id="problem-title"' in requester.post(f"{draft}/task", **teamless).text
    assert 'value="new" selected' in requester.get(f"{draft}/task").text  # nobody was invited yet
    nowhere = requester.post(f"{draft}/task", **TASK)
    assert nowhere.status_code == 400 and "nowhere" in nowhere.text and "carol@example.com" in nowhere.text

    requester.post(draft, **INPUT)
    values = {**TASK, "team": "new", "new_team": "second", "labels": "Car\nCar", "emails": "nobody"}
    refused = requester.post(f"{draft}/task", **values)
    assert "Line 2: duplicate label" in html.unescape(refused.text)
    refused = requester.post(f"{draft}/task", **{**values, "labels": "Car", "title": "Kept <b>title"})
    assert 'id="problem-emails"' in refused.text and "Kept &lt;b&gt;title" in refused.text
    back = requester.post(f"{draft}/task", **{**TASK, "title": "Typed before going back"}, action="back")
    assert back.headers["location"] == f"/console{draft}"
    assert "street-boxes" in requester.get(draft).text
    assert "Typed before going back" in requester.get(f"{draft}/task").text
    listed = requester.get("/labeling-jobs/create").text
    assert "1 unfinished draft" in listed
    assert server.visitor(Role.ADMIN).get(draft).status_code == 404  # of somebody else


def test_a_part_of_the_input_is_taken_and_looked_at_before(server: ConsoleServer, requester: Visitor) -> None:
    draft = _draft(requester.get("/labeling-jobs/create"))
    some = {**INPUT, "subset": "random", "sample": "20%"}
    requester.post(f"{draft}/save", **some)
    lines = [json.loads(line) for line in requester.get(f"{draft}/look").text.splitlines()]
    assert lines[-1] == {"done": True}
    assert "6</strong> data objects" in requester.get(draft).text
    query = {**INPUT, "subset": "query", "query": "\"source-ref\" LIKE '%/1_.jpg'"}
    assert "10</strong> data objects" in requester.post(draft, **query, action="look").text
    broken = requester.post(draft, **{**query, "query": "LIKE"})
    assert 'id="problem-query"' in broken.text


def test_the_preview_shows_a_real_object_and_the_line_of_a_mistake(
    server: ConsoleServer, requester: Visitor
) -> None:
    draft = _draft(requester.get("/labeling-jobs/create"))
    requester.post(draft, **INPUT)
    frame = requester.post(f"{draft}/task", **TASK, action="preview", object="3")
    shown = requester.get(frame.headers["location"].removeprefix("/console"))
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "/photos/in/" in shown.text and "Tight &#123;&#123; boxes" in shown.text
    own = "<crowd-form>\n{{ task.input.x | nope }}\n<crowd-bounding-box></crowd-bounding-box></crowd-form>"
    refused = requester.post(f"{draft}/task", **{**TASK, "template": own})
    assert refused.status_code == 400 and 'id="problem-template"' in refused.text
    assert "line 2" in refused.text


def test_a_preview_takes_no_time_of_hostile_values(requester: Visitor) -> None:
    """Reading the labels again for each line took 8 minutes for 16,000 of them."""
    draft = _draft(requester.get("/labeling-jobs/create"))
    requester.post(draft, **INPUT)
    many = "\n".join(f"label {number}" for number in range(20_000)) + "\n" + "x" * 1000
    begun = time.monotonic()
    requester.post(f"{draft}/task", **{**TASK, "labels": many}, action="preview")
    assert requester.get(f"{draft}/preview?object={'9' * 5000}").status_code == 200
    assert time.monotonic() - begun < 10


def test_a_job_is_copied_and_a_finished_one_is_continued_and_checked(
    server: ConsoleServer, requester: Visitor
) -> None:
    draft = _draft(requester.get("/labeling-jobs/create"))
    requester.post(draft, **INPUT)
    ending = {"stop_objects": "2", "stop_share": "50", "tags": "cost=a b"}
    refused = requester.post(f"{draft}/task", **{**TASK, **ending, "stop_share": "500", "tags": "cost"}).text
    assert 'id="problem-tags"' in refused
    refused = requester.post(f"{draft}/task", **{**TASK, **ending, "stop_share": "500"}).text
    assert 'id="problem-stop_share"' in refused
    requester.post(f"{draft}/task", **TASK, **ending)
    copied = requester.get("/labeling-jobs/create?from=street-boxes&as=clone")
    task = requester.get(f"{copied.headers['location'].removeprefix('/console')}")
    assert "street-boxes-copy" in task.text
    path = copied.headers["location"].removeprefix("/console")
    assert requester.post(path, **{**INPUT, "name": "street-boxes-copy"}).status_code == 303
    page = requester.get(f"{path}/task").text
    assert "Car #e11d48" in page and "Box &lt;every&gt;" in page
    job = server.aws("sagemaker", "DescribeLabelingJob", {"LabelingJobName": "street-boxes"})
    assert job["StoppingConditions"] == {
        "MaxHumanLabeledObjectCount": 2,
        "MaxPercentageOfInputDatasetLabeled": 50,
    }
    assert job["Tags"] == [{"Key": "cost", "Value": "a b"}] and "cost=a b" in page
    output = {"OutputDatasetS3Uri": "s3://photos/out/street-boxes/manifests/output/output.manifest"}
    labeled = {**job, "LabelingJobOutput": output, "LabelCounters": {"TotalLabeled": 3}}
    assert possible_ways(labeled) == ["clone", "chain", "verify", "adjust"]
    objects = server.application.objects
    chained, verifying, adjusting = (
        prefilled(labeled, way, objects) for way in ("chain", "verify", "adjust")
    )
    assert chained["attribute"] == "street-boxes" and chained["task_type"] == "BoundingBox"
    assert chained["manifest"] == adjusting["manifest"] == output["OutputDatasetS3Uri"]
    assert verifying["task_type"] == "VerificationBoundingBox" and verifying["labels"] == "Right\nWrong"
    assert adjusting["task_type"] == "AdjustmentBoundingBox" and adjusting["labels"] == "Car #e11d48\nPerson"
    assert adjusting["reviewed"] == "street-boxes" and adjusting["attribute"] == ""
    assert adjusting["name"] == "street-boxes-adjust" and adjusting["team"] == chained["team"]
    refused = requester.get("/labeling-jobs/create?from=street-boxes&as=verify")
    assert refused.status_code == 400 and "it has none yet" in html.unescape(refused.text)
