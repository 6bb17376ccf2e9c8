"""Composition of the console. A new page is one module with its templates, and one entry in `console_pages`."""

from __future__ import annotations

from collections.abc import Sequence

from trigpoint.access.keys import AccessKeys
from trigpoint.autolabel.review import AutomationReview
from trigpoint.core.clock import Clock
from trigpoint.labeling.label_archives import LabelArchives
from trigpoint.labeling.standing import JobStanding
from trigpoint.objects.bucket_sizes import SizeCounter
from trigpoint.server.console.hosting.setup import HostingSetup
from trigpoint.server.console.labeling_downloads import LabelDownloadPages
from trigpoint.server.console.labeling_jobs import LabelingJobPages
from trigpoint.server.console.labeling_objects import LabelingObjectPages
from trigpoint.server.console.labeling_setup.assembling import LabelingSetup
from trigpoint.server.console.live import Live
from trigpoint.server.console.operations import Operations
from trigpoint.server.console.overview import Health, OverviewPages
from trigpoint.server.console.own_settings import SettingsPages
from trigpoint.server.console.page import Console, PageModule
from trigpoint.server.console.people import PeoplePages
from trigpoint.server.console.training.setup import TrainingSetup
from trigpoint.server.console.words import status_kind, status_word, task_type_word, type_word
from trigpoint.server.console.workforce.setup import WorkforceSetup
from trigpoint.server.web.app import PrefixedApp, WebApp
from trigpoint.services.dispatch import OperationTable
from trigpoint.settings import Settings
from trigpoint.training.standing import TrainingStanding
from trigpoint.workforce.console_people import ConsolePeople
from trigpoint.workforce.people import CONSOLE_ROLES


def console_pages(
    standing: JobStanding,
    people: ConsolePeople,
    keys: AccessKeys,
    health: Health,
    labeling_setup: LabelingSetup,
    objects: LabelingObjectPages,
    downloads: LabelDownloadPages,
    training_setup: TrainingSetup,
    data: Sequence[PageModule],
    sizes: SizeCounter,
    workforce_setup: WorkforceSetup,
    hosting_setup: HostingSetup,
    automation: AutomationReview,
    clock: Clock,
) -> Sequence[PageModule]:
    """The pages, in the order of the navigation."""
    return [
        OverviewPages(standing, health, sizes, clock),
        labeling_setup.pages(clock),
        LabelingJobPages(standing, clock, objects.figures, automation),
        objects,
        downloads,
        *training_setup.pages(clock),
        *data,
        *workforce_setup.pages(clock),
        *hosting_setup.pages(clock),
        PeoplePages(people),
        SettingsPages(keys),
    ]


def live_topics(
    standing: JobStanding,
    automation: AutomationReview,
    training: TrainingStanding,
    hosting: HostingSetup,
    archives: LabelArchives,
) -> Live:
    """What pages can follow, and what reads its version."""
    lists = {
        "labeling-jobs": standing.version_of_all,
        "training-jobs": training.version_of_all,
        **hosting.lists(),
    }
    return Live(
        {
            **lists,
            "overview": lambda name: "|".join(version(name) for version in lists.values()),
            "labeling-job": lambda name: f"{standing.version(name)} {automation.version(name)}",
            "labeling-downloads": archives.version,
            "training-job": training.version,
            **hosting.details(),
        }
    )


def build_console(
    web: WebApp,
    table: OperationTable,
    pages: Sequence[PageModule],
    live: Live,
    settings: Settings,
    clock: Clock,
) -> PrefixedApp:
    """The console. `web` must have been made for the site CONSOLE."""
    web.templates.add_filters(
        status_word=status_word, status_kind=status_kind, task_type_word=task_type_word, type_word=type_word
    )
    console = Console(web.templates, web.guards, Operations(table, settings, clock), live, settings)
    console.sections += [module.section for module in pages if module.section is not None]
    routes = [route for module in pages for route in module.routes(console)]
    return web.build([*routes, web.guards.roles(CONSOLE_ROLES, "GET", "/live", live.stream)])
