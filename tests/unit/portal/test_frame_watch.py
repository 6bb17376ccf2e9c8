"""The script that reports that a frame's document has arrived: it changes nothing else."""

from __future__ import annotations

import time

import pytest

from trigpoint.server.portal.frame_watch import with_watch


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "<crowd-form></crowd-form>"),
        ("<!DOCTYPE html>", "\n<html lang='en'>"),
        ("\n <!-- a --><!-- b -->\n<!doctype html PUBLIC '-//W3C//DTD HTML 4.01//EN'>", "<p>"),
        ("", "<p><!doctype html>"),
        ("", "<!-- <!doctype html>"),
        ("", ""),
    ],
)
def test_it_is_the_first_element_and_follows_the_document_type(before: str, after: str) -> None:
    html = with_watch(before + after)
    assert html.startswith(f"{before}<script>")
    assert html.endswith(f"</script>{after}")


def test_a_hostile_beginning_is_read_in_linear_time() -> None:
    begun = time.process_time()
    with_watch("<!---->" * 300_000 + "<!--" * 300_000)
    assert time.process_time() - begun < 3
