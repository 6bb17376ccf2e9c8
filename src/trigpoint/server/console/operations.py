"""AWS operations in this process, as the person who visits the console.

A page reads and changes everything through them. So its requests are checked and refused like those of any client, and the
page can show the call that makes the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.core.ids import request_id
from trigpoint.services.context import RequestContext
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.roles import check_may_call
from trigpoint.services.sts import session_arn
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError
from trigpoint.wire.validate import validate
from trigpoint.workforce.people import Worker


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an operation of a service, with the model's names."""

    service: str
    operation: str
    request: Mapping[str, Any]


class Operations:
    """Calls operations for people. Called in worker threads."""

    def __init__(self, table: OperationTable, settings: Settings, clock: Clock) -> None:
        self._table = table
        self._settings = settings
        self._clock = clock

    def run(self, call: Call, person: Worker, source_ip: str, base_url: str) -> dict[str, Any]:
        """The operation's result.

        Raises: Denied: the person's role may not call it. Invalid: the request breaks a rule of the model.
            TrigpointError: whatever else the operation refuses.
        """
        check_may_call(person.role, call.service, call.operation)
        served = self._table.find(call.service, call.operation)
        request = dict(call.request)
        try:
            validate(served.model, request)
            return served.handler(self._context(person, source_ip, base_url), request) or {}
        except AwsError as problem:
            kind = NotFound if "NotFound" in problem.code else Invalid
            raise kind(problem.message) from problem

    def check(self, call: Call) -> None:
        """Raises: Invalid: the request breaks a rule of the model; nothing is called."""
        try:
            validate(self._table.find(call.service, call.operation).model, dict(call.request))
        except AwsError as problem:
            raise Invalid(problem.message) from problem

    def _context(self, person: Worker, source_ip: str, base_url: str) -> RequestContext:
        account_id = self._settings.account_id
        return RequestContext(
            request_id=request_id(),
            region=self._settings.region,
            account_id=account_id,
            access_key_id="",
            identity_arn=session_arn(account_id, person.user_name),
            source_ip=source_ip,
            base_url=base_url,
            received_at=self._clock.now(),
        )
