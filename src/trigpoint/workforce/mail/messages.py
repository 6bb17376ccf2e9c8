"""The texts of mails, and of invitations that are handed over in another way."""

from __future__ import annotations

from datetime import datetime

from trigpoint.settings import Settings

MAX_SUBJECT_CHARACTERS = 150


def invitation_subject(settings: Settings, team: str) -> str:
    return one_line(f"You are invited to label for {settings.organization or 'a Trigpoint team'} ({team})")


def invitation_text(
    settings: Settings, team: str, user_name: str, temporary_password: str | None, valid_days: int
) -> str:
    """What an invited person needs to know. Without a password, they have chosen one before."""
    sign_in = [f"Portal:              {settings.base_url}/portal/", f"User name:           {user_name}"]
    if temporary_password is None:
        sign_in.append("Password:            the one that you have chosen")
        after = "You were in another team before. Your user name and password stay the same."
    else:
        sign_in.append(f"Temporary password:  {temporary_password}")
        after = (
            "You choose your own password when you sign in for the first time. "
            f"The temporary password is valid for {valid_days} days."
        )
    who = settings.organization or "The operator of this labeling portal"
    return "\n".join(
        [
            f"{one_line(who)} invites you to the work team {team}.",
            "",
            *sign_in,
            "",
            after,
            *_contact(settings),
        ]
    )


def reset_subject() -> str:
    return "Choose a new password for the labeling portal"


def reset_link_text(settings: Settings, user_name: str, token: str, valid_minutes: int) -> str:
    """The answer to a worker who has forgotten their password."""
    return "\n".join(
        [
            f"Somebody asked for a new password for {user_name}. If it was you, open this page and choose one:",
            "",
            f"{settings.base_url}/portal/reset?token={token}",
            "",
            f"The link works once, within {valid_minutes} minutes. If it was not you, you need not do anything:",
            "your password has not changed.",
            *_contact(settings),
        ]
    )


def new_password_text(settings: Settings, user_name: str, temporary_password: str, valid_days: int) -> str:
    """The mail after the operator has reset a password."""
    return "\n".join(
        [
            "Your password was reset. Sign in with this temporary password and choose your own:",
            "",
            f"Portal:              {settings.base_url}/portal/",
            f"User name:           {user_name}",
            f"Temporary password:  {temporary_password}",
            "",
            f"The temporary password is valid for {valid_days} days.",
            *_contact(settings),
        ]
    )


def new_job_subject(title: str) -> str:
    return one_line(f"New labeling job: {title}")


def new_job_text(settings: Settings, title: str, description: str, team: str, expires_at: datetime) -> str:
    return "\n".join(
        [
            f"There is a new labeling job for your team {team}:",
            "",
            one_line(title),
            one_line(description, 500),
            "",
            f"Start here: {settings.base_url}/portal/",
            f"It is open until {_day(expires_at)}.",
            *_stop_notices(settings),
        ]
    )


def expiring_job_subject(title: str) -> str:
    return one_line(f"Ends soon: {title}")


def expiring_job_text(settings: Settings, title: str, team: str, expires_at: datetime) -> str:
    return "\n".join(
        [
            f"A labeling job of your team {team} ends soon and still has tasks:",
            "",
            one_line(title),
            "",
            f"Tasks are open until {_day(expires_at)}: {settings.base_url}/portal/",
            *_stop_notices(settings),
        ]
    )


def one_line(text: str, most_characters: int = MAX_SUBJECT_CHARACTERS) -> str:
    """The text without line breaks and control characters, and not longer than allowed."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= most_characters else plain[: most_characters - 3] + "..."


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _contact(settings: Settings) -> list[str]:
    return ["", f"Questions: {settings.contact_email}"] if settings.contact_email else []


def _stop_notices(settings: Settings) -> list[str]:
    page = f"{settings.base_url}/portal/notices"
    return ["", f"You get this mail because you are a member of the team. To get no more of them: {page}"]
