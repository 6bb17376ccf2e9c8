"""The pages of the portal and the console that tools/pictures.py shows, and how to get to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page
from trial_server import Server


@dataclass(frozen=True)
class PortalPage:
    """A page, and what to do to see it.

    `stage` is "before" there are jobs, "" when there are, and "organization" once an identity provider is in use.
    """

    name: str
    open: Callable[[Page, str], None]
    signed_in: bool = True
    stage: str = ""


def _at(path: str) -> Callable[[Page, str], None]:
    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/portal/{path}")

    return go


def _console(path: str, press: str = "") -> Callable[[Page, str], None]:
    """A page of the console, and the button that is pressed there."""

    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/console/{path}")
        if press:
            page.locator(press).first.click()
        page.wait_for_timeout(400)

    return go


def _new_task(page: Page, url: str) -> None:
    """The second step of a new labeling job."""
    page.goto(f"{url}/console/labeling-jobs/create?prefix=s3://samples/")
    page.locator(".form-end .button-primary").click()
    page.locator(".ProseMirror").first.wait_for()
    page.locator("#field-header").fill("Draw a box around each car")
    page.wait_for_timeout(2000)


def _console_problem(page: Page, url: str) -> None:
    page.goto(f"{url}/console/people/invite")
    page.locator("#field-email").fill("nobody")
    page.locator(".form-buttons .button-primary").click()
    page.locator(".problems").wait_for()


def _wrong_password(page: Page, url: str) -> None:
    page.goto(f"{url}/portal/sign-in")
    page.locator("#user_name").fill("nobody@example.com")
    page.locator("#password").fill("not the password")
    page.locator("form button[type=submit]").first.click()
    page.locator(".notice").wait_for()


def _mail_sent(page: Page, url: str) -> None:
    page.goto(f"{url}/portal/forgot")
    page.locator("#user_name").fill("nobody@example.com")
    page.locator("form button[type=submit]").first.click()
    page.locator(".notice").wait_for()


def _menu(page: Page, url: str) -> None:
    page.goto(f"{url}/portal/")
    page.locator("details.menu summary").click()


def _in_task(action: str) -> Callable[[Page, str], None]:
    """A task, and one of the buttons at its top pressed."""

    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/portal/jobs/crowd-bounding-box/work")
        page.wait_for_selector("iframe:not(.is-loading)")
        menu = page.locator(".task-menu")
        if menu.is_visible():
            menu.click()
        if action:
            page.locator(f"[data-action={action}]").click()
            page.wait_for_timeout(300)

    return go


def _focus(page: Page, url: str) -> None:
    """The focus ring, where a worker with a keyboard sees it first."""
    page.goto(f"{url}/portal/")
    for _ in range(3):
        page.keyboard.press("Tab")


def use_provider(server: Server) -> None:
    """Makes an identity provider the way in. Nobody answers at it; only our own pages are shown."""
    issuer = "https://id.example.com/realms/staff"
    server.aws("sagemaker").create_workforce(
        WorkforceName="crew",
        OidcConfig={
            "ClientId": "labels",
            "ClientSecret": "a secret",
            "Issuer": issuer,
            "AuthorizationEndpoint": f"{issuer}/auth",
            "TokenEndpoint": f"{issuer}/token",
            "UserInfoEndpoint": f"{issuer}/userinfo",
            "LogoutEndpoint": f"{issuer}/logout",
            "JwksUri": f"{issuer}/certs",
        },
    )


PAGES = (
    PortalPage("page-no-jobs", _at(""), stage="before"),
    PortalPage("page-sign-in", _at("sign-in"), signed_in=False),
    PortalPage("page-sign-in-wrong", _wrong_password, signed_in=False),
    PortalPage("page-forgot", _at("forgot"), signed_in=False),
    PortalPage("page-forgot-sent", _mail_sent, signed_in=False),
    PortalPage("page-reset-invalid", _at("reset?token=none"), signed_in=False),
    PortalPage("page-jobs", _at("")),
    PortalPage("page-menu", _menu),
    PortalPage("page-focus", _focus),
    PortalPage("page-password", _at("password")),
    PortalPage("page-notices", _at("notices")),
    PortalPage("page-not-found", _at("nowhere")),
    PortalPage("page-no-task", _at("assignments/none")),
    PortalPage("page-release", _in_task("release")),
    PortalPage("page-decline", _in_task("decline")),
    PortalPage("page-stop", _in_task("stop")),
    PortalPage("page-back", _in_task("back")),
    PortalPage("page-actions", _in_task("")),
    PortalPage("console-first-steps", _console(""), stage="before"),
    PortalPage("console-sign-in", _console("sign-in"), signed_in=False),
    PortalPage("console-overview", _console("")),
    PortalPage("console-labeling-jobs", _console("labeling-jobs")),
    PortalPage("console-labeling-jobs-none", _console("labeling-jobs?q=none")),
    PortalPage(
        "console-create-job-input", _console("labeling-jobs/create?prefix=s3://samples/", "[data-look]")
    ),
    PortalPage("console-create-job-task", _new_task),
    PortalPage("console-gallery", _console("labeling-jobs/crowd-bounding-box/objects")),
    PortalPage("console-object", _console("labeling-jobs/crowd-bounding-box/objects/0?answers=1")),
    PortalPage("console-labeling-job", _console("labeling-jobs/crowd-bounding-box")),
    PortalPage(
        "console-labeling-job-stop", _console("labeling-jobs/crowd-bounding-box", "[popovertarget=stop-job]")
    ),
    PortalPage("console-api-call", _console("labeling-jobs/crowd-bounding-box", "[popovertarget=api-call]")),
    PortalPage("console-buckets", _console("buckets")),
    PortalPage("console-bucket-create", _console("buckets/create")),
    PortalPage("console-workforce", _console("workforce")),
    PortalPage("console-workforce-invite", _console("workforce/invite")),
    PortalPage("console-workforce-teams", _console("workforce/teams")),
    PortalPage("console-workforce-settings", _console("workforce/settings")),
    PortalPage("console-people", _console("people")),
    PortalPage("console-invite", _console("people/invite")),
    PortalPage("console-invite-problem", _console_problem),
    PortalPage("console-settings", _console("settings")),
    PortalPage("page-organization", _at("sign-in"), signed_in=False, stage="organization"),
)
