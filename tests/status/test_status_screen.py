"""What the terminal shows: at every width, all that an operator asks first, and nothing that steers it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from webtv.cli.status.ask import Picture
from webtv.cli.status.screen import draw, draw_nothing

NOW = datetime(2026, 11, 20, 18, 40, 12, tzinfo=UTC)
Json = dict[str, Any]


def airing(title: str, kind: str = "fresh", start: str = "2026-11-20T18:40:05Z") -> Json:
    return {"title": title, "kind": kind, "start": start, "seconds": 14.4}


def channel(name: str, **more: Any) -> Json:
    return {
        "id": name,
        "on_air": True,
        "now": airing("Whales of light"),
        "next": [airing("The violet hour", "archive")],
        "buffered_s": 598.2,
        "fresh_share": 0.64,
        "clips": 214,
        "watched": True,
        "targets": [],
    } | more


def target(name: str, state: str, **more: Any) -> Json:
    return {
        "name": name,
        "server": "rtmp://live-fra.twitch.tv/app",
        "state": state,
        "since": "2026-11-20T10:00:00Z",
        "lag_s": 0.21,
        "sent_bytes": 6_200_000_000,
        "reconnects": 1,
        "last_error": "the server closed the connection",
    } | more


def picture(*channels: Json, **more: Any) -> Picture:
    station = {
        "version": "0.1.0",
        "uptime_s": 190_000,
        "free_gb": 412.3,
        "problems": more.pop("problems", []),
    }
    state = {"station": station, "channels": list(channels), "orders": [], "engines": [], "quarantine": []}
    return Picture(state | more, NOW)


def lines(shown: Picture, width: int = 120, height: int | None = None, **how: Any) -> list[str]:
    """As a terminal of that size shows it, without blanks at the ends."""
    console = Console(file=StringIO(), width=width, height=height or 25)
    options = console.options.update(width=width, height=height)
    rendered = console.render_lines(draw(shown, **how), options, pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in rendered]


FULL = picture(
    channel("deep-field", targets=[target("twitch", "on air"), target("youtube-backup", "refused")]),
    channel("dreams", now=airing("A title that goes on and on " * 10, "archive"), buffered_s=20.0),
    channel("neon-rain", on_air=False, now=None, next=[], buffered_s=0.0),
    problems=[{"path": "tide.yaml", "text": "channels/tide.yaml:2:1: unknown key 'tehme'.\n  2 | tehme: x"}],
    orders=[{"channel": "dreams", "title": "Tide of glass", "step": "video", "engine": None, "done": 0.43}],
    engines=[
        {"step": "video", "engine": "ltx", "device": "cuda:0", "up": True, "next_try_s": 0},
        {
            "step": "musician",
            "engine": "ace_step",
            "device": "cuda:0",
            "up": False,
            "next_try_s": 512,
            "reason": "out of memory",
        },
    ],
    quarantine=[{}, {}],
)


@pytest.mark.parametrize("width", range(80, 201, 8))
def test_every_width_shows_what_an_operator_asks_first(width: int) -> None:
    shown = lines(FULL, width)
    text = "\n".join(shown)
    assert max(map(len, shown)) <= width
    assert shown[0].startswith("webtv 0.1.0  2 of 3 on air  up 2 d 4 h  412 GB free  2 in quarantine  ")
    assert shown[1] == "✗ channels/tide.yaml:2:1: unknown key 'tehme'."
    assert re.search(r"deep-field +on air +Whales of light.* 0:07 .* 9:58 +64 %", text)
    assert re.search(r"The violet hour", text)
    assert re.search(r"dreams +on air +A title that goes on.*…", text)
    assert re.search(r"neon-rain +off air", text)
    assert re.search(r"deep-field +twitch +on air +8 h 40 min +\+0\.2 s +6\.2 GB +1", text)
    assert re.search(r"deep-field +youtube-backup +refused", text)
    assert "deep-field to youtube-backup: the server closed the connection" in text
    assert "deep-field to twitch" not in text
    assert re.search(r"dreams +Tide of glass +video +━+.* 43 %", text)
    assert "musician ace_step on cuda:0 rests, tried again in 8:32: out of memory" in text
    assert "ltx" not in text


def test_little_width_takes_two_lines_for_what_airs_now_and_next() -> None:
    shown = lines(picture(channel("tides", now=airing("Tides", "slate"))), 80)
    assert shown[2:5] == [
        "channel  air     now                                         left  buffer  fresh",
        "tides    on air  Tides                                       0:07    9:58   64 %",
        "                 slate, then The violet hour",
    ]


def test_more_width_shows_more() -> None:
    def heads(width: int) -> list[str]:
        return next(line for line in lines(FULL, width) if line.startswith("channel ")).split()

    assert heads(80) == ["channel", "air", "now", "left", "buffer", "fresh"]
    assert heads(120) == ["channel", "air", "now", "kind", "left", "next", "buffer", "fresh"]
    assert heads(160) == [*heads(120), "clips", "watched"]


def test_a_low_terminal_says_that_there_is_more() -> None:
    whole = lines(FULL, 120)
    low = lines(FULL, 120, height=10)
    assert len(low) == 10
    assert low[:9] == whole[:9]
    assert low[9] == f"… {len(whole) - 9} more lines: make the terminal higher"
    assert lines(FULL, 120, height=len(whole)) == whole


def test_a_station_that_is_silent_keeps_its_picture_and_says_so() -> None:
    shown = lines(FULL, 120, silent_s=75.0)
    assert shown[1] == "No answer for 1:15; tried again each second."
    assert shown[:1] + shown[2:] == lines(FULL, 120)


def test_before_the_first_answer_the_words_say_what_to_do() -> None:
    console = Console(file=StringIO(), width=120)
    console.print(draw_nothing("no station answers at http://127.0.0.1:1", 3))
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().splitlines() == [
        "no station answers at http://127.0.0.1:1",
        "Tried again each second, for 0:03.",
    ]


def test_what_the_public_api_alone_says_is_enough() -> None:
    state = {
        "station": {"title": "webtv", "version": "0.1.0"},
        "channels": [
            channel("dreams", targets=[{"state": "down"}]),
            {"id": "tides", "title": "Tides", "on_air": False, "now": None, "next": []},
        ],
        "orders": [{"channel": "dreams", "title": "Tide of glass", "step": "video", "done": 0.43}],
        "engines": [
            {"step": "writer", "engine": "openai", "device": None, "up": False, "next_try_s": None},
        ],
    }
    note = "This is what everybody may see: the desk asks for its token."
    shown = lines(Picture(state, NOW, note))
    assert shown[1] == note
    assert re.search(r"^dreams +down$", "\n".join(shown), re.MULTILINE)
    assert shown[0].startswith("webtv 0.1.0  1 of 2 on air  ")
    assert any(line.startswith("tides    off air") for line in shown)
    assert shown[-1] == "writer openai rests; the log says why"


def test_no_title_and_no_error_steers_the_terminal() -> None:
    evil = "\x1b]0;mine\x07[bold]\x1b[2J\r\n"
    shown = lines(
        picture(
            channel("dreams", now=airing(evil), targets=[target("a", "down", last_error=evil)]),
            problems=[{"path": "", "text": evil}],
        ),
        160,
    )
    text = "\n".join(shown)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x9b]", text)
    assert text.count("[bold]") == 3


def test_many_problems_are_counted() -> None:
    problems = [{"path": str(number), "text": f"{number}.yaml: wrong"} for number in range(9)]
    shown = lines(picture(channel("dreams"), problems=problems))
    assert shown[1:6] == [
        *(f"✗ {number}.yaml: wrong" for number in range(4)),
        "✗ and 5 more files: 'webtv check' tells all",
    ]
