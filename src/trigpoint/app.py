"""Composition root: the only module that knows every concrete class."""

from __future__ import annotations

import asyncio
import errno
import shlex
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from trigpoint import __version__
from trigpoint.access.door_keys import DoorKeys
from trigpoint.access.job_scopes import JobScopes
from trigpoint.access.keys import AccessKey, AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.access.session_keys import job_issuer
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.autolabel.loop import AutomatedLabeling
from trigpoint.autolabel.resources import Resources
from trigpoint.autolabel.review import AutomationReview
from trigpoint.autolabel.round_jobs import RoundJobs
from trigpoint.compute.bounded_calls import BoundedCalls
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.log_writer import LogWriter
from trigpoint.compute.logs import LogStreams
from trigpoint.compute.metrics import Metrics
from trigpoint.compute.usage import UsageSampler
from trigpoint.core.clock import Clock, SystemClock
from trigpoint.core.deadline import exit_within
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.core.log import configure
from trigpoint.datadir.address import open_authority, own_names, record_address
from trigpoint.datadir.belonging import check_start
from trigpoint.datadir.lock import locked
from trigpoint.datadir.opening import prepare
from trigpoint.datadir.working import check_objects, check_space
from trigpoint.db import Database
from trigpoint.db.check import DatabaseCheck
from trigpoint.door.client import PREFIX as DOOR
from trigpoint.door.desk import Desk
from trigpoint.functions.assembling import assembled
from trigpoint.functions.later import LaterCalls
from trigpoint.hosting.endpoints import Endpoints
from trigpoint.hosting.model_address import ask_model_at
from trigpoint.hosting.models import Models
from trigpoint.hosting.standing import HostingStanding
from trigpoint.hosting.transform.jobs import TransformJobs
from trigpoint.hosting.transform.model import KIND as TRANSFORM_JOB
from trigpoint.hosting.transform.scope import find_scope as find_transform_scope
from trigpoint.labeling.corrections import Corrections
from trigpoint.labeling.functions.calls import FunctionCalls
from trigpoint.labeling.functions.progress import FUNCTION_KIND
from trigpoint.labeling.gallery import Gallery
from trigpoint.labeling.human_task_uis import HumanTaskUis
from trigpoint.labeling.jobs import LabelingJobs
from trigpoint.labeling.label_archives import MEMORY_BYTES as ARCHIVE_MEMORY_BYTES
from trigpoint.labeling.label_archives import LabelArchives
from trigpoint.labeling.metrics import JobMetrics
from trigpoint.labeling.model import AUTOMATED_KIND
from trigpoint.labeling.notices import KIND as NOTICES
from trigpoint.labeling.notices import JobNotices
from trigpoint.labeling.progress import JobProgress
from trigpoint.labeling.proposal_work import MOST_REPLY_BYTES, REPLY_TYPE, REQUEST_TYPE
from trigpoint.labeling.proposals import MaskProposals, Predict
from trigpoint.labeling.reserving import Reserving
from trigpoint.labeling.standing import JobStanding
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.objects import ObjectStore
from trigpoint.objects.bucket_sizes import SizeCounter
from trigpoint.own_code.images import Images
from trigpoint.reconcile import Reconciler
from trigpoint.server.aws_app import AwsApp
from trigpoint.server.console.app import build_console, console_pages, live_topics
from trigpoint.server.console.data.pages import data_pages
from trigpoint.server.console.hosting.setup import HostingSetup
from trigpoint.server.console.labeling_downloads import LabelDownloadPages
from trigpoint.server.console.labeling_objects import LabelingObjectPages
from trigpoint.server.console.labeling_setup.assembling import LabelingSetup
from trigpoint.server.console.site import CONSOLE
from trigpoint.server.console.thumbnails import MADE_TOGETHER, Thumbnails
from trigpoint.server.console.training.setup import TrainingSetup
from trigpoint.server.console.workforce.setup import WorkforceSetup
from trigpoint.server.door import build_door
from trigpoint.server.front import FrontConnection, ServerContexts
from trigpoint.server.front.admission import Admission
from trigpoint.server.front.http_connection import HttpConnection
from trigpoint.server.front.listener import BACKLOG, Listener, connections_for, raise_descriptor_limit
from trigpoint.server.front.proxies import TrustedProxies, behind_proxies
from trigpoint.server.health import Readiness
from trigpoint.server.portal.app import PORTAL, build_portal
from trigpoint.server.portal.frame_host import FrameHost
from trigpoint.server.portal.frame_pages import FramePages
from trigpoint.server.portal.frame_tokens import FrameTokens
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.router import build_app, split_by_host
from trigpoint.server.unfinished import Unfinished
from trigpoint.server.web.addresses import AddressCheck
from trigpoint.server.web.app import WebApp
from trigpoint.server.web.provider_pages import COOKIE_PATH, returns_from_provider
from trigpoint.server.web.static import STATIC
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.iam import IamOperations
from trigpoint.services.lambda_.functions import FunctionOperations
from trigpoint.services.lambda_.invocation import InvocationOperations
from trigpoint.services.lambda_.permissions import PermissionOperations
from trigpoint.services.logs import LogsOperations
from trigpoint.services.metrics import MetricsOperations
from trigpoint.services.presign import UrlSigners, presign_get
from trigpoint.services.runtime import RuntimeOperations
from trigpoint.services.s3 import S3
from trigpoint.services.sagemaker.endpoints import EndpointOperations
from trigpoint.services.sagemaker.human_task_uis import HumanTaskUiOperations
from trigpoint.services.sagemaker.labeling_jobs import LabelingJobOperations
from trigpoint.services.sagemaker.models import ModelOperations
from trigpoint.services.sagemaker.tags import TagOperations
from trigpoint.services.sagemaker.training_jobs import TrainingJobOperations
from trigpoint.services.sagemaker.transform_jobs import TransformJobOperations
from trigpoint.services.sagemaker.workforces import WorkforceOperations
from trigpoint.services.sagemaker.workteams import WorkteamOperations
from trigpoint.services.sts import StsOperations
from trigpoint.settings import Settings
from trigpoint.training.jobs import TrainingJobs
from trigpoint.training.labeled_data import LabeledData
from trigpoint.training.model import KIND as TRAINING_JOB
from trigpoint.training.scope import find_scope as find_training_scope
from trigpoint.training.standing import TrainingStanding
from trigpoint.wire.sigv4 import Credential
from trigpoint.workforce.addresses import AllowedAddresses
from trigpoint.workforce.choices import Choices
from trigpoint.workforce.console_people import ConsolePeople
from trigpoint.workforce.form_drafts import FormDrafts
from trigpoint.workforce.mail.delivery import MailDelivery
from trigpoint.workforce.mail.outbox import KIND as MAIL
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.oidc.sign_in import OidcSignIn
from trigpoint.workforce.password_resets import PasswordResets
from trigpoint.workforce.people import Role
from trigpoint.workforce.sessions import Sessions
from trigpoint.workforce.sign_in import SignIn
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers
from trigpoint.workforce.workforces import Workforces

STOP_GRACE_S = 20.0
REQUESTS_GRACE_S = 5
"""Requests that have not ended this long after a signal are broken off."""
SHUTDOWN_LIMIT_S = 60.0
"""Every step of a shutdown has a limit of its own, and all of them together take less."""

FUNCTION_THREADS = 32
"""Most of them wait: for a function, or for their turn to call one."""

TEMPLATE_MEMORY_BYTES = 512 * 2**20
"""For one process that renders templates."""


class Application:
    """One server: everything that runs in its process, on an open, migrated database."""

    def __init__(self, settings: Settings, database: Database, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self.settings = settings
        self.clock = clock
        self.database = database
        box = SecretBox(settings.key_file)
        keys = AccessKeys(database, box, clock)
        job_scopes = JobScopes(
            {
                TRAINING_JOB: partial(find_training_scope, database),
                TRANSFORM_JOB: partial(find_transform_scope, database),
            }
        )
        temporary_keys = TemporaryKeys(box, keys.is_in_force, clock, job_scopes)
        door_keys = DoorKeys(box, clock)
        issue_job_keys = job_issuer(keys, temporary_keys, door_keys, settings.account_id)
        self.objects = objects = ObjectStore(database, settings.objects_dir, clock, settings.region, box)
        sizes = SizeCounter(database, clock)
        log_streams = LogStreams(database)
        write_log = LogWriter(database, log_streams, settings.jobs_dir / "logs", clock).write
        self.metrics = metrics = Metrics(database, clock)
        processes = settings.jobs_dir / "processes"
        self.runner = LocalRunner(processes)
        self.usage = UsageSampler(processes, metrics.record_metric, clock)
        self.reconciler = Reconciler(database, clock)
        # Calls of functions may take minutes, so they have a loop and threads of their own.
        self.function_loop = Reconciler(database, clock, threads=FUNCTION_THREADS)
        self.functions, self.invoker = assembled(
            database, settings, box, clock, settings.local_url, temporary_keys
        )
        function_calls = FunctionCalls(self.functions, self.invoker)
        later_calls = LaterCalls(database, self.functions, self.invoker, self.function_loop, clock)
        self.function_loop.register("function-call", later_calls.reconcile)

        workforces = Workforces(database, settings, clock, box)
        teams = Teams(database, settings, clock)
        # Requesters who try templates do not delay workers, whose tasks are rendered in processes of their own.
        round_calls = BoundedCalls()
        trial_calls, task_calls = (BoundedCalls(count, TEMPLATE_MEMORY_BYTES) for count in (1, 2))
        proposal_calls, thumbnail_calls = BoundedCalls(1), BoundedCalls(MADE_TOGETHER)
        archive_calls = BoundedCalls(1, ARCHIVE_MEMORY_BYTES)
        self._calls = (round_calls, trial_calls, task_calls, proposal_calls, thumbnail_calls, archive_calls)
        templates, task_templates = TaskTemplates(trial_calls), TaskTemplates(task_calls)
        images = Images(database, clock)
        labeling_jobs = LabelingJobs(
            database,
            objects,
            teams,
            templates,
            self.reconciler,
            settings,
            clock,
            function_calls.exists,
            images.runs_alone,
        )
        tasks = Tasks(database, settings, clock, self.reconciler, metrics, write_log)
        self.labeling_progress = labeling_progress = JobProgress(
            database,
            objects,
            tasks,
            templates,
            settings,
            clock,
            round_calls,
            metrics,
            function_calls,
            self.reconciler,
            self.function_loop,
            write_log,
        )
        training_jobs = TrainingJobs(
            database,
            objects,
            self.runner,
            self.reconciler,
            log_streams,
            settings,
            clock,
            issue_keys=issue_job_keys,
            published=metrics,
        )
        models = Models(database, clock, settings, images.program)
        self.endpoints = endpoints = Endpoints(
            database,
            objects,
            self.runner,
            self.reconciler,
            log_streams,
            settings,
            clock,
            record_metric=metrics.record_metric,
        )
        transform_jobs = TransformJobs(
            database,
            objects,
            self.runner,
            self.reconciler,
            log_streams,
            settings,
            clock,
            issue_keys=issue_job_keys,
        )
        self.reconciler.register("labeling-job", labeling_progress.reconcile)
        if labeling_progress.function_steps is not None:
            self.function_loop.register(FUNCTION_KIND, labeling_progress.function_steps.reconcile)
        self.reconciler.register("training-job", training_jobs.reconcile)
        self.automated = AutomatedLabeling(
            Resources(
                database,
                objects,
                labeling_progress,
                RoundJobs(training_jobs, models, transform_jobs, settings, images.program),
                JobMetrics(metrics),
                self.reconciler,
                settings,
                clock,
            )
        )
        self.reconciler.register(AUTOMATED_KIND, self.automated.reconcile)
        self.reconciler.register("endpoint", endpoints.reconcile)
        self.reconciler.register("transform-job", transform_jobs.reconcile)

        signers = _url_signers(keys, settings, clock)
        self.operations = table = OperationTable(
            {
                "sagemaker": [
                    LabelingJobOperations(labeling_jobs),
                    HumanTaskUiOperations(signers, HumanTaskUis(database, settings, clock), templates),
                    TagOperations(database),
                    WorkforceOperations(workforces),
                    WorkteamOperations(teams),
                    TrainingJobOperations(training_jobs, images.program),
                    ModelOperations(models),
                    EndpointOperations(endpoints),
                    TransformJobOperations(transform_jobs, models),
                ],
                "sagemaker-runtime": [RuntimeOperations(endpoints)],
                "logs": [LogsOperations(log_streams)],
                "monitoring": [MetricsOperations(metrics)],
                "sts": [StsOperations(temporary_keys)],
                "iam": [IamOperations()],
                "lambda": [
                    FunctionOperations(self.functions, objects),
                    InvocationOperations(self.functions, self.invoker, later_calls),
                    PermissionOperations(self.functions),
                ],
            }
        )
        self.s3 = S3(objects, settings)
        find = partial(_find_credential, keys)
        aws = AwsApp(table, self.s3, find, settings, clock, temporary_keys.open, objects.is_near)
        self.outbox = Outbox(database, self.reconciler, box, clock, enabled=bool(settings.smtp_url))
        self.reconciler.register(MAIL, MailDelivery(database, settings, box, clock).reconcile)
        notices = JobNotices(database, teams, self.outbox, settings, clock)
        self.reconciler.register(NOTICES, notices.reconcile)
        self.workers = workers = Workers(database, settings, clock, outbox=self.outbox)
        sign_in, sessions = SignIn(database, clock), Sessions(database, clock)
        oidc = OidcSignIn(database, workforces, box, clock, settings.console_groups)
        # Decision: the workforce's addresses are for workers. The console can be used from wherever the API can.
        sites = ((PORTAL, AllowedAddresses(database).allow), (CONSOLE, lambda address: True))
        web, console_web = (
            WebApp(
                site,
                sign_in,
                sessions,
                workers,
                may_come,
                settings,
                clock,
                resets=PasswordResets(database, settings, clock, self.outbox, page=f"{site.prefix}/reset"),
                oidc=oidc,
            )
            for site, may_come in sites
        )
        image_urls = ImageUrls(signers, settings)
        reserving = Reserving(database, teams, clock)
        corrections, choices = Corrections(database, teams, clock), Choices(database, clock)
        frames = None
        if settings.frame_url:
            pages = FramePages(
                web.templates, tasks, reserving, corrections, teams, task_templates, image_urls
            )
            frames = FrameHost(settings.frame_url, FrameTokens(box, clock), pages, workers.get)
        portal = build_portal(
            web,
            teams,
            tasks,
            reserving,
            corrections,
            choices,
            task_templates,
            image_urls,
            clock,
            MaskProposals(tasks, objects, proposal_calls, _segmentation_model(endpoints, settings)),
            frames,
        )
        self.readiness = Readiness(
            {
                "database": DatabaseCheck(database),
                "disk": partial(check_space, settings),
                "objects": partial(check_objects, settings),
            }
        )
        self.people = ConsolePeople(database, settings, clock, self.outbox)
        self.standing = standing = JobStanding(database)
        self.training_standing = TrainingStanding(database)
        self.labeled_data = LabeledData(objects)
        training_setup = TrainingSetup(self.training_standing, self.labeled_data, objects, settings)
        self.gallery = Gallery(database)
        thumbnails = Thumbnails(objects, thumbnail_calls, settings.thumbnails_dir)
        setup = LabelingSetup(
            FormDrafts(database, clock), objects, workers, templates, image_urls, thumbnails
        )
        pages_of_objects = LabelingObjectPages(self.gallery, workers, objects, thumbnails, signers, clock)
        archives = LabelArchives(objects, archive_calls, settings.downloads_dir)
        accounts = WorkerAccounts(database, workers, teams, tasks)
        workforce_setup = WorkforceSetup(accounts, workers, teams, self.outbox)
        self.hosting_standing = HostingStanding(database)
        hosting_setup = HostingSetup(self.hosting_standing, self.labeled_data)
        automation = AutomationReview(database, objects)
        modules = console_pages(
            standing,
            self.people,
            keys,
            self.readiness,
            setup,
            pages_of_objects,
            LabelDownloadPages(self.gallery, archives),
            training_setup,
            data_pages(objects, thumbnails, sizes, clock),
            sizes,
            workforce_setup,
            hosting_setup,
            automation,
            clock,
        )
        self.console_live = live_topics(standing, automation, self.training_standing, hosting_setup, archives)
        self.console = console = build_console(
            console_web, table, modules, self.console_live, settings, clock
        )
        returns = returns_from_provider({PORTAL.name: portal, CONSOLE.name: console})
        apps: dict[str, ASGIApp] = {
            PORTAL.prefix: portal,
            CONSOLE.prefix: console,
            COOKIE_PATH: returns,
            DOOR: build_door(Desk(objects, door_keys, job_scopes)),
        }
        self.asgi = build_app(aws, apps, STATIC, self.readiness)
        if frames is not None:
            addresses = AddressCheck(frames, PORTAL, AllowedAddresses(database).allow)
            self.asgi = split_by_host(self.asgi, settings.frame_host, addresses)

    def start(self) -> None:
        """Removes what a crash left half written, then starts to advance jobs."""
        self.objects.remove_leftovers()
        self.metrics.start()
        self.usage.start()
        self.invoker.start()
        self.functions.remove_leftovers()
        if self.outbox.enabled:
            self.outbox.wake()
        self.reconciler.start()
        self.function_loop.start()
        self.endpoints.exits.start()

    def stop(self, *, with_children: bool = True) -> None:
        """Stops advancing jobs, then stops all child processes unless other servers continue with them.

        Every step has a limit, so that this returns within a minute.
        """
        self.endpoints.exits.stop()
        self.invoker.stop()
        for calls in self._calls:  # before the reconciler, because handlers wait for calls
            calls.stop()
        self.reconciler.stop()
        self.function_loop.stop()
        if with_children:
            self.runner.stop_all(STOP_GRACE_S)
        self.usage.stop()
        self.metrics.stop()
        self.database.close()


def run_server(settings: Settings, *, verbose: bool = False) -> None:
    """Serves until SIGINT or SIGTERM.

    Opens the port and checks the directory before it writes anything, so that a failed start changes nothing.
    Raises: Invalid, Conflict: the port or the directory cannot be used.
    """
    configure(verbose=verbose)
    with _listen(settings) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        check_start(settings)
        with locked(settings.data_dir, shared=settings.is_postgres) as hold:
            database = prepare(settings, SystemClock())
            record_address(settings)
            application = Application(settings, database)
            _announce(settings, application.people.first_link())
            application.start()
            proxies = TrustedProxies(settings.trusted_proxies)
            options = _uvicorn_options(verbose) | {"http": _front(settings, proxies)}
            try:
                app = Unfinished(behind_proxies(application.asgi, proxies))
                _Server(uvicorn.Config(app, **options), app).run(sockets=[listener])
            finally:
                application.stop(with_children=hold.is_last())


class _Server(uvicorn.Server):
    """Uvicorn that returns after a signal instead of raising it again, so that child processes are stopped.

    Args:   unfinished: answers the requests that have not ended in time, which uvicorn would only cancel.
    """

    def __init__(self, config: uvicorn.Config, unfinished: Unfinished) -> None:
        super().__init__(config)
        self._unfinished = unfinished

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._unfinished.end_streams()
        breaking_off = asyncio.create_task(self._break_off(REQUESTS_GRACE_S))
        await super().shutdown(sockets)
        breaking_off.cancel()
        await self._break_off(0)  # a second signal ends the wait early

    async def _break_off(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._unfinished.break_off()
        for connection in cast(set[FrontConnection | HttpConnection], self.server_state.connections.copy()):
            connection.abort()  # its client reads too slowly, or not at all

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            exit_within(SHUTDOWN_LIMIT_S)
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _uvicorn_options(verbose: bool) -> dict[str, Any]:
    return {
        "loop": "asyncio",  # the front relies on how it accepts connections and begins TLS
        "backlog": BACKLOG,
        "proxy_headers": False,  # see server.front.proxies
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "access_log": verbose,
        "server_header": False,
        "timeout_graceful_shutdown": 2 * REQUESTS_GRACE_S,  # the last resort after `Unfinished`
        "timeout_keep_alive": 75,
    }


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is named; without it each response takes 40 ms longer.
    listener = Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE:
            raise Conflict(
                f"port {settings.port} on {settings.host} is in use, by a server that already runs or by another program; "
                "stop it, or choose another port with --port"
            ) from None
        raise Invalid(f"cannot listen on {settings.host} port {settings.port}: {problem.strerror}") from None
    return listener


def _front(settings: Settings, proxies: TrustedProxies) -> partial[FrontConnection]:
    """Makes the protocol of a new connection for uvicorn. The CA is opened for the first client that uses TLS."""
    clock = SystemClock()
    authority = partial(open_authority, settings, clock)
    contexts = ServerContexts(authority, own_names(settings), clock)
    connections = connections_for(raise_descriptor_limit(), settings.max_connections)
    admission = Admission(connections, settings.max_connections_per_address, proxies.__contains__)
    return partial(FrontConnection, contexts=contexts, admission=admission)


def _announce(settings: Settings, first_link: str | None) -> None:
    lines = [
        f"Trigpoint {__version__} is ready at {settings.base_url}",
        f"  console         {settings.base_url}/console/",
        f"  worker portal   {settings.base_url}/portal/",
    ]
    if first_link is not None:
        lines.append(f"  first sign-in   {first_link}")
        lines.append("                  Choose the password of `admin` there. The link works once.")
    lines.append(f"  data directory  {settings.data_dir}")
    lines.append(f'  AWS clients     eval "$(trigpoint env --data {shlex.quote(str(settings.data_dir))})"')
    print("\n".join(lines), flush=True)


def _find_credential(keys: AccessKeys, access_key_id: str) -> Credential | None:
    key = keys.find(access_key_id)
    return None if key is None else _credential(key)


def _credential(key: AccessKey) -> Credential:
    read_only = key.read_only or key.role == Role.VIEWER
    return Credential(key.access_key_id, key.secret_access_key, key.identity, read_only, role=key.role)


def _segmentation_model(endpoints: Endpoints, settings: Settings) -> Predict | None:
    """The operator's model for masks; None if there is none."""
    name = settings.segmentation_endpoint
    if not name:
        return None
    if "://" in name:
        return partial(
            ask_model_at,
            name,
            content_type=REQUEST_TYPE,
            accept=REPLY_TYPE,
            most_bytes=MOST_REPLY_BYTES,
        )
    return lambda body: endpoints.invoke(name, body, REQUEST_TYPE, REPLY_TYPE).body


def _url_signers(keys: AccessKeys, settings: Settings, clock: Clock) -> UrlSigners:
    """Signs URLs of images for browsers, with the root key."""

    def signer(*, base_url: str, expires_s: int, source_ip: str | None = None) -> Callable[[str], str]:
        credential = _credential(keys.root())
        now = clock.now()
        return partial(presign_get, settings.region, credential, expires_s, base_url, now, source_ip)

    return signer
