"""What the pages of the workforce are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.core.clock import Clock
from trigpoint.labeling.worker_accounts import WorkerAccounts
from trigpoint.server.console.page import PageModule
from trigpoint.server.console.workforce.settings import WorkforceSettingsPages
from trigpoint.server.console.workforce.teams import TeamPages
from trigpoint.server.console.workforce.worker import WorkerPages
from trigpoint.server.console.workforce.workers import WorkerListPages
from trigpoint.workforce.mail.outbox import Outbox
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workers import Workers


@dataclass(frozen=True)
class WorkforceSetup:
    """The parts of the application that the pages read and change."""

    accounts: WorkerAccounts
    workers: Workers
    teams: Teams
    outbox: Outbox

    def pages(self, clock: Clock) -> Sequence[PageModule]:
        return [
            WorkerListPages(self.accounts, self.workers),
            TeamPages(self.accounts, self.teams),
            WorkforceSettingsPages(),
            WorkerPages(self.accounts, self.workers, self.teams, self.outbox, clock),
        ]
