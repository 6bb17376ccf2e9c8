"""The parts of this package, put together for the server and for commands."""

from __future__ import annotations

from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.access.session_keys import issuer
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.compute.logs import LogStreams
from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.functions.environment import Environments
from trigpoint.functions.invoking import Invoker
from trigpoint.functions.log_files import FunctionLogs
from trigpoint.functions.registry import Functions
from trigpoint.settings import Settings


def assembled(
    database: Database,
    settings: Settings,
    box: SecretBox,
    clock: Clock,
    server_url: str,
    temporary_keys: TemporaryKeys | None = None,
) -> tuple[Functions, Invoker]:
    """The registry of functions and what calls them. `server_url` is where functions reach the server."""
    keys = AccessKeys(database, box, clock)
    temporary_keys = temporary_keys or TemporaryKeys(box, keys.is_in_force, clock)
    functions = Functions(
        database, settings, box, clock, on_change=lambda changed_name: invoker.retire(changed_name)
    )
    invoker = Invoker(
        settings,
        functions,
        FunctionLogs(database, LogStreams(database), settings.functions_dir / "logs", clock),
        Environments(settings.region, server_url, issuer(keys, temporary_keys, settings.account_id)),
        clock,
    )
    return functions, invoker
