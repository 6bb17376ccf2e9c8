"""Strangers cannot fill the disk through the log."""

from __future__ import annotations

import logging

from trigpoint.core.log_flood import LINES, PERIOD_S, FloodFilter


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def passed(
    flood: FloodFilter, count: int, name: str = "trigpoint.server.chain", level: int = logging.INFO
) -> list[str]:
    """The lines that the filter passes out of `count` records of one event."""
    records = [
        logging.LogRecord(name, level, "", 0, "request.refused id=%s", (n,), None) for n in range(count)
    ]
    return [record.getMessage() for record in records if flood.filter(record)]


def test_a_flood_of_one_event_is_cut_and_the_next_line_says_how_much_is_missing() -> None:
    clock = Clock()
    flood = FloodFilter(clock)
    assert len(passed(flood, 5000)) == LINES
    clock.now_s += PERIOD_S
    assert passed(flood, 2) == [f"request.refused id=0 left_out={5000 - LINES}", "request.refused id=1"]


def test_events_are_counted_apart() -> None:
    flood = FloodFilter(Clock())
    passed(flood, 5000)
    other = logging.LogRecord("trigpoint.server.front", logging.INFO, "", 0, "front.tunnel_refused", (), None)
    assert flood.filter(other)


def test_errors_and_other_parts_of_the_server_are_never_left_out() -> None:
    flood = FloodFilter(Clock())
    assert len(passed(flood, 500, level=logging.ERROR)) == 500
    assert len(passed(flood, 500, name="trigpoint.labeling.progress")) == 500
