"""The demo's labeling step: a team of simulated workers, a person who may join them, and their jobs."""

from __future__ import annotations

import random
import threading
import time
import webbrowser
from collections.abc import Sequence
from dataclasses import replace

from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import TrigpointError
from trigpoint.core.ids import random_token
from trigpoint.demo import requests
from trigpoint.demo.colleagues import Colleague
from trigpoint.demo.options import DemoOptions
from trigpoint.demo.progress import DemoStep
from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet
from trigpoint.workforce.sessions import Sessions
from trigpoint.workforce.sign_in import SignIn
from trigpoint.workforce.workers import Workers

TEAM = "demo-team"
COLLEAGUES = 3
YOUR_OBJECTS = 8
POLL_S = 1.0


def label(options: DemoOptions, session: Session, tasks: TaskSet, seed: int) -> tuple[str, ...]:
    """Labels the data objects and returns the URIs of the output manifests, one for each labeling job.

    With `auto`, simulated workers answer everything. Otherwise the person at the browser answers a job of their
    own: eight objects where simulated workers can do the rest, all of them where nobody knows their labels.
    Raises: TrigpointError: a job failed or was stopped, or a simulated worker gave up.
    """
    team_arn = _team(session)
    session.put("labels.json", requests.label_categories(tasks.categories))
    colleagues = _colleagues(session, tasks, seed) if tasks.truths else []
    yours = tasks.part(0, 0 if options.auto else YOUR_OBJECTS if colleagues else None)
    theirs = tasks.part(len(yours.lines))
    jobs: list[str] = []
    if yours.lines:
        jobs.append(f"{session.run}-you")
        _create_labeling_job(session, jobs[-1], team_arn, yours, 1 + min(2, len(colleagues)))
    if theirs.lines:
        jobs.append(f"{session.run}-team")
        _create_labeling_job(session, jobs[-1], team_arn, theirs, len(colleagues))
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=colleague.work, args=(jobs[number >= 2 :] if yours.lines else jobs, stop), daemon=True
        )
        for number, colleague in enumerate(colleagues)
    ]
    for thread in threads:
        thread.start()
    if yours.lines:
        _invite_person(options, session, jobs[0])
    try:
        with session.display.step("Label") as step:
            return _wait_for_labels(session, jobs, colleagues, step)
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def _team(session: Session) -> str:
    workers = Workers(session.database, session.settings, SystemClock())
    workers.invite(f"first-{session.run}@example.com", TEAM)
    arn: str = session.sagemaker.describe_workteam(WorkteamName=TEAM)["Workteam"]["WorkteamArn"]
    return arn


def _colleagues(session: Session, tasks: TaskSet, seed: int) -> list[Colleague]:
    workers = Workers(session.database, session.settings, SystemClock())
    made = []
    for number in range(COLLEAGUES):
        invitation = workers.invite(f"colleague-{number + 1}-{session.run}@example.com", TEAM)
        assert invitation.temporary_password is not None, "this address was never invited before"
        colleague = Colleague(
            session.settings.base_url,
            invitation.user_name,
            invitation.temporary_password,
            tasks.task_type,
            tasks.truths.__getitem__,
            tasks.labels,
            random.Random(f"{seed}-{number}").randrange(2**31),
        )
        colleague.sign_in()
        made.append(colleague)
    return made


def _create_labeling_job(session: Session, name: str, team_arn: str, tasks: TaskSet, workers: int) -> None:
    session.put(f"{name}.manifest", requests.input_manifest(tasks.lines))
    titled = replace(tasks, title=tasks.title.format(count=len(tasks.lines)))
    request = requests.labeling_job(
        name, session.account, session.settings.region, team_arn, session.folder, titled, workers
    )
    session.sagemaker.create_labeling_job(**request)


def _invite_person(options: DemoOptions, session: Session, job: str) -> None:
    clock = SystemClock()
    invitation = Workers(session.database, session.settings, clock).invite(
        f"you-{session.run}@example.com", TEAM
    )
    assert invitation.temporary_password is not None, "this address was never invited before"
    sign_in = SignIn(session.database, clock)
    password = random_token()
    you = sign_in.change_password(invitation.worker, invitation.temporary_password, password)
    token = Sessions(session.database, clock).entry_token(you, 3600)
    url = f"{session.settings.base_url}/portal/enter?token={token}"
    console = session.display.console
    console.print(f"Your turn, in the job {job}: open this link. You are already signed in.", soft_wrap=True)
    console.print(
        url, style="bold", markup=False, highlight=False, soft_wrap=True
    )  # on one line, so that it can be copied
    again = f"The link works once. Later, or in another browser: user name {invitation.user_name}, password {password}"
    console.print(again, style="dim", markup=False, highlight=False, soft_wrap=True)
    if options.open_browser:
        webbrowser.open(url)


def _wait_for_labels(
    session: Session, jobs: Sequence[str], colleagues: Sequence[Colleague], step: DemoStep
) -> tuple[str, ...]:
    while True:
        described = [session.sagemaker.describe_labeling_job(LabelingJobName=job) for job in jobs]
        for job in described:
            if job["LabelingJobStatus"] in ("Failed", "Stopped"):
                raise TrigpointError(
                    f"the labeling job {job['LabelingJobName']} ended as {job['LabelingJobStatus']}: {job.get('FailureReason', '')}"
                )
        for colleague in colleagues:
            if colleague.failure is not None:
                raise TrigpointError(f"a simulated worker gave up: {colleague.failure}")
        counters = [job["LabelCounters"] for job in described]
        labeled = sum(c["TotalLabeled"] for c in counters)
        total = sum(c["TotalLabeled"] + c["Unlabeled"] + c["FailedNonRetryableError"] for c in counters)
        answers = sum(colleague.submitted for colleague in colleagues)
        step.show(
            labeled,
            total or 1,
            f"{labeled} of {total} objects, {answers} answers of {len(colleagues)} simulated workers",
        )
        if all(job["LabelingJobStatus"] == "Completed" for job in described):
            return tuple(job["LabelingJobOutput"]["OutputDatasetS3Uri"] for job in described)
        time.sleep(POLL_S)
