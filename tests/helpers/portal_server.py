"""The portal on a real port, with the object store's pictures, for tests with a browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from helpers.portal import Portal, make_portal
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.labeling.proposals import Predict
from trigpoint.server.aws_app import AwsApp
from trigpoint.server.health import Readiness
from trigpoint.server.router import build_app, split_by_host
from trigpoint.server.web.static import STATIC
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.presign import presign_get
from trigpoint.services.s3 import S3
from trigpoint.settings import Settings
from trigpoint.wire.sigv4 import Credential

KEY = Credential("AKIAPORTALTESTS00000", "a secret of the tests alone", "arn:aws:iam::111122223333:root")


@dataclass(frozen=True)
class PortalServer:
    """A running portal and the objects that it uses."""

    portal: Portal
    url: str

    def entry_url(self, target: str = "/portal/") -> str:
        """A URL that signs Bob in, once, and leads to a page."""
        token = self.portal.cast.people.sessions.entry_token(self.portal.cast.bob, 60)
        return f"{self.url}/portal/enter?token={token}&next={target}"


@contextmanager
def serve_portal(
    database: Database, settings: Settings, *, own_frame_host: bool = False, predict: Predict | None = None
) -> Iterator[PortalServer]:
    """Runs the portal in a thread of this process, on a free port of 127.0.0.1.

    `predict` is the operator's model for masks. With `own_frame_host` the frames of tasks are on the same port of localhost, which is another origin.
    """
    # asyncio turns Nagle's algorithm off only if the protocol is named; it would add 40 ms to each response
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if own_frame_host:
            settings = replace(settings, frame_url=f"http://localhost:{port}")
        portal, app = _application(database, settings, predict)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield PortalServer(portal, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(20)


def _application(database: Database, settings: Settings, predict: Predict | None) -> tuple[Portal, ASGIApp]:
    clock = SystemClock()

    def signers(*, base_url: str, expires_s: int, source_ip: str | None = None) -> Callable[[str], str]:
        return partial(presign_get, settings.region, KEY, expires_s, base_url, clock.now(), source_ip)

    portal = make_portal(database, settings, clock, signers, predict)
    aws = AwsApp(
        OperationTable({}), S3(portal.objects, settings), {KEY.access_key_id: KEY}.get, settings, clock
    )
    app = build_app(aws, {"/portal": portal.app}, STATIC, Readiness({}))
    if portal.frames is not None:
        app = split_by_host(app, settings.frame_host, portal.frames)
    return portal, app
