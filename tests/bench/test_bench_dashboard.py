"""The dashboard's picture shows what its queries gave, in its own units."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.dashboard_data import Board, Panel, Series, Window
from bench.dashboard_svg import drawn
from bench.dashboard_units import ticks, words
from monitoring.dashboard import dashboard
from tests.monitoring.units import UNITS

DOCS = Path(__file__).parents[2] / "docs"
DEFAULTS = {
    "unit": "s",
    "min": 0,
    "thresholds": {"steps": [{"value": None, "color": "green"}, {"value": 60, "color": "red"}]},
    "mappings": [],
    "custom": {"stacking": {"mode": "none"}, "thresholdsStyle": {"mode": "off"}},
}


def board(*panels: Panel) -> Board:
    return Board(Window(1000, 1600), list(panels), {})


def texts(svg: str) -> list[str]:
    document = ElementTree.fromstring(svg)  # noqa: S314 - our own
    return [node.text or "" for node in document.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.0, "none", "3"),
        (0.0093, "none", "0.009"),
        (90.0, "s", "1.5 min"),
        (0.25, "s", "250 ms"),
        (2 * 1024**3, "bytes", "2 GiB"),
        (1_530_000.0, "bps", "1.53 Mb/s"),
        (0.9999, "percentunit", "100%"),
        (0.62, "reqps", "0.62 req/s"),
        (7300.0, "dtdurations", "2 hours"),
    ],
)
def test_a_value_reads_as_people_read_it(value: float, unit: str, text: str) -> None:
    assert words(value, unit) == text


def test_a_share_just_below_its_objective_is_shown_with_the_panel_s_decimals() -> None:
    assert words(0.99985, "percentunit", 4) == "99.985%"


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_every_unit_of_the_dashboard_can_be_read(unit: str) -> None:
    assert words(1.0, unit)


def test_an_axis_has_round_numbers_in_the_unit_that_they_read_in() -> None:
    assert [words(tick, "s") for tick in ticks(0, 540, "s")] == ["0 s", "5 min"]
    assert [words(tick, "bytes") for tick in ticks(0, 300 * 2**20, "bytes")][1:] == [
        "100 MiB",
        "200 MiB",
        "300 MiB",
    ]


def test_a_number_has_the_colour_of_the_threshold_that_it_has_passed() -> None:
    calm, passed = (
        drawn(board(Panel("stat", "Lag", 0, 0, 4, 4, DEFAULTS, [Series("lag", [(1600, value)])])))
        for value in (59.0, 60.0)
    )
    assert "#73bf69" in calm
    assert "#f2495c" in passed


def test_a_line_breaks_where_nothing_was_measured() -> None:
    points = [(at_s, 1.0) for at_s in (*range(1000, 1200, 10), *range(1400, 1600, 10))]
    svg = drawn(board(Panel("timeseries", "Lag", 0, 0, 8, 7, DEFAULTS, [Series("push", points)])))
    assert svg.count("<polygon") == 2


def test_a_panel_without_data_says_so_in_its_own_words() -> None:
    svg = drawn(board(Panel("timeseries", "Refused", 0, 0, 8, 7, {**DEFAULTS, "noValue": "none"})))
    assert texts(svg) == ["Refused", "none"]


def test_the_shipped_picture_is_of_the_shipped_dashboard() -> None:
    shown = texts((DOCS / "dashboard.svg").read_text(encoding="utf-8"))
    assert not [p["title"] for p in dashboard()["panels"] if p["type"] != "row" and p["title"] not in shown]
