"""A server of its own for a tool: started, signed in to, and given labeling jobs as a user's script does it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from playwright.sync_api import BrowserContext, Page

BUCKET = "samples"
FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"
PASSWORD = "a password for trying"
TEAM = "triers"
WAIT_S = 60.0


@dataclass(frozen=True)
class Server:
    """A running server, and the variables that point AWS clients at it."""

    url: str
    data_dir: Path
    variables: Mapping[str, str]

    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=self.variables["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
        )


def create_job(
    server: Server,
    job: str,
    team_arn: str,
    template: str,
    *lines: Mapping[str, Any],
    title: str = "Try a template",
    description: str = "Fill in everything",
) -> None:
    """A job that shows the template with each of the lines to one worker, and keeps the answers as they are."""
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    s3.put_object(Bucket=BUCKET, Key=f"{job}/ui.liquid", Body=template.encode())
    s3.put_object(Bucket=BUCKET, Key=f"{job}/in.manifest", Body="\n".join(map(json.dumps, lines)).encode())
    sagemaker.create_labeling_job(
        LabelingJobName=job,
        LabelAttributeName="answer",
        InputConfig={"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/{job}/in.manifest"}}},
        OutputConfig={"S3OutputPath": f"s3://{BUCKET}/{job}/out"},
        RoleArn="arn:aws:iam::111122223333:role/Labeler",
        HumanTaskConfig={
            "WorkteamArn": team_arn,
            "UiConfig": {"UiTemplateS3Uri": f"s3://{BUCKET}/{job}/ui.liquid"},
            "PreHumanTaskLambdaArn": f"{FUNCTIONS}:PRE-PassThrough",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{FUNCTIONS}:ACS-PassThrough"
            },
            "TaskTitle": title,
            "TaskDescription": description,
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 600,
        },
    )
    wait_for(lambda: status(sagemaker, job) != "Initializing", "the job did not start")
    described = sagemaker.describe_labeling_job(LabelingJobName=job)
    if described["LabelingJobStatus"] == "Failed":
        raise RuntimeError(f"the job failed: {described['FailureReason']}")


def status(sagemaker: Any, job: str) -> str:
    """The status of a labeling job."""
    found: str = sagemaker.describe_labeling_job(LabelingJobName=job)["LabelingJobStatus"]
    return found


def invite(server: Server, address: str, team: str) -> tuple[str, str]:
    """Invites a worker. Returns their user name and temporary password."""
    command = [sys.executable, "-m", "trigpoint", "worker", "invite", address, "--no-mail"]
    printed = subprocess.run(
        [*command, "--team", team, "--data", str(server.data_dir)], capture_output=True, text=True, check=True
    ).stdout
    user, password = (
        re.search(rf"{label}: +(\S+)", printed)[1]  # type: ignore[index]
        for label in ("User name", "Temporary password")
    )
    return user, password


def enter(server: Server, page: Page, user: str, password: str) -> None:
    """Signs in with the form of a page in English."""
    page.goto(f"{server.url}/portal/")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_in(server: Server, context: BrowserContext) -> str:
    """Invites a worker and signs them in. Returns the ARN of their team."""
    user, password = invite(server, "w@example.com", TEAM)
    page = context.new_page()
    enter(server, page, user, password)
    page.get_by_label("Temporary password").fill(password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Save password").click()
    page.get_by_text("Your new password is set.").wait_for()
    page.close()
    described = server.aws("sagemaker").describe_workteam(WorkteamName=TEAM)
    arn: str = described["Workteam"]["WorkteamArn"]
    return arn


def enter_console(server: Server, context: BrowserContext) -> None:
    """Chooses the password of the administrator and signs them in to the console."""
    command = [sys.executable, "-m", "trigpoint", "person", "reset", "admin", "--data", str(server.data_dir)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    page = context.new_page()
    page.goto(re.search(r"Link: +(\S+)", printed)[1])  # type: ignore[index]
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Save password").click()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Sections").wait_for()
    page.close()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """`trigpoint serve` on a fresh data directory and a free port."""
    data_dir, command = folder / "data", [sys.executable, "-m", "trigpoint"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen(
            [*command, "serve", "--data", str(data_dir), "--port", str(port)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        output = folder / "server.log"
        wait_for(lambda: "is ready at " in output.read_text(), "the server did not start")
        printed = subprocess.run(
            [*command, "env", "--data", str(data_dir)], capture_output=True, text=True, check=True
        ).stdout
        pairs = (line.removeprefix("export ").split("=", 1) for line in printed.splitlines() if "=" in line)
        variables = {name: value.strip("'") for name, value in pairs}
        yield Server(f"http://127.0.0.1:{port}", data_dir, variables)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


def wait_for(condition: Callable[[], bool], problem: str) -> None:
    """Waits until the condition is true. Raises: TimeoutError: it was not within a minute."""
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(problem)
        time.sleep(0.05)
