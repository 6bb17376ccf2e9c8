"""Task templates: Ground Truth's Liquid, its filters, errors and limits."""

from __future__ import annotations

from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.labeling.liquid_rendering import check, render
from trigpoint.labeling.template_errors import TemplateError

INPUT: dict[str, Any] = {
    "taskObject": "s3://bucket/a b.png",
    "source-ref": "s3://bucket/a.png",
    "labels": ["cat's", "<dog>"],
    "lines": "one\r\ntwo",
    "html": "<b>x</b>",
    "manifestLine": {
        "boxes": {"annotations": [{"class_id": 0, "left": 1.5}, {"class_id": 1, "left": 2}]},
        "boxes-metadata": {"class-map": {"0": "cat", "1": "dog & co"}},
    },
    "colors": {
        "1": {"class-name": "road", "hex-color": "#2ca02c"},
        "2": {"class-name": "sky", "hex-color": "#1f77b4"},
    },
}


def sign(uri: str) -> str:
    return f"https://signed/{uri.removeprefix('s3://')}?a=1&b=2"


def html(template: str) -> str:
    return render(template, INPUT, sign, "")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ task.input.html }}", "&lt;b&gt;x&lt;/b&gt;"),
        ("{{ task.input.html | escape }}", "&lt;b&gt;x&lt;/b&gt;"),
        ("{{ task.input.html | escape | escape }}", "&lt;b&gt;x&lt;/b&gt;"),
        ("{{ task.input.html | skip_autoescape }}", "<b>x</b>"),
        ("{{ '<a> &amp; &' | escape_once }}", "&lt;a&gt; &amp; &amp;"),
        ('{{ "Who\'s there?" }}', "Who&#39;s there?"),
        ("{{ task.input.html | upcase }}", "&lt;B&gt;X&lt;/B&gt;"),
        ("{% assign x = '<i>' %}{{ x }}", "&lt;i&gt;"),
        ("{% capture x %}<i>{{ task.input.html }}</i>{% endcapture %}{{ x }}", "<i>&lt;b&gt;x&lt;/b&gt;</i>"),
        ("{% echo task.input.html %}", "&lt;b&gt;x&lt;/b&gt;"),
        ("{{ task.input.lines }}", "one&#13;\ntwo"),
    ],
)
def test_every_output_is_escaped_once_unless_a_filter_prevents_it(template: str, expected: str) -> None:
    assert html(template) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ task.input.labels | to_json | escape }}", "[&#34;cat&#39;s&#34;,&#34;&lt;dog&gt;&#34;]"),
        ("{{ task.input.labels | to_json }}", "[&#34;cat&#39;s&#34;,&#34;&lt;dog&gt;&#34;]"),
        ("{{ task.input.labels | to_json | skip_autoescape }}", '["cat\'s","<dog>"]'),
        ("{{ task.input.nothing | to_json }}", "null"),
        ("{{ '</script>' | to_json | skip_autoescape }}", '"<\\/script>"'),
        ("{{ 1.5 | to_json }}{{ true | to_json }}", "1.5true"),
        # without a filter, lists and objects are JSON too
        ("{{ task.input.labels }}", "[&#34;cat&#39;s&#34;,&#34;&lt;dog&gt;&#34;]"),
        ("{% assign pair = task.input.labels | slice: 0, 1 %}{{ pair }}", "[&#34;cat&#39;s&#34;]"),
        ("{{ task.input.labels | join: '; ' }}", "cat&#39;s; &lt;dog&gt;"),
    ],
)
def test_to_json_is_safe_in_attributes_and_raw_in_scripts(template: str, expected: str) -> None:
    assert html(template) == expected


@pytest.mark.parametrize("name", ["grant_read_access", "s3_presign"])
def test_grant_read_access_signs_objects_and_leaves_other_urls(name: str) -> None:
    assert html(f"{{{{ task.input.taskObject | {name} }}}}") == "https://signed/bucket/a b.png?a=1&amp;b=2"
    path_style = f"{{{{ 'https://s3.amazonaws.com/bucket/k.png' | {name} | skip_autoescape }}}}"
    assert html(path_style) == "https://signed/bucket/k.png?a=1&b=2"
    assert html(f"{{{{ 'https://example.com/a.png' | {name} }}}}") == "https://example.com/a.png"
    assert html(f"{{{{ task.input.nothing | {name} }}}}") == ""


def test_names_may_have_hyphens_and_brackets() -> None:
    assert (
        html("{{ task.input.source-ref }} {{ task.input['source-ref'] }}")
        == "s3://bucket/a.png s3://bucket/a.png"
    )
    loop = (
        "{% for b in task.input.manifestLine.boxes.annotations %}{% capture id %}{{ b.class_id }}{% endcapture %}"
        "{{ task.input.manifestLine.boxes-metadata.class-map[id] }}@{{ b.left }};{% endfor %}"
    )
    assert html(loop) == "cat@1.5;dog &amp; co@2;"


def test_a_loop_over_an_object_gives_pairs() -> None:
    loop = (
        "{% for c in task.input.colors %}{{ c[0] }}={{ c[1]['class-name'] }}:{{ c[1].hex-color }} "
        "{% endfor %}"
    )
    assert html(loop) == "1=road:#2ca02c 2=sky:#1f77b4 "


def test_standard_tags_work() -> None:
    template = (
        "{% if task.input.labels.size == 2 %}two{% endif %}"
        "{% unless task.input.nothing %} none{% endunless %}"
        "{% case task.input.labels[0] %}{% when 'x' %}x{% else %} other{% endcase %}"
        "{{ task.input.labels | size }}"
    )
    assert html(template) == "two none other2"


def test_undefined_names_are_rendered_as_empty_text() -> None:
    assert html("[{{ task.input.header }}{{ nobody.knows[0].me }}{{ task.input.labels[9] }}]") == "[]"


def test_the_crowd_elements_are_loaded_from_this_server() -> None:
    template = (
        '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
        "<script src='https://assets.crowd.aws/crowd-html-elements-v2.js'></script>"
        '<link rel="stylesheet" href="https://assets.crowd.aws/css/crowd-html-elements-v2.css">'
        '<script src="https://example.com/mine.js"></script>'
    )
    assert html(template) == (
        '<script src="/static/crowd-html-elements.js"></script>'
        "<script src='/static/crowd-html-elements.js'></script>"
        '<script src="https://example.com/mine.js"></script>'
    )
    absolute = render(template, {}, sign, assets_url="http://here:8400")
    assert absolute.startswith('<script src="http://here:8400/static/crowd-html-elements.js">')


@pytest.mark.parametrize(
    ("template", "line", "cause"),
    [
        ("a\n\n{{ task.input.x | nofilter }}", 3, "unknown filter 'nofilter'"),
        ("<crowd-form>{{ task.input.x | nofilter </crowd-form>", 1, "expected '}}'"),
        ("a\n{% if x %}\nb", 3, "endif"),
        ("a\n{% foo %}", 2, "unexpected tag 'foo'"),
        ("{% include 'secret' %}", 1, "unexpected tag 'include'"),
        ("{% render 'secret' %}", 1, "unexpected tag 'render'"),
        ("\n{{ 1 | divided_by: 0 }}", 2, "divide by 0"),
        ("\n\n{{ 's3://only-a-bucket' | grant_read_access }}", 3, "names a bucket"),
        ("{{ task.input.labels | grant_read_access }}", 1, "needs the URI"),
        ("{{ 'x' | safe }}", 1, "unknown filter 'safe'"),
    ],
)
def test_an_error_is_reported_with_its_line_and_cause(template: str, line: int, cause: str) -> None:
    with pytest.raises(TemplateError, match=r"^line ") as caught:
        html(template)
    assert caught.value.line == line
    assert cause in caught.value.cause
    assert isinstance(caught.value, Invalid)


def test_check_finds_syntax_errors_without_rendering() -> None:
    check("{{ task.input.x }}")
    with pytest.raises(TemplateError, match="line 2"):
        check("\n{% endif %}")


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% for i in (1..400) %}{% for j in (1..400) %}{% for k in (1..400) %}x" + "{% endfor %}" * 3,
        "{% tablerow i in (1..100000000) %}x{% endtablerow %}",
        "{{ (1..1000000000) | join: 'x' }}",
        "{% assign a = 'aaaaaaaaaa' %}{% for i in (1..90) %}{% assign a = a | append: a %}{% endfor %}",
        "{% assign a = 3 %}{% for i in (1..90) %}{% assign a = a | times: a %}{% endfor %}",
        "{% assign a = 'aaaaaaaaaa' %}{% for i in (1..9) %}{% assign a = a | replace: 'a', a %}{% endfor %}",
        "{% if x %}" * 5_000,
        "{% for i in (1..99000) %}" + "x" * 1_000 + "{% endfor %}",
    ],
)
@pytest.mark.timeout(60)
def test_a_hostile_template_is_stopped(template: str) -> None:
    with pytest.raises(TemplateError):
        html(template)


def test_a_failing_signature_is_an_error_of_the_template() -> None:
    def refuse(_: str) -> str:
        raise Invalid("no such key")

    with pytest.raises(TemplateError, match="no such key"):
        render("{{ task.input.taskObject | grant_read_access }}", INPUT, refuse, "")
