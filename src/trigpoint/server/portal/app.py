"""Composition of the portal: its site, its routes and their guards."""

from __future__ import annotations

from functools import partial

from trigpoint.core.clock import Clock
from trigpoint.labeling.corrections import Corrections
from trigpoint.labeling.proposals import MaskProposals
from trigpoint.labeling.reserving import Reserving
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.language import translatable
from trigpoint.server.portal.api import Api
from trigpoint.server.portal.assignments import AssignmentViews
from trigpoint.server.portal.frame_host import FrameHost
from trigpoint.server.portal.frame_pages import FramePages
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.portal.pages import Pages
from trigpoint.server.portal.proposal_calls import ProposalCalls
from trigpoint.server.web.app import PrefixedApp, WebApp
from trigpoint.server.web.site import Site
from trigpoint.workforce.choices import Choices
from trigpoint.workforce.people import Role
from trigpoint.workforce.teams import Teams

PORTAL = Site(
    prefix="/portal",
    templates="trigpoint.server.portal",
    stylesheet="portal.css",
    script="portal.js",
    sign_in_title=translatable("Sign in to label"),
    home_title=translatable("Back to my jobs"),
    headlines={"Conflict": translatable("This task is no longer open")},
)
# People of the console can label too, once somebody adds them to a team.
LABELERS = tuple(Role)


def build_portal(
    web: WebApp,
    teams: Teams,
    tasks: Tasks,
    reserving: Reserving,
    corrections: Corrections,
    choices: Choices,
    task_templates: TaskTemplates,
    image_urls: ImageUrls,
    clock: Clock,
    proposals: MaskProposals,
    frames: FrameHost | None = None,
) -> PrefixedApp:
    """The portal. `web` must have been made for the site PORTAL. With `frames` it serves no frames itself."""
    views = AssignmentViews(image_urls, clock, frames, proposes=proposals.are_made)
    frame_pages = FramePages(web.templates, tasks, reserving, corrections, teams, task_templates, image_urls)
    pages = Pages(web.templates, teams, tasks, choices, views, frame_pages)
    api = Api(tasks, reserving, corrections, choices, views)
    proposal_calls = ProposalCalls(proposals)
    labelers = partial(web.guards.roles, LABELERS)
    own_frames = [labelers("GET", "/assignments/{assignment}/frame", pages.frame)] if frames is None else []
    return web.build(
        [
            *own_frames,
            labelers("GET", "/", pages.jobs),
            labelers("GET", "/jobs/{job}/work", pages.work),
            labelers("GET", "/assignments/{assignment}", pages.assignment),
            labelers("GET", "/api/jobs", api.jobs),
            labelers("POST", "/api/jobs/{job}/next", api.next),
            labelers("GET", "/api/jobs/{job}/progress", api.progress),
            labelers("GET", "/api/assignments/{assignment}", api.get),
            labelers("POST", "/api/assignments/{assignment}/submit", api.submit),
            labelers("POST", "/api/assignments/{assignment}/reserve", api.reserve),
            labelers("POST", "/api/jobs/{job}/choices", api.choose),
            labelers("GET", "/api/assignments/{assignment}/answer", api.look),
            labelers("POST", "/api/assignments/{assignment}/correct", api.correct),
            labelers("POST", "/api/assignments/{assignment}/decline", api.decline),
            labelers("POST", "/api/assignments/{assignment}/release", api.release),
            labelers("POST", "/api/assignments/{assignment}/stop", api.stop),
            labelers("POST", "/api/assignments/{assignment}/save", api.save),
            labelers("POST", "/api/assignments/{assignment}/resume", api.resume),
            labelers("POST", "/api/assignments/{assignment}/propose", proposal_calls.propose),
        ]
    )
