"""The last lines of the log, as the desk shows them."""

from __future__ import annotations

from pathlib import Path

from webtv.log import Tail


def test_the_tail_holds_the_last_lines_and_is_bounded() -> None:
    tail = Tail(3)
    for number in range(5):
        tail(None, "info", {"event": f"line {number}", "level": "info", "channel": "tides"})
    assert [line.event for line in tail.since(0)] == ["line 2", "line 3", "line 4"]
    assert [line.number for line in tail.since(4)] == [5]
    assert tail.since(5) == []


def test_a_reader_of_an_earlier_start_gets_all_lines() -> None:
    tail = Tail()
    tail(None, "info", {"event": "on air", "level": "info"})
    assert len(tail.since(9000)) == 1


def test_fields_are_plain_and_an_error_is_said_in_one_line() -> None:
    tail = Tail()
    event = {
        "event": "failed",
        "level": "error",
        "path": Path("a"),
        "count": 3,
        "exc_info": ValueError("two\nlines"),
        "timestamp": "now",
    }
    assert tail(None, "error", event) is event
    (line,) = tail.since(0)
    assert line.fields == {"path": "a", "count": 3, "exception": "ValueError: two\nlines"}
    assert line.when.endswith("Z")
