"""A person in a browser and a real server: the boxes drawn on the screen are in the files, to the pixel.

The test finds things on a screenshot and points the mouse at them. It does not know how the page lays out or
scales the picture.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import FrameLocator, Page, Route, expect

from helpers.labeling_world import BUCKET, PortalWorker, World, invite, labeling_request, one_box
from helpers.marked_text import MarkedText
from helpers.processes import wait_for, wait_for_no_process
from helpers.server_process import ServerProcess
from trigpoint.demo.requests import label_categories
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX

pytestmark = pytest.mark.browser

SIZE = (1600, 1200)
CAR, VAN = (701, 533, 123, 87), (911, 647, 95, 141)  # left, top, width, height
COLOURS = {CAR: (255, 0, 255), VAN: (0, 255, 0)}
TEAM = "street"
MILLISECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with one picture to label. At the end its output must hold no error."""
    server = ServerProcess(tmp_path_factory.mktemp("browser") / "data").start()
    s3 = server.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="street.png", Body=picture())
    s3.put_object(Bucket=BUCKET, Key="in.manifest", Body=json.dumps({"source-ref": SOURCE, "n": 7}).encode())
    s3.put_object(
        Bucket=BUCKET, Key="labels.json", Body=label_categories([{"label": "car"}, {"label": "van"}])
    )
    s3.put_object(Bucket=BUCKET, Key="ui.liquid", Body=BOUNDING_BOX.template.encode())
    yield server
    assert server.stop() == 0
    wait_for_no_process(server.data_dir)
    assert not re.search(r"Traceback|ERROR|WARNING", server.text()), server.text()


SOURCE = f"s3://{BUCKET}/street.png"


def test_boxes_drawn_on_a_zoomed_picture_are_in_the_output_to_the_pixel(
    server: ServerProcess, browser_page: Page
) -> None:
    person = Person(browser_page, server, "bob@example.com")
    world = open_job(server, "boxes-zoomed")
    person.signs_in_and_chooses_a_password()
    person.starts_working()

    fit = {thing: person.sees(thing) for thing in (CAR, VAN)}
    person.zooms_about(between(fit[CAR], fit[VAN]), 450)
    person.pans(-41, 23)
    seen = {thing: person.sees(thing) for thing in (CAR, VAN)}
    assert width(seen[CAR]) > 2 * width(fit[CAR]), "the wheel did not zoom"
    person.draws(seen[CAR], "1")
    person.draws(seen[VAN], "2")
    person.submits()
    expect(browser_page.get_by_role("heading", name="All done for now")).to_be_visible()

    wait_for_status(world, "Completed")
    assert world.describe()["LabelCounters"]["HumanLabeled"] == 1
    [line] = world.output_lines()
    boxes = assert_manifest_line(line, world.job)
    assert_worker_response(world, boxes)


def test_unfinished_work_is_kept_until_the_person_comes_back(
    server: ServerProcess, browser_page: Page
) -> None:
    person = Person(browser_page, server, "carol@example.com")
    world = open_job(server, "boxes-put-aside")
    person.signs_in_and_chooses_a_password()
    person.starts_working()
    seen = person.sees(VAN)
    person.draws(seen, "2")
    browser_page.get_by_role("button", name="Stop and resume later").click()
    browser_page.get_by_role("button", name="Stop for now").click()
    expect(browser_page.get_by_text("Your work is saved.")).to_be_visible()
    browser_page.evaluate("sessionStorage.clear()")  # as on another day
    server.kill()
    server.start()

    browser_page.goto(f"{server.url}/portal/")
    browser_page.get_by_role("link", name="Resume").click()
    expect(person.frame.get_by_text("van", exact=True).first).to_be_visible()
    person.submits()
    expect(browser_page.get_by_role("heading", name="All done for now")).to_be_visible()
    wait_for_status(world, "Completed")
    [line] = world.output_lines()
    [box] = line["boxes"]["annotations"]
    assert line["boxes-metadata"]["class-map"] == {"1": "van"}
    assert_box(box, VAN, tolerance=2)  # drawn on a picture that was shown smaller than it is


def test_a_declined_task_goes_to_colleagues(server: ServerProcess, browser_page: Page) -> None:
    person = Person(browser_page, server, "dave@example.com")
    world = open_job(server, "boxes-declined", workers_per_object=2)
    person.signs_in_and_chooses_a_password()
    person.starts_working()
    browser_page.get_by_role("button", name="Decline task").click()
    browser_page.get_by_role("dialog").get_by_role("button", name="Decline task").click()
    expect(browser_page.get_by_role("heading", name="All done for now")).to_be_visible()
    browser_page.get_by_role("link", name="Back to my jobs").click()
    expect(browser_page.get_by_text("All done for now")).to_be_visible()
    expect(browser_page.get_by_role("link", name="Start working")).not_to_be_visible()
    assert world.describe()["LabelingJobStatus"] == "InProgress"

    answer = one_box(*CAR, size=SIZE)
    answer["boundingBox"]["boundingBoxes"][0]["label"] = "car"
    for email in ("erin@example.com", "frank@example.com"):
        colleague = PortalWorker(server.url, *invite(server, email, TEAM))
        assignment = colleague.next(world.job)
        assert assignment is not None
        assert colleague.submit(assignment["assignmentId"], answer).status_code == 200
    wait_for_status(world, "Completed")
    [line] = world.output_lines()
    [box] = line["boxes"]["annotations"]
    assert_box(box, CAR, tolerance=0)


def test_answers_whose_confirmation_a_crash_takes_arrive_exactly_once(
    server: ServerProcess, browser_page: Page
) -> None:
    person = Person(browser_page, server, "heidi@example.com")
    world = open_job(server, "boxes-and-a-crash", manifest=two_objects(server))
    person.signs_in_and_chooses_a_password()
    person.starts_working()
    browser_page.wait_for_selector("iframe.is-ahead", state="attached")

    def crash_before_the_confirmation(route: Route) -> None:
        assert route.fetch().ok  # the server has stored the answer
        server.kill()
        route.abort()

    browser_page.route("**/submit", crash_before_the_confirmation, times=1)
    person.draws(person.sees(CAR), "1")
    person.submits()
    delayed = browser_page.get_by_text("Your answer is kept in this browser")
    expect(delayed).to_be_visible()
    expect(browser_page.get_by_text("1 done by you")).to_be_visible()
    person.draws(person.sees(VAN), "2")
    person.submits()
    expect(browser_page.locator("iframe.is-loading")).to_have_count(1)
    server.start()
    browser_page.get_by_role("button", name="Send again now").click()
    expect(browser_page.get_by_role("heading", name="All done for now")).to_be_visible()

    wait_for_status(world, "Completed")
    lines = world.output_lines()
    assert [line["n"] for line in lines] == [7, 8]
    assert [line["boxes-metadata"]["class-map"] for line in lines] == [{"0": "car"}, {"1": "van"}]
    for index, line in enumerate(lines):
        assert len(line["boxes"]["annotations"]) == 1
        folder = f"out/{world.job}/annotations/worker-response/iteration-1/{index}/"
        stored = server.aws("s3").list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"]
        [response] = [json.loads(world.read(f"s3://{BUCKET}/{o['Key']}")) for o in stored]
        assert len(response["answers"]) == 1


TEXT = "\U0001f44b Zoe\u0301 met Bob\r\nin Paris."  # offsets count code points, and both characters of a line end


def test_entities_marked_in_a_text_are_in_the_output_to_the_code_point(
    server: ServerProcess, browser_page: Page
) -> None:
    person = Person(browser_page, server, "grace@example.com")
    world = open_entity_job(server, "entities-marked")
    person.signs_in_and_chooses_a_password()
    browser_page.get_by_role("link", name="Start working").click()
    frame_element = browser_page.wait_for_selector("iframe:not(.is-loading)")
    assert frame_element is not None
    frame, corner = frame_element.content_frame(), frame_element.bounding_box()
    assert frame is not None
    assert corner is not None
    person.frame.get_by_role("radio", name="A person").wait_for()
    text = MarkedText(browser_page, frame, corner["x"], corner["y"])
    text.mark("Zoe\u0301")
    text.mark("Bob")
    browser_page.keyboard.press("2")
    text.mark("Paris")
    person.submits()
    expect(browser_page.get_by_role("heading", name="All done for now")).to_be_visible()
    wait_for_status(world, "Completed")
    [line] = world.output_lines()
    spans = [("person", "Zoe\u0301"), ("person", "Bob"), ("city", "Paris")]
    assert line["entities"]["annotations"]["entities"] == [
        {"label": label, "startOffset": TEXT.index(part), "endOffset": TEXT.index(part) + len(part)}
        for label, part in spans
    ]


class Person:
    """Somebody at a screen with a mouse."""

    def __init__(self, page: Page, server: ServerProcess, email: str) -> None:
        self.page = page
        self.server = server
        self.user_name, self.password = invite(server, email, TEAM)

    def signs_in_and_chooses_a_password(self) -> None:
        page = self.page
        page.goto(f"{self.server.url}/portal/")
        page.get_by_label("User name").fill(self.user_name)
        page.get_by_label("Password", exact=True).fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
        page.get_by_label("Temporary password").fill(self.password)
        page.get_by_label("New password", exact=True).fill("a bicycle of my own")
        page.get_by_label("New password again").fill("a bicycle of my own")
        page.get_by_role("button", name="Save password").click()
        expect(page.get_by_text("Your new password is set.")).to_be_visible()

    def starts_working(self) -> None:
        self.page.get_by_role("link", name="Start working").click()
        wait_for(lambda: all(self._bounds(thing) for thing in (CAR, VAN)), "the picture on the screen", 10)

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe:not(.is-loading)")

    def sees(self, thing: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Where the thing is on the screen: left, top, right, bottom. Moves the mouse away first, because it
        has a crosshair.
        """
        self.page.mouse.move(100, 500)  # within the frame: Chromium reports no mouseleave otherwise
        self._lets_it_settle()
        bounds = self._bounds(thing)
        assert bounds is not None, "it is not on the screen"
        return bounds

    def zooms_about(self, point: tuple[float, float], steps: float) -> None:
        self.page.mouse.move(*point)
        self.page.mouse.wheel(0, -steps)
        self._lets_it_settle()

    def pans(self, dx: float, dy: float) -> None:
        x, y = 700.0, 450.0
        self.page.keyboard.down("Space")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up()
        self.page.keyboard.up("Space")
        self._lets_it_settle()

    def draws(self, bounds: tuple[int, int, int, int], label_key: str) -> None:
        left, top, right, bottom = bounds
        self.page.keyboard.press(label_key)
        self.page.mouse.move(left, top)
        self.page.mouse.down()
        self.page.mouse.move((left + right) / 2, (top + bottom) / 2)
        self.page.mouse.move(right, bottom)
        self.page.mouse.up()
        self.page.keyboard.press("Escape")  # deselects the box, so that the next digit labels the next one

    def submits(self) -> None:
        self.frame.get_by_role("button", name="Submit").click()

    def _bounds(self, thing: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
        shot = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        difference = ImageChops.difference(shot, Image.new("RGB", shot.size, COLOURS[thing]))
        close = largest_channel(difference).point(lambda value: 255 if value < 128 else 0)
        return close.getbbox()

    def _lets_it_settle(self) -> None:
        before = b""
        while (now := self.page.screenshot()) != before:
            before = now


def picture() -> bytes:
    image = Image.new("RGB", SIZE, "#777")
    for (left, top, across, down), colour in COLOURS.items():
        ImageDraw.Draw(image).rectangle((left, top, left + across - 1, top + down - 1), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def two_objects(server: ServerProcess) -> str:
    """The URI of a manifest that has the picture twice."""
    lines = (json.dumps({"source-ref": SOURCE, "n": n}) for n in (7, 8))
    server.aws("s3").put_object(Bucket=BUCKET, Key="two.manifest", Body="\n".join(lines).encode())
    return f"s3://{BUCKET}/two.manifest"


def open_job(
    server: ServerProcess,
    name: str,
    workers_per_object: int = 1,
    manifest: str = f"s3://{BUCKET}/in.manifest",
) -> World:
    sagemaker = server.aws("sagemaker")
    arn = sagemaker.describe_workteam(WorkteamName=TEAM)["Workteam"]["WorkteamArn"]
    request = labeling_request(name, arn, workers_per_object)
    source = {"DataSource": {"S3DataSource": {"ManifestS3Uri": manifest}}}
    sagemaker.create_labeling_job(**request | {"InputConfig": source})
    world = World(server, name, TEAM)
    wait_for_status(world, "InProgress")
    return world


def open_entity_job(server: ServerProcess, name: str) -> World:
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    s3.put_object(Bucket=BUCKET, Key="texts.manifest", Body=json.dumps({"source": TEXT}).encode())
    labels = [
        {"label": "person", "shortDisplayName": "per", "fullDisplayName": "A person"},
        {"label": "city"},
    ]
    s3.put_object(Bucket=BUCKET, Key="entities.json", Body=label_categories(labels))
    arn = sagemaker.describe_workteam(WorkteamName=TEAM)["Workteam"]["WorkteamArn"]
    function = "arn:aws:lambda:us-east-1:432418664414:function"
    request = labeling_request(
        name,
        arn,
        1,
        UiConfig={
            "HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/NamedEntityRecognition"
        },
        PreHumanTaskLambdaArn=f"{function}:PRE-NamedEntityRecognition",
        AnnotationConsolidationConfig={
            "AnnotationConsolidationLambdaArn": f"{function}:ACS-NamedEntityRecognition"
        },
    )
    sagemaker.create_labeling_job(
        **request
        | {
            "LabelAttributeName": "entities",
            "LabelCategoryConfigS3Uri": f"s3://{BUCKET}/entities.json",
            "InputConfig": {
                "DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/texts.manifest"}}
            },
        }
    )
    world = World(server, name, TEAM)
    wait_for_status(world, "InProgress")
    return world


def wait_for_status(world: World, status: str) -> None:
    wait_for(lambda: world.describe()["LabelingJobStatus"] == status, f"{world.job} is {status}", 30)


def assert_manifest_line(line: dict[str, Any], job: str) -> list[dict[str, int]]:
    """Asserts the exact shape of ground-truth.md 3.3 and 3.6. Returns the boxes."""
    assert set(line) == {"source-ref", "n", "boxes", "boxes-metadata"}
    assert (line["source-ref"], line["n"]) == (SOURCE, 7)
    assert set(line["boxes"]) == {"image_size", "annotations"}
    assert line["boxes"]["image_size"] == [{"width": SIZE[0], "height": SIZE[1], "depth": 3}]
    boxes: list[dict[str, int]] = line["boxes"]["annotations"]
    assert [box["class_id"] for box in boxes] == [0, 1]
    for box, thing in zip(boxes, (CAR, VAN), strict=True):
        assert_box(box, thing, tolerance=1)
    metadata = line["boxes-metadata"]
    created = metadata.pop("creation-date")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", created)
    assert metadata == {
        "objects": [{"confidence": 0}, {"confidence": 0}],  # one worker, so there is no agreement
        "class-map": {"0": "car", "1": "van"},
        "type": "groundtruth/object-detection",
        "human-annotated": "yes",
        "job-name": f"labeling-job/{job}",
    }
    return boxes


def assert_box(box: dict[str, int], thing: tuple[int, int, int, int], tolerance: int) -> None:
    assert set(box) == {"class_id", "left", "top", "width", "height"}
    left, top, across, down = thing
    found = (box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"])
    for one, other in zip(found, (left, top, left + across, top + down), strict=True):
        assert abs(one - other) <= tolerance, (box, thing)


def assert_worker_response(world: World, boxes: list[dict[str, int]]) -> None:
    """Asserts the exact shape of ground-truth.md 3.2, with the boxes of the manifest."""
    s3 = world.server.aws("s3")
    folder = f"out/{world.job}/annotations/worker-response/"
    [found] = s3.list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"]
    assert re.fullmatch(
        r"iteration-1/0/\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d\.json", found["Key"].removeprefix(folder)
    )
    response = json.loads(world.read(f"s3://{BUCKET}/{found['Key']}"))
    assert set(response) == {"answers"}
    [answer] = response["answers"]
    assert set(answer) == {
        "acceptanceTime",
        "answerContent",
        "submissionTime",
        "timeSpentInSeconds",
        "workerId",
        "workerMetadata",
    }
    assert re.fullmatch(MILLISECONDS, answer["acceptanceTime"])
    assert re.fullmatch(MILLISECONDS, answer["submissionTime"])
    took = datetime.fromisoformat(answer["submissionTime"]) - datetime.fromisoformat(answer["acceptanceTime"])
    assert 0 < answer["timeSpentInSeconds"] <= took.total_seconds() + 0.5
    assert re.fullmatch(r"private\.us-east-1\.[0-9a-f]{16}", answer["workerId"])
    identity = answer["workerMetadata"]["identityData"]
    assert set(answer["workerMetadata"]) == {"identityData"}
    assert set(identity) == {"identityProviderType", "issuer", "sub"}
    assert identity["identityProviderType"] == "Cognito"
    assert re.fullmatch(r"https://cognito-idp\.us-east-1\.amazonaws\.com/us-east-1_\w+", identity["issuer"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity["sub"])
    labels = ("car", "van")
    assert answer["answerContent"] == {
        "boundingBox": {
            "boundingBoxes": [
                {
                    "label": labels[box["class_id"]],
                    **{side: box[side] for side in ("left", "top", "width", "height")},
                }
                for box in boxes
            ],
            "inputImageProperties": {"width": SIZE[0], "height": SIZE[1]},
        }
    }


def between(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[float, float]:
    return (one[0] + other[2]) / 2, (one[1] + other[3]) / 2


def width(bounds: tuple[int, int, int, int]) -> int:
    return bounds[2] - bounds[0]


def largest_channel(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)
