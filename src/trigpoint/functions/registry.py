"""All functions of this installation: adding, changing, finding and removing them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from trigpoint.access.secrets import KeyFileSecrets, SecretBox
from trigpoint.core.arn import Arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded, NotFound, Outdated
from trigpoint.core.ids import request_id
from trigpoint.db import Database
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.functions import store
from trigpoint.functions.code import CodeFolders, Package
from trigpoint.functions.endpoint import check_url
from trigpoint.functions.environment import check_variables
from trigpoint.functions.model import (
    LARGEST_MEMORY_MB,
    LONGEST_TIMEOUT_S,
    Function,
    FunctionKind,
)
from trigpoint.settings import Settings

MAX_FUNCTIONS = 1_000
MAX_POLICY_STATEMENTS = 100
PAGE = 50

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ENTRY_POINT = re.compile(r"[A-Za-z_][\w.]{0,199}:[A-Za-z_]\w{0,99}", re.ASCII)
_HANDLER = re.compile(r"[\w/.-]{1,110}\.\w{1,110}", re.ASCII)


class Functions:
    """The functions. Thread-safe.

    Args:   on_change: called with the name of a function that was changed or removed.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        secrets: KeyFileSecrets | SecretBox,
        clock: Clock,
        on_change: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self._on_change = on_change
        self.code = CodeFolders(settings.functions_dir / "code")

    def arn(self, name: str) -> str:
        """The ARN of a function."""
        return str(Arn("lambda", self._settings.region, self._settings.account_id, f"function:{name}"))

    @property
    def account_id(self) -> str:
        """The account of this installation."""
        return self._settings.account_id

    def find(self, name: str) -> Function | None:
        with self._database.read() as connection:
            return store.find(connection, name, self._secrets.open)

    def get(self, name: str) -> Function:
        """Raises: NotFound: there is no such function."""
        found = self.find(name)
        if found is None:
            raise NotFound(f"Function not found: {self.arn(name)}")
        return found

    def list(self, after: str = "", limit: int = PAGE) -> list[Function]:
        """The first functions whose names follow `after`, by name."""
        with self._database.read() as connection:
            return store.after(connection, after, limit, self._secrets.open)

    def tags(self, name: str) -> dict[str, str]:
        """The tags of a function."""
        with self._database.read() as connection:
            return get_tags(connection, self.arn(name))

    def add(
        self, kind: FunctionKind, name: str, *, tags: Mapping[str, str] | None = None, **fields: Any
    ) -> Function:
        """A new function. With a package, give `archive`, the bytes of its zip archive, and not `code`.

        Raises: Invalid: a field breaks a rule. Conflict: a function of that name exists. LimitExceeded.
        """
        archive: bytes | None = fields.pop("archive", None)
        now = self._clock.now()
        function = Function(
            name=name, kind=kind, created_at=now, updated_at=now, revision=request_id(), **fields
        )
        _check(function)
        if self.find(name) is not None:
            raise _exists(name)
        if archive is not None:
            function = _with_package(function, self.code.add(archive))
        with self._database.write() as connection:
            if store.count(connection) >= MAX_FUNCTIONS:
                raise LimitExceeded(
                    f"there are {MAX_FUNCTIONS} functions; delete one before you create another"
                )
            if not store.add(connection, function, self._secrets.seal):
                raise _exists(name)
            put_tags(connection, self.arn(name), tags or {}, now)
        self._remove_unused_code()
        return function

    def change(self, name: str, *, revision: str | None = None, **fields: Any) -> Function:
        """The function after the change; `archive` replaces its package.

        Raises: NotFound. Invalid: a field breaks a rule, or the function was not created through the Lambda API.
                Outdated: it is no longer at `revision`, if that is given.
        """
        before = self.get(name)
        if before.kind is not FunctionKind.PACKAGE:
            raise Invalid(
                f"the function {name!r} was registered by the operator and cannot be changed through the API; "
                f"use `trigpoint function remove {name}` and `trigpoint function add`"
            )
        if revision is not None and revision != before.revision:
            raise Outdated(
                f"The RevisionId {revision} of function {name} is not the latest, {before.revision}; "
                "call GetFunction and try again"
            )
        archive: bytes | None = fields.pop("archive", None)
        after = replace(before, updated_at=self._clock.now(), revision=request_id(), **fields)
        _check(after)
        if archive is not None:
            after = _with_package(after, self.code.add(archive))
        with self._database.write() as connection:
            if not store.change(connection, after, before.revision, self._secrets.seal):
                raise Outdated(
                    f"The function {name} was changed by another request at the same time; try again"
                )
        self._on_change(name)
        self._remove_unused_code()
        return after

    def remove(self, name: str) -> None:
        """Raises: NotFound: there is no such function."""
        with self._database.write() as connection:
            if not store.remove(connection, name):
                raise NotFound(f"Function not found: {self.arn(name)}")
            delete_tags(connection, self.arn(name), get_tags(connection, self.arn(name)))
        self._on_change(name)

    def add_permission(self, name: str, statement_id: str, statement: Mapping[str, Any]) -> None:
        """Keeps a statement, which has no effect.

        Raises: NotFound. Conflict: there is a statement of this id. LimitExceeded.
        """
        policy = self.get(name).policy
        if statement_id in policy:
            raise Conflict(
                f"The statement id ({statement_id}) provided already exists. Please provide a new statement id, or "
                "remove the existing statement."
            )
        if len(policy) >= MAX_POLICY_STATEMENTS:
            raise LimitExceeded(f"the policy of {name} has {MAX_POLICY_STATEMENTS} statements; remove one")
        self._set_policy(name, {**policy, statement_id: statement})

    def remove_permission(self, name: str, statement_id: str) -> None:
        """Raises: NotFound: there is no such function or statement."""
        policy = dict(self.get(name).policy)
        if policy.pop(statement_id, None) is None:
            raise NotFound(f"Statement {statement_id} is not found in resource policy.")
        self._set_policy(name, policy)

    def remove_leftovers(self) -> None:
        """Removes what changes and crashes have left."""
        self._remove_unused_code()

    def _set_policy(self, name: str, policy: Mapping[str, Mapping[str, Any]]) -> None:
        before = self.get(name)
        with self._database.write() as connection:
            after = replace(before, policy=policy, revision=request_id())
            if not store.change(connection, after, before.revision, self._secrets.seal):
                raise Outdated(
                    f"The function {name} was changed by another request at the same time; try again"
                )

    def _remove_unused_code(self) -> None:
        def used() -> set[str]:
            with self._database.read() as connection:
                return store.codes(connection)

        self.code.remove_unused(used)


def name_in(text: str) -> tuple[str, str | None]:
    """The name of a function and the qualifier in a name, a partial or a whole ARN."""
    rest = text.rpartition("function:")[2]
    if rest == text and text.count(":") > 1:
        rest = text.split(":", 1)[1]
    name, _, qualifier = rest.partition(":")
    return name, qualifier or None


def _with_package(function: Function, package: Package) -> Function:
    return replace(function, code=package.folder, code_sha256=package.sha256, code_bytes=package.size_bytes)


def _check(function: Function) -> None:
    """Raises: Invalid: a field breaks a rule."""
    if not _NAME.fullmatch(function.name):
        raise Invalid(
            f"{function.name!r} is not a name of a function: use 1 to 64 letters, digits, hyphens and underscores"
        )
    if function.name.startswith(("PRE-", "ACS-")):
        raise Invalid(
            f"{function.name!r}: names that begin with PRE- or ACS- are those of built-in functions; "
            "choose another name"
        )
    match function.kind:
        case FunctionKind.HTTP:
            check_url(function.url)
        case FunctionKind.PYTHON:
            if not _ENTRY_POINT.fullmatch(function.handler):
                raise Invalid(
                    f"{function.handler!r} is not an entry point; it must look like module:function"
                )
        case FunctionKind.PACKAGE:
            if not _HANDLER.fullmatch(function.handler):
                raise Invalid(
                    f"Handler {function.handler!r} must be module.function, like lambda_function.lambda_handler"
                )
    if not 1 <= function.timeout_s <= LONGEST_TIMEOUT_S:
        raise Invalid(f"Timeout is {function.timeout_s}; it must be 1 to {LONGEST_TIMEOUT_S} seconds")
    if not 128 <= function.memory_mb <= LARGEST_MEMORY_MB:
        raise Invalid(f"MemorySize is {function.memory_mb}; it must be 128 to {LARGEST_MEMORY_MB} MB")
    check_variables(function.environment)


def _exists(name: str) -> Conflict:
    return Conflict(f"Function already exist: {name}")
