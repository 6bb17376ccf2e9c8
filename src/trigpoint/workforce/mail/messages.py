"""The texts of mails, and of invitations that are handed over in another way, in the language in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trigpoint.language import gettext
from trigpoint.settings import Settings

MAX_SUBJECT_CHARACTERS = 150


def invitation_subject(settings: Settings, team: str) -> str:
    if settings.organization:
        subject = gettext(
            "You are invited to label for %(organization)s (%(team)s)",
            organization=settings.organization,
            team=team,
        )
    else:
        subject = gettext("You are invited to label for a Trigpoint team (%(team)s)", team=team)
    return one_line(subject)


def invitation_text(
    settings: Settings, team: str, user_name: str, temporary_password: str | None, valid_days: int
) -> str:
    """What an invited person needs to know. Without a password, they have chosen one before."""
    portal = (gettext("Portal"), f"{settings.base_url}/portal/")
    name = (gettext("User name"), user_name)
    if temporary_password is None:
        password = (gettext("Password"), gettext("the one that you have chosen"))
        after = gettext("You were in another team before. Your user name and password stay the same.")
    else:
        password = (gettext("Temporary password"), temporary_password)
        after = gettext(
            "You choose your own password when you sign in for the first time. "
            "The temporary password is valid for %(days)d days.",
            days=valid_days,
        )
    if settings.organization:
        invites = gettext(
            "%(organization)s invites you to the work team %(team)s.",
            organization=one_line(settings.organization),
            team=team,
        )
    else:
        invites = gettext(
            "The operator of this labeling portal invites you to the work team %(team)s.", team=team
        )
    return "\n".join([invites, "", *_facts([portal, name, password]), "", after, *_contact(settings)])


def console_subject(settings: Settings, *, invites: bool) -> str:
    if not invites:
        return gettext("Choose a new password for the console")
    if settings.organization:
        return one_line(
            gettext("You are invited to the console of %(organization)s", organization=settings.organization)
        )
    return gettext("You are invited to a Trigpoint console")


def console_text(
    settings: Settings, user_name: str, link: str | None, valid_days: int, *, invites: bool
) -> str:
    """The mail to somebody who was given a role in the console, or a new password. Without a link they have one."""
    console = f"{settings.base_url}/console/"
    begin = (
        gettext("You can now set up and watch labeling and training in the console:")
        if invites
        else gettext("An administrator lets you choose a new password for the console:")
    )
    facts = [(gettext("Console"), console), (gettext("User name"), user_name)]
    if link is None:
        after = [gettext("Sign in as you do at the labeling portal.")]
    else:
        after = [
            gettext("Choose your password here:"),
            link,
            "",
            gettext("The link works once, within %(days)d days.", days=valid_days),
        ]
    return "\n".join([begin, "", *_facts(facts), "", *after, *_contact(settings)])


def reset_subject() -> str:
    return gettext("Choose a new password for the labeling portal")


def reset_link_text(settings: Settings, page: str, user_name: str, token: str, valid_minutes: int) -> str:
    """The answer to somebody who has forgotten their password. `page` is the path of the page that takes the token."""
    return "\n".join(
        [
            gettext(
                "Somebody asked for a new password for %(name)s. If it was you, open this page and choose one:",
                name=user_name,
            ),
            "",
            f"{settings.base_url}{page}?token={token}",
            "",
            gettext(
                "The link works once, within %(minutes)d minutes. If it was not you, you need not do anything: "
                "your password has not changed.",
                minutes=valid_minutes,
            ),
            *_contact(settings),
        ]
    )


def new_password_text(settings: Settings, user_name: str, temporary_password: str, valid_days: int) -> str:
    """The mail after the operator has reset a password."""
    facts = [
        (gettext("Portal"), f"{settings.base_url}/portal/"),
        (gettext("User name"), user_name),
        (gettext("Temporary password"), temporary_password),
    ]
    return "\n".join(
        [
            gettext("Your password was reset. Sign in with this temporary password and choose your own:"),
            "",
            *_facts(facts),
            "",
            gettext("The temporary password is valid for %(days)d days.", days=valid_days),
            *_contact(settings),
        ]
    )


def new_job_subject(title: str) -> str:
    return one_line(gettext("New labeling job: %(title)s", title=title))


def new_job_text(settings: Settings, title: str, description: str, team: str, expires_at: datetime) -> str:
    return "\n".join(
        [
            gettext("There is a new labeling job for your team %(team)s:", team=team),
            "",
            one_line(title),
            one_line(description, 500),
            "",
            gettext("Start here: %(page)s", page=f"{settings.base_url}/portal/"),
            gettext("It is open until %(time)s UTC.", time=_minute(expires_at)),
            *_stop_notices(settings),
        ]
    )


def expiring_job_subject(title: str) -> str:
    return one_line(gettext("Ends soon: %(title)s", title=title))


def expiring_job_text(settings: Settings, title: str, team: str, expires_at: datetime) -> str:
    open_until = gettext(
        "Tasks are open until %(time)s UTC: %(page)s",
        time=_minute(expires_at),
        page=f"{settings.base_url}/portal/",
    )
    return "\n".join(
        [
            gettext("A labeling job of your team %(team)s ends soon and still has tasks:", team=team),
            "",
            one_line(title),
            "",
            open_until,
            *_stop_notices(settings),
        ]
    )


def one_line(text: str, most_characters: int = MAX_SUBJECT_CHARACTERS) -> str:
    """The text without line breaks and control characters, and not longer than allowed."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= most_characters else plain[: most_characters - 3] + "..."


def _facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    """One line for each fact, its name padded so that the values are below each other."""
    width = max(len(name) for name, _ in facts) + 3
    return [f"{name + ':':{width}}{value}" for name, value in facts]


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _contact(settings: Settings) -> list[str]:
    if not settings.contact_email:
        return []
    return ["", gettext("Questions: %(address)s", address=settings.contact_email)]


def _stop_notices(settings: Settings) -> list[str]:
    page = f"{settings.base_url}/portal/notices"
    why = gettext(
        "You get this mail because you are a member of the team. To get no more of them: %(page)s", page=page
    )
    return ["", why]
