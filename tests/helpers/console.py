"""The console of a whole server without its network and its loops: the real application on a database of its own."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient

from helpers.cast import PASSWORD
from helpers.leftovers import new_folder
from helpers.portal import form_token
from trigpoint.app import Application
from trigpoint.core.clock import Clock
from trigpoint.datadir.opening import prepare
from trigpoint.db import Database
from trigpoint.db.migrate import upgrade
from trigpoint.server.console.operations import Call, Operations
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role, Worker


@functools.cache
def _migrated() -> Path:
    """A database after all migrations, which take longer than a copy."""
    file = new_folder("console") / "migrated.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


ADDRESS = "http://127.0.0.1:8400"


@dataclass
class Visitor:
    """A browser of one person."""

    browser: TestClient

    def get(self, path: str) -> httpx.Response:
        return self.browser.get(f"/console{path}")

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Sends a form of the console with the token of the session."""
        token = form_token(self.get("/settings"))
        return self.browser.post(f"/console{path}", data={"form_token": token, **fields})


class ConsoleServer:
    """The application and its people, who all have PASSWORD."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        settings.data_dir.mkdir()
        shutil.copyfile(_migrated(), settings.data_dir / "trigpoint.db")
        self.application = Application(settings, prepare(settings, clock), clock)
        self.people = self.application.people

    def browser(self) -> TestClient:
        return TestClient(
            self.application.asgi,
            base_url=ADDRESS,
            client=("192.0.2.1", 50000),
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    def invited(self, email: str, role: Role) -> Worker:
        """A person who has chosen PASSWORD."""
        entry = self.people.invite(email, role)
        assert entry.link is not None
        self.choose_password(entry.link)
        return entry.account

    def choose_password(self, link: str, password: str = PASSWORD) -> None:
        browser = self.browser()
        token = link.split("token=")[1]
        fields = {"token": token, "new_password": password, "repeat_password": password}
        answer = browser.post("/console/reset", data=fields)
        assert answer.status_code == 303, answer.text

    def visitor(self, role: Role) -> Visitor:
        """Somebody with this role who is signed in."""
        email = f"{role}@example.com"
        self.invited(email, role)
        return self.signed_in(email)

    def signed_in(self, user_name: str) -> Visitor:
        browser = self.browser()
        fields = {"user_name": user_name, "password": PASSWORD}
        answer = browser.post("/console/sign-in", data=fields)
        assert answer.status_code == 303, answer.text
        return Visitor(browser)

    def aws(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """An operation, called as the installation itself."""
        admin = next(each.account for each in self.people.list() if each.account.role is Role.ADMIN)
        operations = Operations(self.application.operations, self.settings, self.application.clock)
        return operations.run(Call(service, operation, request), admin, "127.0.0.1", ADDRESS)

    @cached_property
    def team_arn(self) -> str:
        """A work team with one member."""
        self.application.workers.invite("bob@example.com", "street")
        found = self.aws("sagemaker", "DescribeWorkteam", {"WorkteamName": "street"})
        return str(found["Workteam"]["WorkteamArn"])

    def create_job(self, name: str, title: str = "Draw boxes") -> None:
        """A labeling job, which nothing takes forward."""
        functions = "arn:aws:lambda:us-east-1:432418664414:function"
        task = {
            "WorkteamArn": self.team_arn,
            "UiConfig": {"UiTemplateS3Uri": f"s3://photos/{name}/ui.liquid"},
            "PreHumanTaskLambdaArn": f"{functions}:PRE-BoundingBox",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{functions}:ACS-BoundingBox"
            },
            "TaskTitle": title,
            "TaskDescription": "Around each car",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 600,
        }
        request = {
            "LabelingJobName": name,
            "LabelAttributeName": "boxes",
            "InputConfig": {
                "DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://photos/{name}/in.manifest"}}
            },
            "OutputConfig": {"S3OutputPath": f"s3://photos/{name}/out"},
            "LabelCategoryConfigS3Uri": f"s3://photos/{name}/labels.json",
            "RoleArn": "arn:aws:iam::111122223333:role/Labeler",
            "HumanTaskConfig": task,
        }
        self.aws("sagemaker", "CreateLabelingJob", request)

    def close(self) -> None:
        self.application.stop()
