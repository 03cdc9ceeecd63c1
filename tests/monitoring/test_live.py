"""A real Prometheus watches two real stations, on which real things go wrong.

One station makes clips and pushes them; its workers and pushes are killed, its engine and its writer are
away, its disk is nearly full. The other makes none, has a target that is away and no room; a file is saved
with a mistake, those on air are deleted, and in the end it is killed. The rules are the shipped ones in a
hurry: see ``hurried``.

``WebtvBufferFalling`` would take minutes; its station, in accelerated time, is in ``test_live_plan.py``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from bench.dashboard_data import Window, ask
from monitoring.dashboard import dashboard
from tests.ingests import free_port, nginx_rtmp
from tests.monitoring.prometheus import MONITORING, Prometheus, prometheus, promtool
from tests.monitoring.rules import ALERTS, BUFFER_FALLING, rules
from tests.station_process import SMALL_CHANNEL, StationProcess

pytestmark = pytest.mark.timeout(400)

ALL_HERE = ALERTS.keys() - {BUFFER_FALLING}
PATIENCE_S = 150.0
"""Generous, because other tests use the machine: it takes about 30 s."""
_LOOK_S = 0.2
MOST_LINES = 8
"""More of them hide a panel behind its legend."""
_GB = 10**9
_BROKEN = "broken.yaml"
_OF_FILES = {
    "WebtvOffAir",
    "WebtvDeadAir",
    "WebtvPlaylistLate",
    "WebtvBudgetBurnsFast",
    "WebtvBudgetBurnsSlowly",
}
"""What fires when the files on air are deleted."""
_MEANWHILE = {"WebtvOnSlate", "WebtvFreshLow"}
"""What fires only while they are not."""

_MADE_WITHOUT_ENGINE = "sum(webtv_clips_made_total) > 0 and sum(webtv_engine_up == 0)"
"""A clip was made, and an engine of its chain could not do its part."""

Annotations = dict[str, str]


def children(pid: int, program: str) -> list[int]:
    """Child processes whose command line names ``program``."""
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in listed.read_text().split()]
    return [child for child in found if program in _command_line(child)]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def kill_children(pid: int, program: str) -> None:
    for child in children(pid, program):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def delete_what_is_on_air(station: StationProcess) -> None:
    for folder in ("cards", "channels/dark/air"):
        for path in (station.data / folder).glob("*.mp4"):
            path.unlink(missing_ok=True)


class Watch:
    """All alerts that fired since the beginning, with their texts."""

    def __init__(self, prom: Prometheus) -> None:
        self.prom = prom
        self.fired: dict[str, Annotations] = {}
        self.ended: set[str] = set()
        self.metrics = b""
        """What the busy station said in the end."""

    def until(self, done: Callable[[], Any], *, doing: Callable[[], None] = lambda: None) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < give_up, f"fired until now: {sorted(self.fired)}"
            doing()
            self.fired |= self.prom.firing()
            time.sleep(_LOOK_S)

    def finds(self, expr: str) -> bool:
        return bool(self.prom.series(expr))

    def seen(self, *names: str) -> bool:
        return set(names) <= self.fired.keys()


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Two stations as the module's docstring tells, watched until all has gone wrong but the last."""
    folder = tmp_path_factory.mktemp("live")
    nowhere = free_port()
    with ExitStack() as stack:
        ingest = stack.enter_context(nginx_rtmp(folder / "ingest"))
        busy = stack.enter_context(
            StationProcess(
                folder / "busy",
                {
                    "tides": SMALL_CHANNEL
                    | {
                        "engines": {"video": ["space", "procedural"], "writer": ["openai", "grammar"]},
                        "targets": [{"name": "here", "url": f"{ingest.url}/tides"}],
                    }
                },
                workers=1,
                station={
                    "space": {"url": f"http://127.0.0.1:{nowhere}"},
                    "openai": {"model": "none", "base_url": f"http://127.0.0.1:{nowhere}/v1", "timeout_s": 1},
                    "min_free_gb": 0.7 * shutil.disk_usage(folder).free / _GB,
                },
            )
        )
        idle = stack.enter_context(
            StationProcess(
                folder / "idle",
                {
                    "dark": SMALL_CHANNEL
                    | {"targets": [{"name": "away", "url": f"rtmp://127.0.0.1:{nowhere}/live/dark"}]}
                },
                station={"min_free_gb": 1e6},
            )
        )
        for station in (busy, idle):
            station.start()
        prom = stack.enter_context(prometheus(folder / "prometheus", [busy.port, idle.port]))
        for station in (busy, idle):
            station.wait_on_air()
        (idle.channels / _BROKEN).write_text("title: [\n")
        yield _watched(Watch(prom), busy, idle)


def _watched(watch: Watch, busy: StationProcess, idle: StationProcess) -> Watch:
    def harm() -> None:
        if not watch.seen("WebtvTargetUnsteady") and watch.finds('webtv_target_up{target="here"} == 1'):
            kill_children(busy.pid, "ffmpeg")
        if not watch.seen("WebtvWorkerFlapping") and watch.finds(_MADE_WITHOUT_ENGINE):
            kill_children(busy.pid, "webtv.render")
        if watch.seen(*_MEANWHILE) and not watch.seen(*_OF_FILES):
            delete_what_is_on_air(idle)

    last = "WebtvStationDown"
    watch.until(lambda: watch.seen(*(ALL_HERE - {last})), doing=harm)
    watch.until(lambda: watch.finds("webtv_playout_lag_seconds"))
    watch.metrics = busy.get("/metrics").body
    (idle.channels / _BROKEN).unlink()
    watch.until(lambda: "WebtvConfigStale" not in watch.prom.firing())
    watch.ended.add("WebtvConfigStale")
    watch.fired.pop(last, None)  # a machine that is at its limit may have held up a scrape
    idle.kill()
    watch.until(lambda: watch.seen(last))
    return watch


def test_each_alert_fires_for_a_real_fault_and_its_text_is_whole(watch: Watch) -> None:
    assert watch.fired.keys() == ALL_HERE
    for texts in watch.fired.values():
        assert set(texts) == {"summary", "description", "action"}
        for text in texts.values():
            assert not re.search(r"<error|<no value>|\{\{", text)
    assert "Reason: " in watch.fired["WebtvTargetDown"]["description"]


def test_an_alert_ends_when_its_fault_is_mended(watch: Watch) -> None:
    assert watch.ended == {"WebtvConfigStale"}


def test_every_query_of_the_dashboard_returns_data(watch: Watch) -> None:
    empty = []
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            expr = target["expr"].replace("$station", ".+").replace("$channel", ".+")
            found = watch.prom.series(expr.replace("$__rate_interval", "5s"))
            if not found and "noValue" not in panel["fieldConfig"]["defaults"]:
                empty.append((panel["title"], target["expr"]))
    assert not empty


def test_the_dashboard_asks_by_its_variables_and_names_each_line_in_words_and_once(watch: Watch) -> None:
    now = time.time()
    board = ask(watch.prom, Window(now - 30, now))
    rows = [panel.title for panel in board.panels if panel.kind == "row"]
    assert {"Channel dark", "Channel tides"} <= set(rows)
    shown = [panel for panel in board.panels if panel.kind not in ("row", "stat")]
    for panel in shown:
        names = [series.name for series in panel.series]
        assert len(set(names)) == len(names)
        assert not [name for name in names if not name.strip() or re.search(r"[({=]|^Value$", name)]
        assert len(names) <= MOST_LINES
    assert "WebtvDiskFull" in board.firing


def test_every_rule_is_evaluated_without_an_error_and_every_record_has_data(watch: Watch) -> None:
    groups = watch.prom.get("rules")["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    assert {rule["name"] for rule in found if rule["type"] == "alerting"} == ALERTS.keys()
    assert [rule["name"] for rule in found if rule["health"] != "ok"] == []
    assert [rule["record"] for rule in rules("record") if not watch.prom.series(rule["record"])] == []


def test_promtool_finds_nothing_wrong_with_what_a_busy_station_says(watch: Watch) -> None:
    seen = promtool("check", "metrics", given=watch.metrics)
    assert (seen.returncode, seen.stdout, seen.stderr) == (0, b"", b"")


def test_the_operators_guide_lists_every_metric_and_no_other(watch: Watch) -> None:
    guide = set(re.findall(r"`(webtv_[a-z_]+)`", (MONITORING / "README.md").read_text()))
    assert set(re.findall(r"^# HELP (\w+) ", watch.metrics.decode(), flags=re.M)) == guide


def test_labels_are_few_and_their_values_bounded(watch: Watch) -> None:
    of_prometheus = {"__name__", "alertname", "alertstate", "instance", "job", "severity", "slo"}
    ours = {"channel", "target", "device", "reason", "step", "engine", "writer", "kind", "version", "le"}
    assert set(watch.prom.get("labels", **{"match[]": '{job="webtv"}'})) <= of_prometheus | ours
