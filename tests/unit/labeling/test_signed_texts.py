"""The attribute `text` of elements that load a text: addresses of objects become signed links."""

from __future__ import annotations

import html
import time

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.labeling.liquid_rendering import render
from trigpoint.labeling.signed_texts import MOST_LINKS, with_signed_texts

LINK = "https://signed/bucket/a.txt?a=1&b=2"
SIGNED = f'text="{html.escape(LINK)}" signed-text'


def sign(uri: str) -> str:
    if uri.startswith("s3://closed/"):
        raise Invalid("this bucket cannot be read")
    return f"https://signed/{uri.removeprefix('s3://')}?a=1&b=2"


def signed(page: str) -> str:
    return with_signed_texts(page, sign, ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<crowd-text-ranking name="a" text="s3://bucket/a.txt" b>', f'<crowd-text-ranking name="a" {SIGNED} b>'),
        ("<CROWD-Text-Ranking TEXT = 's3://bucket/a.txt'>", f"<CROWD-Text-Ranking {SIGNED}>"),
        ("<crowd-text-ranking text=s3://bucket/a.txt>", f"<crowd-text-ranking {SIGNED}>"),
        ("<crowd-text-ranking\ttext=' s3:&#47;&#x2f;bucket/a.txt\n'/>", f"<crowd-text-ranking\t{SIGNED}/>"),
        ('<crowd-question-answer-generation text="s3://bucket/a.txt">', f"<crowd-question-answer-generation {SIGNED}>"),
    ],
)  # fmt: skip
def test_an_object_is_signed_however_the_tag_is_written(written: str, expected: str) -> None:
    assert signed(written) == expected


@pytest.mark.parametrize(
    "page",
    [
        '<crowd-text-ranking text="See s3://bucket/a.txt">',
        '<crowd-text-ranking text="s3://bucket/a.txt\nis where it is">',
        '<crowd-text-ranking text="s3://bucket"><crowd-text-ranking text="s3:///a"><crowd-text-ranking text>',
        '<crowd-text-ranking text="s3://closed/a.txt">',
        '<crowd-text-ranking text="https://host/a?X-Amz-Signature=1">',
        '<crowd-text-ranking text="a" text="s3://bucket/a.txt">',
        '<crowd-text-ranking data-text="s3://bucket/a.txt">',
        '<crowd-input text="s3://bucket/a.txt"></crowd-input><crowd-text-ranking text="a">',
        '<crowd-text-rankings text="s3://bucket/a.txt">',
        "<p title=\"<crowd-text-ranking text='s3://bucket/a.txt'>\">",
        '<!-- <crowd-text-ranking text="s3://bucket/a.txt"> -->',
        "<script>'<crowd-text-ranking text=\"s3://bucket/a.txt\">'</SCRIPT>",
        '<textarea><crowd-text-ranking text="s3://bucket/a.txt"></textarea>',
        '<crowd-text-ranking a text="s3://bucket/a.txt',
        '</crowd-text-ranking text="s3://bucket/a.txt">',
    ],
)
def test_everything_else_stays_as_it_is(page: str) -> None:
    assert signed(page) == page


def test_a_link_of_grant_read_access_is_marked_and_a_link_from_the_data_is_not() -> None:
    page = '<crowd-text-ranking text="{{ task.input.text }}">'
    filtered = page.replace("task.input.text", "task.input.text | grant_read_access")
    uri = {"text": "s3://bucket/a.txt"}
    assert render(page, uri, sign, "") == render(filtered, uri, sign, "") == f"<crowd-text-ranking {SIGNED}>"
    foreign = render(filtered, {"text": "https://example.com/a?X-Amz-Signature=1"}, sign, "")
    assert foreign == '<crowd-text-ranking text="https://example.com/a?X-Amz-Signature=1">'
    quote = render(page, {"text": 's3://bucket/"><script>'}, sign, "")
    assert quote.count("<") == 1


@pytest.mark.parametrize(
    "page",
    [
        "<crowd-text-ranking " + "text=" * 200_000,
        "<crowd-text-ranking " + "text=' " * 100_001,
        "<crowd-text-ranking" + " " * 1_000_000,
        "<crowd-text-ranking a" + " " * 1_000_000 + "b",
        "<crowd-text-ranking text=\"'" * 100_001,
        "<crowd-text-ranking>" + "<script>" * 100_000,
        "<crowd-text-ranking>" + "<!--" * 200_000,
    ],
    ids=["names", "quotes", "blanks", "blanks after a name", "tags", "scripts", "comments"],
)
def test_a_hostile_page_is_read_in_linear_time(page: str) -> None:
    begun = time.process_time()
    signed(page)
    assert time.process_time() - begun < 4


def test_a_page_gets_only_so_many_links() -> None:
    page = "".join(f'<crowd-text-ranking text="s3://bucket/{n}">' for n in range(2 * MOST_LINKS))
    assert signed(page).count("signed-text") == MOST_LINKS
