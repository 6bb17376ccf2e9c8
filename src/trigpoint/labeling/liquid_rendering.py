"""Renders a task template: HTML with Liquid.

It runs in a process of its own, see `templates`, which bounds its time and memory. Templates come from users, so they
get no files and no includes, and loops and sizes are bounded.

Ground Truth's Liquid differs from the standard one: every output is HTML-escaped unless `skip_autoescape` follows, lists
and objects are printed as JSON, and there are the filters `to_json` and `grant_read_access`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from io import StringIO
from typing import Any, TextIO

import liquid
from liquid import BoundTemplate, Markup, RenderContext, escape
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import FilterError, LiquidError, LiquidSyntaxError
from liquid.undefined import is_undefined

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.labeling.signed_texts import with_signed_texts
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.language import ENGLISH
from trigpoint.objects.uri import parse_s3_uri

MAX_ITERATIONS = 100_000
MAX_CHARACTERS = 4_000_000
MAX_INTEGER_BITS = 512

_ELEMENTS_SCRIPT = re.compile(
    r"(?:https?:)?//assets\.crowd\.aws/(?:js/)?crowd-html-elements(?:-v2)?\.js(?:\?[^\"'\s>]*)?",
    re.IGNORECASE,
)
_ELEMENTS_STYLE = re.compile(r"//assets\.crowd\.aws/css/crowd-html-elements(?:-v2)?\.css", re.IGNORECASE)
_LINK = re.compile(r"<link\b", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#[xX][0-9a-fA-F]+);)")


def check(template: str) -> None:
    """Parses the template.

    Raises: TemplateError: it is not Liquid, or has an unknown tag or filter.
    """
    _parsed(template)


def render(
    template: str,
    task_input: Mapping[str, Any],
    sign: Callable[[str], str],
    assets_url: str,
    language: str | None = None,
) -> str:
    """See TaskTemplates.render."""
    parsed, links = _parsed(template), set[str]()

    def sign_and_note(uri: str) -> str:
        links.add(link := sign(uri))
        return link

    with _reported_errors(template), _rendering(sign_and_note):
        html = parsed.render(task={"input": _with_plain_containers(task_input)})
    suffix = "" if language in (None, ENGLISH) else f"-{language}"
    html = _ELEMENTS_SCRIPT.sub(f"{assets_url}/static/crowd-html-elements{suffix}.js", html)
    return with_signed_texts(_without_elements_style(html), sign, links)


def input_keys(template: str) -> frozenset[str]:
    """The names that the template reads in `task.input`."""
    return _names_in(template, ["task", "input"])


def manifest_names(template: str) -> frozenset[str]:
    """The names that the template reads in the line of the manifest."""
    return _names_in(template, ["task", "input", "manifestLine"])


def _names_in(template: str, place: list[str]) -> frozenset[str]:
    paths, depth = _parsed(template).global_variable_segments(), len(place)
    return frozenset(str(path[depth]) for path in paths if path[:depth] == place and len(path) > depth)


def _without_elements_style(html: str) -> str:
    """The HTML without links to the style sheet of AWS's elements. Each character is looked at once."""
    kept, place = [], 0
    while (found := _LINK.search(html, place)) and (end := html.find(">", found.start())) >= 0:
        is_style = _ELEMENTS_STYLE.search(html, found.start(), end)
        kept.append(html[place : found.start() if is_style else end + 1])
        place = end + 1
    return "".join([*kept, html[place:]])


_sign: ContextVar[Callable[[str], str]] = ContextVar("sign")


@contextmanager
def _rendering(sign: Callable[[str], str]) -> Iterator[None]:
    token = _sign.set(sign)
    try:
        yield
    finally:
        _sign.reset(token)


@functools.lru_cache(maxsize=32)
def _parsed(template: str) -> BoundTemplate:
    with _reported_errors(template):
        return _ENVIRONMENT.from_string(template)


@contextmanager
def _reported_errors(template: str) -> Iterator[None]:
    try:
        yield
    except LiquidError as problem:
        raise TemplateError(_cause(problem), _line(problem, template)) from None
    except RecursionError:
        raise TemplateError("blocks are nested too deeply") from None


def _cause(problem: LiquidError) -> str:
    text = " ".join(str(problem.message or type(problem).__name__).split())
    return text.replace("end of expression", "the end of the template").replace(
        "end of file", "the end of the template"
    )


def _line(problem: LiquidError, template: str) -> int | None:
    last = template.count("\n") + 1
    try:
        context = problem.context()
    except ValueError:  # the place is after the last character
        return last
    if context is None and isinstance(problem, LiquidSyntaxError):
        return last  # a block is not closed
    return context[0] if context else None


# -- output: escaped, unless a filter has marked it as HTML


def _to_text(value: Any) -> str:
    """The value as Liquid prints it, HTML-escaped; Markup is already HTML."""
    if isinstance(value, Markup):
        return str(value)
    if isinstance(value, str):
        # HTML's parser turns a plain "\r\n" into one character, and offsets of text spans would no longer fit.
        return str(escape(value)).replace("\r", "&#13;")
    if value is None or is_undefined(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    # Standard Liquid joins the items of a list. AWS's templates read a list back as JSON, from attributes like `keys="{{ ... }}"`.
    if isinstance(value, list | tuple | Mapping):
        return str(escape(_to_json(value)))
    return str(escape(str(value)))


class _OutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(_to_text(self.expression.evaluate(context)))


class _EchoNode(EchoNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(_to_text(self.expression.evaluate(context)))


class _CaptureNode(CaptureNode):
    """The captured text was escaped when it was written, so it is kept as Markup and not escaped again."""

    def _assign(self, context: RenderContext, buf: StringIO) -> None:
        context.assign(self.name, Markup(buf.getvalue()))


class _Output(Output):
    node_class = _OutputNode


class _Echo(EchoTag):
    node_class = _EchoNode


class _Capture(CaptureTag):
    node_class = _CaptureNode


# -- filters


def _escape(value: Any) -> Markup:
    return Markup(_to_text(value))


def _escape_once(value: Any) -> Markup:
    text = str(value) if isinstance(value, str) else _unescaped_text(value)
    text = _BARE_AMPERSAND.sub("&amp;", text)
    for character, entity in (("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;")):
        text = text.replace(character, entity)
    return Markup(text)


def _skip_autoescape(value: Any) -> Markup:
    return Markup(value) if isinstance(value, str) else Markup(_unescaped_text(value))


def _unescaped_text(value: Any) -> str:
    return str(Markup(_to_text(value)).unescape())


def _to_json(value: Any) -> str:
    """The value as compact JSON, which scripts in templates of AWS's take apart.

    `</` is written `<\\/`, which means the same and cannot end a script element.
    """
    plain = None if is_undefined(value) else value
    if isinstance(plain, range):
        plain = list(plain)
    try:
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    except (TypeError, ValueError) as problem:
        raise FilterError(f"to_json cannot write this value: {problem}", token=None) from None


def _grant_read_access(value: Any) -> Any:
    """A URL that the worker's browser can read an S3 object at; anything else is returned unchanged."""
    if value is None or is_undefined(value):
        return ""
    if not isinstance(value, str):
        raise FilterError("grant_read_access needs the URI of an object, s3://<bucket>/<key>", token=None)
    uri = str(value).strip()
    try:
        bucket, key = parse_s3_uri(uri)
    except Invalid as problem:
        if uri.startswith("s3:"):
            raise FilterError(f"grant_read_access: {problem.message}", token=None) from None
        return value
    if not key:
        raise FilterError(f"grant_read_access: {uri!r} names a bucket, not an object", token=None)
    try:
        return _sign.get()(f"s3://{bucket}/{key}")
    except TrigpointError as problem:
        raise FilterError(f"grant_read_access: {problem.message}", token=None) from None


# -- bounds


def _bounded(name: str, apply: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with bounds on the length of ranges and on the size of its output."""

    @functools.wraps(apply)
    def filter_(value: Any, *arguments: Any, **named: Any) -> Any:
        for argument in (value, *arguments):
            if isinstance(argument, range) and len(argument) > MAX_ITERATIONS:
                raise FilterError(f"the range has more than {MAX_ITERATIONS} numbers", token=None)
        if _estimate(name, value, arguments) > MAX_CHARACTERS:
            raise FilterError(f"{name} would make more than {MAX_CHARACTERS} characters", token=None)
        result = apply(value, *arguments, **named)
        if isinstance(result, int) and result.bit_length() > MAX_INTEGER_BITS:
            raise FilterError(f"{name} makes a number that is too large", token=None)
        return result

    return filter_


def _estimate(name: str, value: Any, arguments: tuple[Any, ...]) -> int:
    """An upper bound of the characters that a filter which multiplies its input gives."""
    texts = [len(argument) for argument in arguments if isinstance(argument, str)]
    if isinstance(value, str):
        grows = name.startswith("replace") or name in ("append", "prepend")
        factor = 1 + (value.count(arguments[0]) if name.startswith("replace") and texts else 1)
        return len(value) + factor * (texts[-1] if texts else 0) if grows else len(value)
    if name == "join" and isinstance(value, list | tuple | range):
        separator = texts[0] if texts else 1
        return sum(len(item) if isinstance(item, str) else 20 for item in value) + separator * len(value)
    return 0


class _Environment(liquid.Environment):
    loop_iteration_limit = MAX_ITERATIONS
    output_stream_limit = MAX_CHARACTERS
    local_namespace_limit = MAX_CHARACTERS

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in ("include", "render"):
            del self.tags[tag]
        for tag_class in (_Output, _Echo, _Capture):
            self.add_tag(tag_class)
        for unknown in ("safe", "escapejs"):
            del self.filters[unknown]
        self.filters |= {
            "escape": _escape,
            "escape_once": _escape_once,
            "skip_autoescape": _skip_autoescape,
            "to_json": _to_json,
            "grant_read_access": _grant_read_access,
            "s3_presign": _grant_read_access,
        }
        self.filters = {name: _bounded(name, apply) for name, apply in self.filters.items()}


def _with_plain_containers(value: Any) -> Any:
    """The value with dicts and lists in place of other mappings and tuples, which Liquid cannot read."""
    if isinstance(value, Mapping):
        return {str(key): _with_plain_containers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_plain_containers(item) for item in value]
    return value


_ENVIRONMENT = _Environment()
