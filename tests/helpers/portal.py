"""A portal with its cast, for tests that call it without a network."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from helpers.calls import shared_calls
from helpers.cast import PASSWORD, Cast, make_cast
from helpers.task_templates import shared_templates, signers
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.labeling.corrections import Corrections
from trigpoint.labeling.jobs import LabelingJobs
from trigpoint.labeling.model import KIND, JobSpec, JobStatus
from trigpoint.labeling.progress import JobProgress
from trigpoint.labeling.proposals import MaskProposals, Predict
from trigpoint.labeling.reserving import Reserving
from trigpoint.labeling.tasks import Tasks
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Reconciler
from trigpoint.server.portal.app import PORTAL, build_portal
from trigpoint.server.portal.frame_host import FrameHost
from trigpoint.server.portal.frame_pages import FramePages
from trigpoint.server.portal.frame_tokens import FrameTokens
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.web.app import PrefixedApp, WebApp
from trigpoint.server.web.site import Site
from trigpoint.server.web.static import STATIC
from trigpoint.services.presign import UrlSigners
from trigpoint.settings import Settings
from trigpoint.workforce.addresses import AllowedAddresses
from trigpoint.workforce.choices import Choices
from trigpoint.workforce.workers import Workers

BUCKET = "portal-pictures"
LABELS = {
    "document-version": "2018-11-28",
    "labels": [{"label": label} for label in ("car", "van", "person")],
}
TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <crowd-bounding-box name="boundingBox" src="{{ task.input.taskObject | grant_read_access }}"
    header="Draw a box around each car, van and person" labels="{{ task.input.labels | to_json | escape }}">
    <short-instructions><p>Draw tight boxes.</p></short-instructions>
    <full-instructions header="All about boxes"><p>Begin at a corner.</p></full-instructions>
  </crowd-bounding-box>
</crowd-form>
"""


def picture(number: int, size: tuple[int, int] = (480, 360)) -> bytes:
    """A PNG of a street with a car on it, each a little different."""
    image = Image.new("RGB", size, "#9db4c8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 240, size[0], size[1]), fill="#6d7278")
    left = 60 + 70 * number
    draw.rounded_rectangle((left, 210, left + 140, 270), 14, fill="#b8412f")
    draw.rounded_rectangle((left + 30, 180, left + 110, 216), 12, fill="#b8412f")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass
class Portal:
    """The app and the objects that it uses."""

    app: PrefixedApp
    cast: Cast
    objects: ObjectStore
    reconciler: Reconciler
    jobs: LabelingJobs
    tasks: Tasks
    frames: FrameHost | None = None

    def open_job(self, name: str = "boxes-1", images: int = 3, **changes: Any) -> None:
        """A labeling job of bob's and carol's team, in progress."""
        if not self.objects.bucket_exists(BUCKET):
            self.objects.create_bucket(BUCKET)
        lines = []
        for i in range(images):
            self.objects.put(BUCKET, f"{name}/{i}.png", picture(i), content_type="image/png")
            lines.append(json.dumps({"source-ref": f"s3://{BUCKET}/{name}/{i}.png"}))
        self.objects.put(BUCKET, f"{name}/in.manifest", "\n".join(lines).encode())
        self.objects.put(BUCKET, f"{name}/labels.json", json.dumps(LABELS).encode())
        self.objects.put(BUCKET, f"{name}/ui.liquid", TEMPLATE.encode())
        self.jobs.create(replace(self._spec(name), **changes))
        for _ in range(20):
            self.reconciler.run_due()
            if self.jobs.describe(name).status is JobStatus.IN_PROGRESS:
                return
        raise AssertionError(self.jobs.describe(name))

    def _spec(self, name: str) -> JobSpec:
        return JobSpec(
            name=name,
            label_attribute="boxes",
            manifest_uri=f"s3://{BUCKET}/{name}/in.manifest",
            output_path=f"s3://{BUCKET}/{name}/out/",
            role_arn="arn:aws:iam::111122223333:role/Labeler",
            label_categories_uri=f"s3://{BUCKET}/{name}/labels.json",
            team_arn=self.cast.team.arn,
            template_uri=f"s3://{BUCKET}/{name}/ui.liquid",
            pre_function_arn="arn:aws:lambda:us-east-1:432418664414:function:PRE-BoundingBox",
            consolidation_function_arn="arn:aws:lambda:us-east-1:432418664414:function:ACS-BoundingBox",
            title="Draw boxes around cars, vans and people",
            description="Each vehicle and person that you can see.",
            workers_per_object=1,
            time_limit_s=600,
        )

    def visitor(self, base_url: str = "http://127.0.0.1:8400", address: str = "192.0.2.1") -> TestClient:
        """A client that has not signed in and does not follow redirects."""
        return TestClient(
            self.app,
            base_url=base_url,
            client=(address, 50000),
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    def signed_in(self, name: str, base_url: str = "http://127.0.0.1:8400") -> TestClient:
        """bob, carol, dave or alice, signed in by the form."""
        visitor = self.visitor(base_url)
        user_name = "admin" if name == "alice" else f"{name}@example.com"
        answer = sign_in(visitor, user_name, PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor


def make_portal(
    database: Database,
    settings: Settings,
    clock: Clock,
    url_signers: UrlSigners = signers,
    predict: Predict | None = None,
) -> Portal:
    """A portal over the database, with nobody at work yet."""
    cast = make_cast(database, settings, clock)
    objects = ObjectStore(database, settings.objects_dir, clock, settings.region)
    reconciler = Reconciler(database, clock)
    tasks = Tasks(database, settings, clock, reconciler)
    templates = shared_templates()
    jobs = LabelingJobs(database, objects, cast.people.teams, templates, reconciler, settings, clock)
    progress = JobProgress(database, objects, tasks, templates, settings, clock, shared_calls())
    reconciler.register(KIND, progress.reconcile)
    web, image_urls = make_web_app(PORTAL, cast, database, settings, clock), ImageUrls(url_signers, settings)
    reserving = Reserving(database, cast.people.teams, clock)
    corrections, choices = Corrections(database, cast.people.teams, clock), Choices(database, clock)
    frames = None
    if settings.frame_url:
        tokens = FrameTokens(SecretBox.create(settings.key_file), clock)
        find_worker = Workers(database, settings, clock).get
        frames = FrameHost(
            settings.frame_url,
            tokens,
            FramePages(
                web.templates, tasks, reserving, corrections, cast.people.teams, templates, image_urls
            ),
            find_worker,
        )
    app = build_portal(
        web,
        cast.people.teams,
        tasks,
        reserving,
        corrections,
        choices,
        templates,
        image_urls,
        clock,
        MaskProposals(tasks, objects, shared_calls(), predict),
        frames,
    )
    return Portal(app, cast, objects, reconciler, jobs, tasks, frames)


def make_web_app(
    site: Site, cast: Cast, database: Database, settings: Settings, clock: Clock, static_dir: Path = STATIC
) -> WebApp:
    """The shared parts of a web app that the cast may use."""
    people = cast.people
    addresses = AllowedAddresses(database)
    return WebApp(
        site,
        people.sign_in,
        people.sessions,
        people.workers,
        addresses.allow,
        settings,
        clock,
        static_dir,
        resets=people.resets,
        oidc=people.oidc,
    )


def sign_in(
    visitor: TestClient, user_name: str, password: str, *, prefix: str = "/portal", **more: str
) -> httpx.Response:
    """The response of a web app to its sign-in form."""
    return visitor.post(f"{prefix}/sign-in", data={"user_name": user_name, "password": password, **more})


def form_token(page: httpx.Response) -> str:
    """The token in the page's form."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert found is not None, page.text
    return found[1]
