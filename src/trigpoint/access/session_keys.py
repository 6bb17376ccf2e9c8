"""Temporary credentials for people's code: functions, and jobs with code of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trigpoint.access.door_keys import DoorKeys
from trigpoint.access.keys import AccessKeys
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Temporary credentials for code that is not ours."""

    access_key_id: str
    secret_access_key: str
    session_token: str


IssueKeys = Callable[[str, int], SessionKeys]
"""Makes credentials for the role session `<role>/<name>`, valid for so many seconds."""


@dataclass(frozen=True, slots=True)
class JobKeys:
    """What an instance of a job has: credentials for S3, which its code gets too, and a token for the door."""

    session: SessionKeys
    door_token: str


IssueJobKeys = Callable[[str, str, int], JobKeys]
"""The same for a job (training-job/<id>), with its id first. They reach only the objects that its request names."""


def issuer(keys: AccessKeys, temporary_keys: TemporaryKeys, account_id: str) -> IssueKeys:
    """Makes the credentials of functions and jobs: sessions of their roles that may read all, and change only objects."""

    def issue(session: str, lifetime_s: int) -> SessionKeys:
        arn = f"arn:aws:sts::{account_id}:assumed-role/{session}"
        root = keys.root().access_key_id
        issued = temporary_keys.issue(arn, root, lifetime_s, read_only=False, objects_only=True)
        return SessionKeys(issued.access_key_id, issued.secret_access_key, issued.session_token)

    return issue


def no_job_keys(job: str, session: str, lifetime_s: int) -> JobKeys:
    """For processes that start no jobs."""
    raise Invalid(f"this process issues no credentials; {job} is started by the server")


def job_issuer(
    keys: AccessKeys, temporary_keys: TemporaryKeys, door_keys: DoorKeys, account_id: str
) -> IssueJobKeys:
    """Makes the credentials of jobs: sessions of their roles that read and write the objects of the job, and end with it."""

    def issue(job: str, session: str, lifetime_s: int) -> JobKeys:
        arn = f"arn:aws:sts::{account_id}:assumed-role/{session}"
        root = keys.root().access_key_id
        issued = temporary_keys.issue(arn, root, lifetime_s, read_only=False, objects_only=True, job=job)
        made = SessionKeys(issued.access_key_id, issued.secret_access_key, issued.session_token)
        return JobKeys(made, door_keys.issue(job, lifetime_s))

    return issue
