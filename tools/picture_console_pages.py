"""The pages of the console that tools/pictures.py shows, and how to get to each; see picture_console.py for what is in them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from picture_console import BUCKET, FAILED, HOSTILE_KEYS, LONG, RUNNING
from picture_page import Open, PicturePage
from playwright.sync_api import FilePayload, Page

ANSWER_MS = 60_000
"""An endpoint answers its first request slowly: its libraries are loaded with it."""
API_CALL = "[popovertarget=api-call]"
SEND = ".form-buttons .button-primary"


def _at(path: str, press: str = "", **fields: str) -> Open:
    """A page, the fields that are filled in there, and the button that is pressed."""

    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/console/{path}")
        _fill(page, fields, press)

    return go


def _first(path: str, then: str = "", press: str = "", **fields: str) -> Open:
    """The page of the first row of a list; `then` is added to its address."""

    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/console/{path}")
        href = page.locator(".row-link").first.get_attribute("href")
        page.goto(f"{url}{href}{then}")
        _fill(page, fields, press)

    return go


def _fill(page: Page, fields: dict[str, str], press: str) -> None:
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    if press:
        page.locator(press).first.click()
    page.wait_for_timeout(400)


def _new_task(page: Page, url: str) -> None:
    """The second step of a new labeling job."""
    page.goto(f"{url}/console/labeling-jobs/create?prefix=s3://{BUCKET}/street/")
    page.locator(".form-end .button-primary").click()
    page.locator(".ProseMirror").first.wait_for()
    page.locator("#field-header").fill("Draw a box around each car")
    page.wait_for_timeout(2000)


def _from_labeling_job(page: Page, url: str) -> None:
    """The long form of a training, filled in from the demo's labels."""
    page.goto(f"{url}/console/training-jobs/create")
    page.locator(".preset-form .button-primary").click()
    page.locator("[data-stepped]").wait_for()


def _tried(then: Callable[[Page], None]) -> Open:
    """An image sent to the demo's endpoint."""

    def go(page: Page, url: str) -> None:
        _first("endpoints?status=InService")(page, url)
        page.locator("#try-file").wait_for(timeout=ANSWER_MS)
        then(page)
        page.locator("[data-try-answer] :is(.try-result, .notice)").wait_for(timeout=ANSWER_MS)
        page.wait_for_timeout(300)

    return go


def _send_scene(page: Page) -> None:
    image = page.request.get(
        f"{page.url.split('/console')[0]}/console/buckets/{BUCKET}/image?key=street/0.jpg"
    )
    page.set_input_files(
        "#try-file", {"name": "street.jpg", "mimeType": "image/jpeg", "buffer": image.body()}
    )


def _send_text(page: Page) -> None:
    page.locator("[data-try] summary").click()
    page.locator("#try-text").fill("no image")
    page.locator("[data-try] button[type=submit]").click()


def _upload(page: Page, url: str) -> None:
    """Files that were uploaded, and one whose name is taken by another content."""
    page.goto(f"{url}/console/buckets/{BUCKET}?prefix=uploads/")
    files: list[FilePayload] = [
        {"name": f"{'long-name-' * 12}{number}.png", "mimeType": "image/png", "buffer": bytes([number]) * 9}
        for number in range(3)
    ]
    page.set_input_files("input[data-files]", files)
    page.wait_for_timeout(1500)


def _object(key: str, of: str = "object") -> str:
    return f"buckets/{BUCKET}/{of}?key={quote(key)}"


def _menu(page: Page, url: str) -> None:
    """The sections, where they are behind a button; else the menu of the person."""
    page.goto(f"{url}/console/people")
    button = page.locator(".top-menu")
    (button if button.is_visible() else page.locator("details.menu summary")).click()
    page.wait_for_timeout(300)


def _skip(page: Page, url: str) -> None:
    """What somebody with a keyboard sees first."""
    page.goto(f"{url}/console/training-jobs")
    page.keyboard.press("Tab")


def _console(name: str, open_page: Open, stage: str = "console", *, signed_in: bool = True) -> PicturePage:
    return PicturePage(f"console-{name}", open_page, signed_in=signed_in, stage=stage)


CONSOLE_PAGES = (
    *(
        _console(f"none-{path or 'overview'}".replace("/", "-"), _at(path), "before")
        for path in (
            "",
            "labeling-jobs",
            "training-jobs",
            "training-jobs/create",
            "buckets",
            "workforce",
            "workforce/teams",
            "workforce/settings",
            "models",
            "endpoints",
            "endpoints/create",
            "endpoint-configs",
            "endpoint-configs/create",
            "transform-jobs",
            "transform-jobs/create",
            "settings",
        )
    ),
    _console("sign-in", _at("sign-in"), signed_in=False),
    _console("overview", _at("")),
    _console("first-steps", _at("first-steps")),
    _console("menu", _menu),
    _console("skip", _skip),
    _console("not-found", _at("training-jobs/none")),
    _console("labeling-jobs", _at("labeling-jobs")),
    _console("labeling-jobs-none", _at("labeling-jobs?q=none")),
    _console(
        "labeling-create-input", _at(f"labeling-jobs/create?prefix=s3://{BUCKET}/street/", "[data-look]")
    ),
    _console("labeling-create-task", _new_task),
    _console("labeling-job", _first("labeling-jobs?q=team")),
    _console("labeling-job-menu", _first("labeling-jobs?q=team", "", "[popovertarget=new-job-menu]")),
    _console("labeling-job-long", _at(f"labeling-jobs/{LONG}")),
    _console("labeling-job-failed", _at(f"labeling-jobs/{FAILED}")),
    _console("labeling-job-stop", _at(f"labeling-jobs/{LONG}", "[popovertarget=stop-job]")),
    _console("gallery", _first("labeling-jobs?q=team", "/objects")),
    _console("object", _first("labeling-jobs?q=team", "/objects/0?answers=1")),
    _console("download", _first("labeling-jobs?q=team", "/download", "[value=coco]")),
    _console("api-call", _first("labeling-jobs?q=team", "", API_CALL)),
    _console("training-jobs", _at("training-jobs")),
    _console("training-jobs-none", _at("training-jobs?q=none")),
    _console("training-choice", _at("training-jobs/create")),
    _console("training-create", _at("training-jobs/create?algorithm=object-detection")),
    _console("training-create-own", _at("training-jobs/create?algorithm=own")),
    _console("training-create-problem", _at("training-jobs/create?algorithm=object-detection", SEND)),
    _console("training-from-labels", _from_labeling_job),
    _console("training-completed", _first("training-jobs?q=demo")),
    _console("training-deploy", _first("training-jobs?q=demo", "", "[popovertarget=deploy-job]")),
    _console("training-failed", _at(f"training-jobs/{FAILED}")),
    _console("training-long", _at(f"training-jobs/{LONG}")),
    _console("training-running", _at(f"training-jobs/{RUNNING}"), "running"),
    _console("overview-running", _at(""), "running"),
    _console("training-stopped", _at(f"training-jobs/{RUNNING}")),
    _console("models", _at("models")),
    _console("objects-many", _at(f"buckets/{BUCKET}?prefix=many/")),
    _console("models-none", _at("models?q=none")),
    _console("model", _first("models?q=demo")),
    _console("model-long", _at(f"models/{LONG}")),
    _console("model-delete", _at(f"models/{LONG}", "[popovertarget=delete-model]")),
    _console("model-create", _at("models/create")),
    _console("model-create-problem", _at("models/create", SEND, name="-no-", data="here")),
    _console("endpoints", _at("endpoints")),
    _console("endpoint", _first("endpoints?status=InService")),
    _console("endpoint-tried", _tried(_send_scene)),
    _console("endpoint-tried-wrong", _tried(_send_text)),
    _console("endpoint-failed", _at(f"endpoints/{LONG}")),
    _console("endpoint-update", _first("endpoints?status=InService", "", "[popovertarget=update-endpoint]")),
    _console("endpoint-create", _at("endpoints/create")),
    _console("endpoint-create-problem", _at("endpoints/create", SEND)),
    _console("endpoint-configs", _at("endpoint-configs")),
    _console("endpoint-config", _at("endpoint-configs/two-variants")),
    _console("endpoint-config-create", _at("endpoint-configs/create")),
    _console("endpoint-config-problem", _at("endpoint-configs/create", SEND)),
    _console("transform-jobs", _at("transform-jobs")),
    _console("transform-job", _at("transform-jobs/street-answers")),
    _console("transform-job-failed", _at(f"transform-jobs/{LONG}")),
    _console("transform-create", _at("transform-jobs/create")),
    _console("transform-create-problem", _at("transform-jobs/create", SEND)),
    _console("buckets", _at("buckets")),
    _console("bucket-create", _at("buckets/create")),
    _console("places", _at(f"places?at=s3://{BUCKET}/")),
    _console("places-dialog", _at("transform-jobs/create", "[data-browse]")),
    _console("uploads-unfinished", _at(f"buckets/{BUCKET}/unfinished")),
    _console("bucket-create-problem", _at("buckets/create", SEND, name="No_Bucket")),
    _console("bucket-remote", _at("buckets/add-remote")),
    _console("objects", _at(f"buckets/{BUCKET}")),
    _console("objects-pictures", _at(f"buckets/{BUCKET}?view=grid")),
    _console("objects-none", _at(f"buckets/{LONG}")),
    _console("objects-chosen", _at(f"buckets/{BUCKET}", ".cell-check input")),
    _console("objects-upload", _upload),
    _console("object-image", _at(_object("street/0.jpg"))),
    _console("object-text", _at(_object("many/note-0000.txt"))),
    _console("object-hostile", _at(_object(HOSTILE_KEYS[0]))),
    _console("object-rtl", _at(_object(HOSTILE_KEYS[1]))),
    _console("object-long", _at(_object(HOSTILE_KEYS[3]))),
    _console("manifest", _at(_object("street.manifest", "manifest"))),
    _console("manifest-empty", _at(_object("empty.manifest", "manifest"))),
    _console("manifest-report", _at(_object("street.manifest", "manifest/report"))),
    _console("manifest-create", _at(f"buckets/{BUCKET}/create-manifest?prefix=street/")),
    _console(
        "manifest-created",
        _at(f"buckets/{BUCKET}/create-manifest?prefix=street/", SEND, name="made.manifest"),
    ),
    _console("workforce", _at("workforce")),
    _console("workforce-none", _at("workforce?q=nobody")),
    _console("workforce-invite", _at("workforce/invite")),
    _console("workforce-invite-problem", _at("workforce/invite", SEND, emails="nobody, a@b.example")),
    _console(
        "workforce-invited", _at("workforce/invite", SEND, emails="ann@example.com", team="night-shift")
    ),
    _console("workforce-teams", _at("workforce/teams")),
    _console("workforce-team", _at("workforce/teams/demo-team")),
    _console("workforce-team-hostile", _at("workforce/teams/night-shift")),
    _console("workforce-team-long", _at(f"workforce/teams/{LONG}")),
    _console("workforce-team-remove", _at(f"workforce/teams/{LONG}", "td [popovertarget^=remove]")),
    _console("workforce-team-create", _at("workforce/teams/create")),
    _console("workforce-team-create-problem", _at("workforce/teams/create", SEND)),
    _console("workforce-worker", _first("workforce/teams/demo-team")),
    _console("workforce-worker-new", _first("workforce?q=worker-07")),
    _console("workforce-worker-disable", _first("workforce?q=worker-07", "", "[popovertarget=disable]")),
    _console("workforce-settings", _at("workforce/settings")),
    _console("workforce-settings-problem", _at("workforce/settings", SEND, cidrs="everywhere")),
    _console("people", _at("people")),
    _console("people-role", _at("people", "[popovertarget^=role]")),
    _console("people-invite", _at("people/invite")),
    _console("people-invite-problem", _at("people/invite", SEND, email="nobody")),
    _console("settings", _at("settings")),
    _console("settings-problem", _at("settings", SEND, name="no good")),
)
