"""The dashboard's JSON is what its description says, and what Grafana takes."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from monitoring.dashboard import OUTPUT, dashboard, text
from tests.monitoring.units import UNITS

VARIABLES = {"datasource", "station", "channel", "__rate_interval"}
SHOWN = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]
ROWS = [panel for panel in dashboard()["panels"] if panel["type"] == "row"]

Json = dict[str, Any]


def test_the_file_is_what_the_description_makes() -> None:
    assert OUTPUT.read_text() == text(), "run: python -m monitoring.dashboard"


def test_ids_are_unique() -> None:
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))


def test_titles_are_unique_so_that_people_can_name_a_panel_within_its_row() -> None:
    keys = [(panel["title"], panel["description"]) for panel in SHOWN]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("panel", SHOWN, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_in_which_unit(panel: Json) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize("panel", SHOWN, ids=lambda panel: panel["title"])
def test_a_panel_asks_the_chosen_prometheus_with_variables_that_exist(panel: Json) -> None:
    sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(panel)))
    assert used <= VARIABLES


def test_panels_do_not_lie_on_each_other_and_stay_on_the_board() -> None:
    for one, other in combinations((panel["gridPos"] for panel in dashboard()["panels"]), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in SHOWN)


def test_one_row_is_repeated_for_every_channel_and_its_panels_ask_for_that_channel_alone() -> None:
    (row,) = [row for row in ROWS if "repeat" in row]
    assert row["repeat"] == "channel"
    after = min(other["gridPos"]["y"] for other in ROWS if other["gridPos"]["y"] > row["gridPos"]["y"])
    within = [panel for panel in SHOWN if row["gridPos"]["y"] < panel["gridPos"]["y"] < after]
    assert within
    for panel in within:
        assert all('channel=~"$channel"' in target["expr"] for target in panel["targets"])
    for panel in SHOWN:
        if panel not in within:
            assert "$channel" not in json.dumps(panel)
