"""`trigpoint worker ...`: the people who label."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.cli.table import print_table
from trigpoint.core.list_filter import ListFilter
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.db import Database
    from trigpoint.labeling.worker_accounts import WorkerAccount, WorkerAccounts
    from trigpoint.labeling.worker_figures import JobFigures, Totals
    from trigpoint.workforce.mail.outbox import Outbox
    from trigpoint.workforce.teams import Teams
    from trigpoint.workforce.workers import Workers

FIGURES = ("ANSWERS", "DECLINED", "RETURNED", "S/ANSWER", "AGREEMENT", "ACCURACY")


@click.group()
def worker() -> None:
    """Invite, list and manage the people who label."""


@worker.command()
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.option("--team", required=True, help="The work team to join; it is created if it does not exist.")
@click.option("--no-mail", is_flag=True, help="Print the invitations, even if the server can send mail.")
@data_option
@reports_errors
def invite(emails: tuple[str, ...], team: str, no_mail: bool, data_dir: Path | None) -> None:
    """Invite one to 100 people. EMAIL may also be several addresses, separated by commas.

    A server with TRIGPOINT_SMTP_URL mails the invitations. Without it, or with --no-mail, the command prints what to
    send: portal, user name, temporary password.
    """
    addresses = [address for text in emails for address in text.split(",") if address.strip()]
    installation = _Installation(data_dir, mail=not no_mail)
    for number, invitation in enumerate(installation.workers.invite_all(addresses, team)):
        if invitation.mailed:
            click.echo(f"{invitation.user_name}: the invitation is mailed")
            continue
        if number:
            click.echo()
        _show_way_in(invitation.portal_url, invitation.user_name, invitation.temporary_password)
        click.echo(f"Team:               {invitation.team}")


@worker.command()
@click.argument("name", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@data_option
@reports_errors
def mails(name: str | None, limit: int, data_dir: Path | None) -> None:
    """List the last mails to workers, or to the worker NAME, with their result. The newest comes first."""
    installation = _Installation(data_dir)
    worker_id = None if name is None else installation.workers.named(name).id
    rows = [
        (f"{mail.created_at:%Y-%m-%d %H:%M}", mail.recipient, mail.kind, mail.status, mail.reason or "")
        for mail in installation.outbox.latest(limit, worker_id)
    ]
    print_table([("STORED (UTC)", "TO", "ABOUT", "RESULT", "REASON"), *rows])
    if not installation.sends_mail:
        click.echo("The server sends no mail, because TRIGPOINT_SMTP_URL is not set.", err=True)


@worker.command("list")
@click.option("--team", help="Only the members of this work team.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per worker and line.")
@data_option
@reports_errors
def list_workers(team: str | None, as_json: bool, data_dir: Path | None) -> None:
    """List the workers: state, teams, last sign-in, open tasks, answers, and how good these are."""
    found = _Installation(data_dir).accounts.list(team)
    if as_json:
        for account in found:
            click.echo(json.dumps(_facts(account), ensure_ascii=False))
        return
    heading = ("USER NAME", "STATE", "TEAMS", "LAST SIGN-IN (UTC)", "OPEN TASKS", *FIGURES)
    print_table([heading, *map(_row, found)])


@worker.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@data_option
@reports_errors
def show(name: str, as_json: bool, data_dir: Path | None) -> None:
    """Show the account of the worker NAME, and their figures per job and in all."""
    installation = _Installation(data_dir)
    found = installation.workers.named(name)
    account = next(each for each in installation.accounts.list() if each.worker.id == found.id)
    figures = installation.accounts.figures(found.user_name)
    failure = installation.outbox.refusals().get(found.id)
    if as_json:
        facts = {**_facts(account), "issuer": found.issuer, "mail_failure": failure and failure[0]}
        jobs = [{"job": each.job_name, "status": each.job_status, **_sums(each)} for each in figures]
        click.echo(json.dumps({**facts, "jobs": jobs}, ensure_ascii=False))
        return
    last = account.last_sign_in_at
    lines = [
        ("User name:", found.user_name),
        ("Shown as:", found.display_name),
        ("Worker id:", found.id),
        ("State:", found.state),
        ("Signs in:", f"at {found.issuer}" if found.issuer else "with a password"),
        ("Last sign-in:", f"{last:%Y-%m-%d %H:%M} UTC" if last else "never"),
        ("Teams:", ", ".join(account.teams) or "none"),
        ("Open tasks:", str(account.open_tasks)),
    ]
    if failure:
        lines.append(("Last mail failed:", f"{failure[1]:%Y-%m-%d %H:%M} UTC: {failure[0]}"))
    print_table(lines)
    if figures:
        click.echo()
        rows = [(each.job_name, each.job_status, *_figures(each)) for each in figures]
        print_table([("JOB", "STATUS", *FIGURES), *rows, ("in all", "", *_figures(account.totals))])


@worker.command("reset-password")
@click.argument("name")
@click.option("--mail", is_flag=True, help="Mail the password to the worker instead of printing it.")
@data_option
@reports_errors
def reset_password(name: str, mail: bool, data_dir: Path | None) -> None:
    """Give the worker NAME a new temporary password and print it, once.

    The old password stops working and the worker is signed out everywhere.
    """
    installation = _Installation(data_dir)
    password = installation.workers.reset_password(name, by_mail=mail)
    if mail:
        click.echo(f"{installation.workers.named(name).user_name}: the new password is mailed")
        return
    portal_url = f"{installation.settings.base_url}/portal/"
    _show_way_in(portal_url, installation.workers.named(name).user_name, password)


@worker.command()
@click.argument("name")
@data_option
@reports_errors
def disable(name: str, data_dir: Path | None) -> None:
    """Sign the worker NAME out everywhere, refuse their sign-in, and give their open tasks to others."""
    released = _Installation(data_dir).accounts.disable(name)
    click.echo(f"{name} is disabled; open tasks given back: {released}. `trigpoint worker enable` undoes it.")


@worker.command()
@click.argument("name")
@data_option
@reports_errors
def enable(name: str, data_dir: Path | None) -> None:
    """Let the disabled worker NAME sign in and work again."""
    workers = _Installation(data_dir).workers
    workers.enable(workers.named(name).id)
    click.echo(f"{name} is enabled.")


@worker.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@reports_errors
def delete(name: str, yes: bool, data_dir: Path | None) -> None:
    """Delete the account of the worker NAME. Their answers stay, under their worker id.

    It cannot be undone. The same address can be invited again, as a new worker.
    """
    installation = _Installation(data_dir)
    user_name = installation.workers.named(name).user_name
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask for a confirmation; add --yes")
        click.confirm(f"Delete the account of {user_name}? This cannot be undone.", abort=True)
    answers = installation.accounts.delete(user_name)
    click.echo(f"{user_name} is deleted; answers kept: {answers}.")


@worker.command()
@click.argument("name", required=False)
@click.option("--add", multiple=True, metavar="TEAM", help="Add the worker to this team. Can be repeated.")
@click.option("--remove", multiple=True, metavar="TEAM", help="Remove the worker from it. Can be repeated.")
@data_option
@reports_errors
def teams(name: str | None, add: tuple[str, ...], remove: tuple[str, ...], data_dir: Path | None) -> None:
    """List all work teams, or those of the worker NAME after adding and removing some."""
    installation = _Installation(data_dir)
    if name is None:
        if add or remove:
            raise click.UsageError("--add and --remove need the NAME of a worker")
        _show_teams(installation.teams)
        return
    found = installation.workers.named(name)
    for team in (*add, *remove):  # nothing changes if one of them does not exist
        installation.teams.get(team)
    for team in add:
        installation.teams.add_member(team, found.id)
    for team in remove:
        installation.teams.remove_member(team, found.id)
    for team in installation.teams.names_by_worker().get(found.id, ()):
        click.echo(team)


class _Installation:
    """What the commands use of the installation in a data directory."""

    def __init__(self, data_dir: Path | None, *, mail: bool = True) -> None:
        from trigpoint.core.clock import SystemClock
        from trigpoint.datadir.address import server_sends_mail, with_recorded_address
        from trigpoint.datadir.opening import open_existing

        settings = Settings.load(data_dir=data_dir)
        self._db: Database = open_existing(settings)
        self._clock = SystemClock()
        self.settings = with_recorded_address(settings)
        self.sends_mail = server_sends_mail(settings)
        self._mail = mail and self.sends_mail

    @property
    def outbox(self) -> Outbox:
        from trigpoint.access.secrets import KeyFileSecrets
        from trigpoint.reconcile import Reconciler
        from trigpoint.workforce.mail.outbox import Outbox

        queue = Reconciler(self._db, self._clock)  # writes to the list that the server's loop reads
        secrets = KeyFileSecrets(self.settings.key_file)
        return Outbox(self._db, queue, secrets, self._clock, enabled=self._mail)

    @property
    def workers(self) -> Workers:
        from trigpoint.workforce.workers import Workers

        return Workers(self._db, self.settings, self._clock, outbox=self.outbox)

    @property
    def teams(self) -> Teams:
        from trigpoint.workforce.teams import Teams

        return Teams(self._db, self.settings, self._clock)

    @property
    def accounts(self) -> WorkerAccounts:
        from trigpoint.labeling.tasks import Tasks
        from trigpoint.labeling.worker_accounts import WorkerAccounts
        from trigpoint.reconcile import Reconciler

        queue = Reconciler(self._db, self._clock)  # writes to the list that the server's loop reads
        tasks = Tasks(self._db, self.settings, self._clock, queue)
        return WorkerAccounts(self._db, self.workers, self.teams, tasks)


def _show_way_in(portal_url: str, user_name: str, temporary_password: str | None) -> None:
    from trigpoint.workforce.passwords import TEMPORARY_DAYS

    click.echo(f"Portal:             {portal_url}")
    click.echo(f"User name:          {user_name}")
    if temporary_password is None:
        click.echo("Password:           unchanged (this person has chosen one)")
    else:
        click.echo(f"Temporary password: {temporary_password}  (valid for {TEMPORARY_DAYS} days)")


def _show_teams(teams: Teams) -> None:
    members: dict[str, int] = {}
    for names in teams.names_by_worker().values():
        for name in names:
            members[name] = members.get(name, 0) + 1
    found = [team.name for team in teams.list(ListFilter(limit=100, sort_by="name")).items]
    print_table([("TEAM", "MEMBERS"), *((name, str(members.get(name, 0))) for name in found)])


def _row(account: WorkerAccount) -> tuple[str, ...]:
    worker, last = account.worker, account.last_sign_in_at
    signed_in = f"{last:%Y-%m-%d %H:%M}" if last else "never"
    teams = ", ".join(account.teams)
    open_tasks = str(account.open_tasks)
    return worker.user_name, worker.state, teams, signed_in, open_tasks, *_figures(account.totals)


def _figures(sums: JobFigures | Totals) -> tuple[str, ...]:
    """The columns FIGURES."""
    seconds = sums.seconds_per_answer
    return (
        str(sums.answers),
        str(sums.declined),
        str(sums.returned),
        "" if seconds is None else f"{seconds:.1f}",
        "" if sums.agreement is None else f"{sums.agreement:.0%}",
        "" if sums.accuracy is None else f"{sums.accuracy:.0%}",
    )


def _sums(sums: JobFigures | Totals) -> dict[str, Any]:
    return {
        "answers": sums.answers,
        "declined": sums.declined,
        "returned": sums.returned,
        "expired": sums.expired,
        "time_s": round(sums.time_s, 3),
        "judged_answers": sums.judged,
        "agreement": sums.agreement,
        "accuracy": sums.accuracy,
    }


def _facts(account: WorkerAccount) -> dict[str, Any]:
    worker, last = account.worker, account.last_sign_in_at
    return {
        "user_name": worker.user_name,
        "email": worker.email,
        "worker_id": worker.id,
        "role": worker.role,
        "state": worker.state,
        "teams": list(account.teams),
        "last_sign_in": last.isoformat(timespec="seconds") if last else None,
        "open_tasks": account.open_tasks,
        **_sums(account.totals),
    }
