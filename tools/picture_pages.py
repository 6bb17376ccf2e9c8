"""The pages of the portal that tools/pictures.py shows, and how to get to each."""

from __future__ import annotations

from picture_page import Open, PicturePage
from playwright.sync_api import Page
from trial_server import Server


def _at(path: str) -> Open:
    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/portal/{path}")

    return go


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


def _in_task(action: str) -> Open:
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
    PicturePage("page-no-jobs", _at(""), stage="before"),
    PicturePage("page-sign-in", _at("sign-in"), signed_in=False),
    PicturePage("page-sign-in-wrong", _wrong_password, signed_in=False),
    PicturePage("page-forgot", _at("forgot"), signed_in=False),
    PicturePage("page-forgot-sent", _mail_sent, signed_in=False),
    PicturePage("page-reset-invalid", _at("reset?token=none"), signed_in=False),
    PicturePage("page-jobs", _at("")),
    PicturePage("page-menu", _menu),
    PicturePage("page-focus", _focus),
    PicturePage("page-password", _at("password")),
    PicturePage("page-notices", _at("notices")),
    PicturePage("page-not-found", _at("nowhere")),
    PicturePage("page-no-task", _at("assignments/none")),
    PicturePage("page-release", _in_task("release")),
    PicturePage("page-decline", _in_task("decline")),
    PicturePage("page-stop", _in_task("stop")),
    PicturePage("page-back", _in_task("back")),
    PicturePage("page-actions", _in_task("")),
    PicturePage("page-organization", _at("sign-in"), signed_in=False, stage="organization"),
)
