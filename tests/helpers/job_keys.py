"""The credentials of jobs in a world that a test builds from parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from helpers.live_server import serving
from trigpoint.access.door_keys import DoorKeys
from trigpoint.access.job_scopes import JobScopes
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.access.session_keys import IssueJobKeys, job_issuer
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.door.client import PREFIX
from trigpoint.door.desk import Desk
from trigpoint.hosting.transform.model import KIND as TRANSFORM_JOB
from trigpoint.hosting.transform.scope import find_scope as find_transform_scope
from trigpoint.objects import ObjectStore
from trigpoint.server.aws_app import AwsApp
from trigpoint.server.door import build_door
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.s3 import S3
from trigpoint.settings import Settings
from trigpoint.training.model import KIND as TRAINING_JOB
from trigpoint.training.scope import find_scope as find_training_scope
from trigpoint.wire.sigv4 import Credential


def box_of(settings: Settings) -> SecretBox:
    """The box of the installation's key file, which is created if there is none."""
    settings.key_file.parent.mkdir(parents=True, exist_ok=True)
    return SecretBox.create(settings.key_file)


def _made(database: Database, settings: Settings) -> tuple[AccessKeys, TemporaryKeys, DoorKeys, JobScopes]:
    """The keys of the installation, with a root key, and the temporary ones of its jobs."""
    box = box_of(settings)
    keys = AccessKeys(database, box, SystemClock())
    if not keys.list():
        keys.create("root")
    scopes = JobScopes(
        {
            TRAINING_JOB: partial(find_training_scope, database),
            TRANSFORM_JOB: partial(find_transform_scope, database),
        }
    )
    temporary = TemporaryKeys(box, keys.is_in_force, SystemClock(), scopes)
    return keys, temporary, DoorKeys(box, SystemClock()), scopes


def job_keys(database: Database, settings: Settings) -> IssueJobKeys:
    """Issues the credentials of jobs."""
    keys, temporary, door_keys, _ = _made(database, settings)
    return job_issuer(keys, temporary, door_keys, settings.account_id)


@contextmanager
def door_of(database: Database, objects: ObjectStore, settings: Settings) -> Iterator[Settings]:
    """A server in a thread with the door and S3, and no other part; yields the settings with its port."""
    _, temporary, door_keys, scopes = _made(database, settings)

    def find(access_key_id: str) -> Credential | None:
        return None

    aws = AwsApp(OperationTable({}), S3(objects, settings), find, settings, SystemClock(), temporary.open)
    door = build_door(Desk(objects, door_keys, scopes))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (door if scope["path"].startswith(f"{PREFIX}/") else aws)(scope, receive, send)

    with serving(app) as url:
        yield replace(settings, port=urlsplit(url).port or 0)
