"""Tries a folder of task templates: do they work in a real job here?

    uv run python tools/try_templates.py FOLDER [--inputs FILE] [--only TEXT] [--report FILE]

For each template (*.html, *.liquid) it creates a labeling job on a server of its own, opens the task in headless
Chromium, fills in every field and element, submits, and reads the answer from the job's output. It reports the
elements that are not known, the errors of scripts, the requests that failed, and the answer. The exit code is 1 when a
template was not submitted.

FILE of --inputs is JSON: a part of a template's path, and the manifest line to try it with. `s3://samples/image.png`
and its siblings audio.wav, document.pdf and text.txt are objects that exist. Templates without an entry get
a made-up line.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from made_up_input import made_up_line
from playwright.sync_api import BrowserContext, Error, Page, sync_playwright
from sample_objects import sample_objects
from template_filler import fill
from trial_server import BUCKET, Server, create_job, serving, sign_in, status, wait_for

SUBMIT_MS = 6000
READY_MS = 20_000
UNKNOWN = """
  window.unknownElements = [];
  document.addEventListener("crowd-unavailable", event => unknownElements.push(event.composedPath()[0].localName), true);
"""


@dataclass
class Result:
    """What happened to a template."""

    template: str
    submitted: bool = False
    problem: str = ""
    unknown_elements: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)
    answer: Any = None


def main() -> int:
    arguments = _arguments()
    inputs: dict[str, Any] = json.loads(arguments.inputs.read_text()) if arguments.inputs else {}
    folder: Path = arguments.folder
    templates = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".liquid") and arguments.only in str(path) and _is_template(path)
    ]
    if not templates:
        print(
            f"{folder} has no task templates: files *.html or *.liquid with crowd elements", file=sys.stderr
        )
        return 2
    with tempfile.TemporaryDirectory() as temporary, serving(Path(temporary)) as server:
        results = try_all(server, folder, templates, inputs, arguments.shots)
    if arguments.report:
        arguments.report.write_text(json.dumps([asdict(each) for each in results], indent=1))
    failed = [each for each in results if not each.submitted]
    print(f"\n{len(results) - len(failed)} of {len(results)} templates were submitted")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Try a folder of task templates in real jobs.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--inputs", type=Path, help="JSON: a part of a template's path, and its manifest line"
    )
    parser.add_argument("--only", default="", help="try only templates with this text in their path")
    parser.add_argument("--report", type=Path, help="write the results to this file, as JSON")
    parser.add_argument("--shots", type=Path, help="write a picture of each task into this folder")
    return parser.parse_args()


def _is_template(path: Path) -> bool:
    return re.search(r"<crowd-[a-z]", path.read_text(errors="replace")) is not None


def try_all(
    server: Server, folder: Path, templates: list[Path], inputs: Mapping[str, Any], shots: Path | None
) -> list[Result]:
    """Tries each template in turn, and prints a line for each."""
    objects = _upload_samples(server)
    executable = shutil.which("chromium")
    results = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(UNKNOWN)
        team_arn = sign_in(server, context)
        for number, path in enumerate(templates, 1):
            result = Result(str(path.relative_to(folder)))
            text = path.read_text(errors="replace")
            given = next((line for part, line in inputs.items() if part in result.template), None)
            job = f"try-{number}"
            try:
                create_job(server, job, team_arn, text, given or made_up_line(text, objects))
                _work(server, context, job, result, shots)
                if result.submitted:
                    result.answer = _answer(server, job)
            except (Error, ClientError, RuntimeError, TimeoutError) as error:
                result.submitted = False
                result.problem = result.problem or str(error).splitlines()[0]
            _print(result)
            results.append(result)
        browser.close()
    return results


def _work(server: Server, context: BrowserContext, job: str, result: Result, shots: Path | None) -> None:
    """Opens the task, fills it in and submits it."""
    page = context.new_page()
    page.on("pageerror", lambda error: result.script_errors.append(str(error).splitlines()[0]))
    page.on("requestfailed", lambda request: result.failed_requests.append(_failure(request)))
    page.on(
        "console",
        lambda message: (
            result.script_errors.append(message.text[:200])
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    try:
        page.goto(f"{server.url}/portal/jobs/{job}/work")
        element = page.wait_for_selector("iframe:not(.is-loading)", timeout=READY_MS)
        frame = element.content_frame() if element is not None else None
        if frame is None:
            raise RuntimeError("the task did not appear")
        page.wait_for_timeout(300)
        fill(page, frame)
        if shots is not None:
            shots.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=shots / f"{result.template.replace('/', '-')}.png")
        result.unknown_elements = sorted(set(frame.evaluate("window.unknownElements")))
        result.problem = _submit(page, frame)
        result.submitted = result.problem == ""
        if shots is not None and not result.submitted:
            page.screenshot(path=shots / f"{result.template.replace('/', '-')}.failed.png")
    finally:
        page.close()


def _submit(page: Page, frame: Any) -> str:
    """Presses the Submit button. Returns why nothing was sent, in the words of the task."""
    button = frame.get_by_role("button", name=re.compile("submit", re.IGNORECASE)).last
    try:
        with page.expect_response(
            lambda response: response.url.endswith("/submit"), timeout=SUBMIT_MS
        ) as sent:
            button.click(timeout=SUBMIT_MS)
    except Error:
        alerts = [text.strip() for text in frame.locator("[role=alert]").all_inner_texts()]
        return "; ".join(filter(None, alerts)) or "nothing was sent when Submit was pressed"
    return "" if sent.value.ok else f"the server answered {sent.value.status}: {sent.value.text()[:200]}"


def _answer(server: Server, job: str) -> Any:
    """The answer in the job's output."""
    sagemaker, s3 = server.aws("sagemaker"), server.aws("s3")
    wait_for(lambda: status(sagemaker, job) == "Completed", "the job did not complete")
    described = sagemaker.describe_labeling_job(LabelingJobName=job)
    [line] = _read(s3, described["LabelingJobOutput"]["OutputDatasetS3Uri"]).splitlines()
    reference = json.loads(line)["answer-metadata"]["worker-response-ref"]
    return json.loads(_read(s3, reference))["answers"][0]["answerContent"]


def _read(s3: Any, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    text: str = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return text


def _upload_samples(server: Server) -> dict[str, str]:
    """The URIs of one object of each kind."""
    s3 = server.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    uris = {}
    for kind, sample in sample_objects().items():
        s3.put_object(Bucket=BUCKET, Key=sample.name, Body=sample.body, ContentType=sample.content_type)
        uris[kind] = f"s3://{BUCKET}/{sample.name}"
    return uris


def _failure(request: Any) -> str:
    return f"{request.url[:120]} ({request.failure})"


def _print(result: Result) -> None:
    print(f"{'ok  ' if result.submitted else 'FAIL'} {result.template}  {result.problem}", flush=True)
    for tag in result.unknown_elements:
        print(f"      unknown element <{tag}>")
    for text in dict.fromkeys(result.script_errors):
        print(f"      script: {text}")
    for text in dict.fromkeys(result.failed_requests):
        print(f"      request: {text}")
    if result.submitted:
        print(f"      {json.dumps(result.answer, ensure_ascii=False)[:200]}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    sys.exit(main())
