"""Operators edit the files of a running station, by chance and without pause, and viewers notice nothing.

``EDITS=200`` in the environment makes it as many: ``make edits`` does that.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from tests.edits import APPLIED, REFUSED, Edit, Editor
from tests.follower import Follower
from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from tests.web.browser import Viewer, chromium

_EDITS = int(os.environ.get("EDITS", "20"))
_SEED = int(os.environ.get("SEED", "7"))
_LOAD_S = float(os.environ.get("LOAD_S", "4"))
"""What a machine that does other things meanwhile may add to a promise. Most edits keep it even so."""
PROMISE_S = {APPLIED: 1.0, REFUSED: 2.0}
"""Seconds from the save to the log's answer."""
_OTHERS = ("neon", "aurora", "moss", "harbour")


class LogTail:
    """The station's log, each line read once."""

    def __init__(self, station: StationProcess) -> None:
        self._station, self._at = station, 0

    def read(self) -> Iterator[dict[str, Any]]:
        with self._station.log_path.open("rb") as file:
            file.seek(self._at)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._at += len(line)
                if line.startswith(b"{"):
                    yield json.loads(line)


def at(entry: dict[str, Any]) -> float:
    return datetime.fromisoformat(entry["timestamp"]).timestamp()


def answers(edit: Edit, entry: dict[str, Any]) -> bool:
    about = entry.get("channel") == edit.channel or entry.get("file", "").endswith(f"/{edit.channel}.yaml")
    return entry["event"] == edit.says and about


Shown = dict[str, tuple[str, str, int]]
"""Title, theme and width of each channel."""


def on_air(station: StationProcess) -> Shown:
    listed = station.get("/api/v1/channels").json()["channels"]
    return {entry["id"]: (entry["title"], entry["theme"], entry["width"]) for entry in listed}


def wanted(editor: Editor) -> Shown:
    return {
        name: (config["title"], config["theme"], config["format"]["width"])
        for name, config in editor.good.items()
        if config.get("enabled", True)
    }


def test_edits_by_chance_are_applied_or_refused_in_time_and_no_viewer_notices(tmp_path: Path) -> None:
    channels = {name: SMALL_CHANNEL | {"title": name.title()} for name in ("tides", "neon", "aurora")}
    took: dict[str, list[float]] = {}
    with StationProcess(tmp_path / "station", channels) as station, chromium() as browser:
        for name in channels:
            seed_library(station.data, name, (6, 7, 6, 6, 7, 6), HOUSE)
        station.start().wait_on_air()
        viewer = Viewer.at(browser, f"{station.url}/watch/tides")
        viewer.wait_playing()
        viewer.wait_until("window.webtv.stats().currentTime > 3")
        stalls, log = viewer.stats()["stalls"], LogTail(station)
        editor = Editor(
            station.channels, Random(_SEED), "tides", _OTHERS, {n: dict(c) for n, c in channels.items()}
        )
        list(log.read())
        with Follower(station, "tides") as follower:
            for number in range(_EDITS):
                edit = editor.edit(number)
                answer = station.wait_for(
                    lambda edit=edit: [entry for entry in log.read() if answers(edit, entry)],
                    f"edit {number} of seed {_SEED}, {edit}, is answered",
                )[0]
                took.setdefault(edit.says, []).append(at(answer) - edit.saved_at)
                assert took[edit.says][-1] <= PROMISE_S[edit.says] + _LOAD_S, edit
                viewer.page.wait_for_timeout(100)
            station.wait_for(
                lambda: on_air(station) == wanted(editor), "what is on air is what the files ask for"
            )
            viewer.wait_until_wall_time(time.time() * 1000)  # past all that was edited
        for says, seconds in took.items():
            print(f"{len(seconds)} times '{says}': {median(seconds):.2f} s, at most {max(seconds):.2f} s")
            assert median(seconds) <= PROMISE_S[says]
        print(f"{follower.segments} segments in {len(follower.inits)} house formats")
        print(f"at least {follower.least_ahead_s:.1f} s ahead")
        assert follower.faults == []
        assert len(follower.inits) > 1
        assert follower.least_ahead_s > 0, "a viewer stalled"
        stats = viewer.stats()
        assert stats["stalls"] == stalls
        assert stats["decodeErrors"] == 0
        assert viewer.errors == []
        metric = f"webtv_config_problems {float(len(editor.bad))}"
        assert metric in station.get("/metrics").text
        assert station.get("/readyz").status == 200
        assert "Traceback" not in station.log_text()
        gone = [name for name in _OTHERS if name not in wanted(editor)]
        assert {station.get(f"/hls/{name}/live.m3u8").status for name in gone} <= {404}
