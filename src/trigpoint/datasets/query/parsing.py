"""Reading a query, by recursive descent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.core.errors import Invalid
from trigpoint.datasets.query import conditions
from trigpoint.datasets.query.conditions import Condition, Line, Step, Value
from trigpoint.datasets.query.tokens import Kind, Token, tokens_of

DEEPEST = 50
MOST_TERMS = 1_000
LARGEST_LIMIT = 10**12

_KEYWORDS = frozenset(
    [
        "AND",
        "AS",
        "BETWEEN",
        "ESCAPE",
        "FALSE",
        "FROM",
        "IN",
        "IS",
        "LIKE",
        "LIMIT",
        "MISSING",
        "NOT",
        "NULL",
        "OR",
        "SELECT",
        "TRUE",
        "WHERE",
    ]
)
_COMPARISONS = frozenset(("=", "<>", "!=", "<", ">", "<=", ">="))


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines are chosen: those for which the condition is true, `limit` of them at most."""

    condition: Condition
    limit: int | None

    def takes(self, line: Line) -> bool:
        return self.condition(line) is True


def parse_query(text: str) -> Query:
    """The query, whole or only its condition.

    Raises: Invalid: it is no such query; names the position and what was expected.
    """
    return _Parser(tokens_of(text)).query()


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._terms = 0
        self._aliases = frozenset(("s", "s3object"))

    # -- the query

    def query(self) -> Query:
        if self._takes("SELECT"):
            self._select()
            found = self._condition(0) if self._takes("WHERE") else conditions.literal(True)
        else:
            self._takes("WHERE")
            found = self._condition(0)
        limit = self._limit() if self._takes("LIMIT") else None
        if self._token.kind is not Kind.END:
            raise self._error("AND, OR, LIMIT or the end")
        return Query(found, limit)

    def _select(self) -> None:
        self._needs_sign("*", "* (whole lines are chosen)")
        self._needs("FROM")
        if self._token.kind is not Kind.WORD or self._token.text.casefold() != "s3object":
            raise self._error("s3object")
        self._place += 1
        if self._takes_sign("["):
            self._needs_sign("*", "*")
            self._needs_sign("]", "]")
        named = self._takes("AS")
        if self._token.kind is Kind.WORD and self._token.text.upper() not in _KEYWORDS:
            self._aliases = frozenset((self._token.text.casefold(), "s3object"))
            self._place += 1
        elif named:
            raise self._error("a name")

    def _limit(self) -> int:
        token = self._token
        if token.kind is not Kind.NUMBER or not token.text.isdecimal() or len(token.text) > 12:
            raise self._error(f"a whole number from 0 to {LARGEST_LIMIT - 1}")
        self._place += 1
        return int(token.text)

    # -- conditions

    def _condition(self, depth: int) -> Condition:
        found = [self._conjunction(depth)]
        while self._takes("OR"):
            found.append(self._conjunction(depth))
        return found[0] if len(found) == 1 else conditions.any_of(found)

    def _conjunction(self, depth: int) -> Condition:
        found = [self._negation(depth)]
        while self._takes("AND"):
            found.append(self._negation(depth))
        return found[0] if len(found) == 1 else conditions.all_of(found)

    def _negation(self, depth: int) -> Condition:
        is_negated = False
        while self._takes("NOT"):
            is_negated = not is_negated
        found = self._primary(depth)
        return conditions.negated(found) if is_negated else found

    def _primary(self, depth: int) -> Condition:
        if not self._takes_sign("("):
            return self._predicate()
        if depth == DEEPEST:
            raise Invalid(f"the query, position {self._token.position}: more than {DEEPEST} open parentheses")
        found = self._condition(depth + 1)
        self._needs_sign(")", "AND, OR or )")
        return found

    def _predicate(self) -> Condition:
        left = self._value()
        if self._token.kind is Kind.SIGN and self._token.text in _COMPARISONS:
            sign = self._token.text
            self._place += 1
            return conditions.comparison(sign, left, self._value())
        if self._takes("IS"):
            return self._is(left)
        is_negated = self._takes("NOT")
        if self._takes("LIKE"):
            found = self._like(left)
        elif self._takes("IN"):
            found = conditions.one_of(left, self._list())
        elif self._takes("BETWEEN"):
            low = self._value()
            self._needs("AND")
            bounds = conditions.comparison(">=", left, low), conditions.comparison("<=", left, self._value())
            found = conditions.all_of(bounds)
        elif is_negated:
            raise self._error("LIKE, IN or BETWEEN")
        else:
            return self._bare(left)
        return conditions.negated(found) if is_negated else found

    def _bare(self, left: Value) -> Condition:
        """A value without a comparison: only useful for members that are true or false."""
        token = self._token
        is_over = token.kind is Kind.END or (
            token.text == ")" if token.kind is Kind.SIGN else token.text.upper() in ("AND", "OR", "LIMIT")
        )
        if not is_over:
            raise self._error("=, <>, <, >, <=, >=, LIKE, IN, BETWEEN or IS")
        return conditions.is_true(left)

    def _is(self, left: Value) -> Condition:
        is_negated = self._takes("NOT")
        if self._takes("MISSING"):
            found = conditions.is_missing(left)
        elif self._takes("NULL"):
            found = conditions.is_null(left)
        else:
            raise self._error("MISSING or NULL")
        return conditions.negated(found) if is_negated else found

    def _like(self, left: Value) -> Condition:
        position = self._token.position
        pattern = self._text("a pattern in single quotes")
        escape = None
        if self._takes("ESCAPE"):
            where = self._token
            escape = self._text("one character in single quotes")
            if len(escape) != 1:
                raise Invalid(f"the query, position {where.position}: ESCAPE needs one character")
        try:
            return conditions.like(left, pattern, escape)
        except Invalid as problem:
            raise Invalid(f"the query, position {position}: {problem.message}") from None

    def _list(self) -> list[Value]:
        self._needs_sign("(", "(")
        found = [self._value()]
        while self._takes_sign(","):
            found.append(self._value())
        self._needs_sign(")", ", or )")
        return found

    # -- values

    def _value(self) -> Value:
        self._terms += 1
        token = self._token
        if self._terms > MOST_TERMS:
            raise Invalid(f"the query, position {token.position}: more than {MOST_TERMS:,} names and values")
        if token.kind is Kind.TEXT:
            self._place += 1
            return conditions.literal(token.text)
        if token.kind is Kind.NUMBER:
            self._place += 1
            return conditions.literal(_number(token.text))
        for word, value in (("TRUE", True), ("FALSE", False), ("NULL", None)):
            if self._takes(word):
                return conditions.literal(value)
        return conditions.path(self._steps())

    def _steps(self) -> list[Step]:
        steps = [self._name("a name or a value")]
        while True:
            if self._takes_sign("."):
                steps.append(self._name("a name"))
            elif self._takes_sign("["):
                steps.append(self._index())
            else:
                break
        first, is_quoted = steps[0]
        is_alias = not is_quoted and isinstance(first, str) and first.casefold() in self._aliases
        return steps[1:] if is_alias and len(steps) > 1 else steps

    def _name(self, expected: str) -> Step:
        token = self._token
        is_name = token.kind is Kind.NAME
        if not is_name and (token.kind is not Kind.WORD or token.text.upper() in _KEYWORDS):
            raise self._error(expected)
        self._place += 1
        if self._token.kind is Kind.SIGN and self._token.text == "(":
            raise Invalid(
                f"the query, position {token.position}: functions such as {token.shown} are not served"
            )
        return token.text, is_name

    def _index(self) -> Step:
        token = self._token
        if token.kind is not Kind.NUMBER or not token.text.isdecimal() or len(token.text) > 9:
            raise self._error("the index of a list, from 0")
        self._place += 1
        self._needs_sign("]", "]")
        return int(token.text), True

    # -- tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._place]

    def _takes(self, keyword: str) -> bool:
        token = self._token
        is_it = token.kind is Kind.WORD and token.text.upper() == keyword
        self._place += is_it
        return is_it

    def _takes_sign(self, sign: str) -> bool:
        is_it = self._token.kind is Kind.SIGN and self._token.text == sign
        self._place += is_it
        return is_it

    def _needs(self, keyword: str) -> None:
        if not self._takes(keyword):
            raise self._error(keyword)

    def _needs_sign(self, sign: str, expected: str) -> None:
        if not self._takes_sign(sign):
            raise self._error(expected)

    def _text(self, expected: str) -> str:
        token = self._token
        if token.kind is not Kind.TEXT:
            raise self._error(expected)
        self._place += 1
        return token.text

    def _error(self, expected: str) -> Invalid:
        token = self._token
        return Invalid(f"the query, position {token.position}: expected {expected}, found {token.shown}")


def _number(text: str) -> int | float:
    try:
        return int(text) if len(text) <= 300 else float(text)
    except ValueError:
        return float(text)
