"""A channel's planning hangs on a real station, whose time passes 30 times as fast as ours.

A plan reaches minutes ahead, so at the real pace this alone of all faults would take minutes to be told.
The disk hangs: slots were altered, and the file to make them anew from is a pipe that gives nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.stage import OnAir, make_station, started
from tests.ingests import free_port
from tests.monitoring.prometheus import Prometheus, prometheus
from tests.monitoring.rules import BUFFER_FALLING
from tests.station_process import READY_WITHIN_S, SMALL_CHANNEL
from webtv.playlist.keeper import AHEAD_S

_RATE = 30
"""From 240 s ahead to a dark channel it then takes eight seconds."""
_NEVER_S = 1e9
_PATIENCE_S = 60.0

Annotations = dict[str, str]


class HungCard:
    """The slate's file gives nothing until ``let_go``, and whoever reads it waits."""

    def __init__(self, data: Path) -> None:
        (self._card,) = (data / "cards").glob("*.mp4")
        self._aside = self._card.with_suffix(".aside")
        self._card.rename(self._aside)
        os.mkfifo(self._card)

    def let_go(self) -> None:
        """Who waits reads it to its end, and everybody after them."""
        with self._card.open("wb") as reader:
            self._aside.replace(self._card)
            reader.write(self._card.read_bytes())


def alter_slots(data: Path) -> None:
    """They can still be aired, but are not what was admitted: each has a byte more."""
    for slot in (data / "channels" / "tides" / "air").glob("*.mp4"):
        altered = slot.with_suffix(".altered")
        shutil.copyfile(slot, altered)
        with altered.open("ab") as file:
            file.write(b"\0")
        altered.replace(slot)


@dataclass(frozen=True)
class Seen:
    """What fired together with the alert, and the least of all that was scraped until it had ended."""

    fired: dict[str, Annotations]
    on_air: float
    ahead_s: float


def until(done: Callable[[], object], what: str) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while not done():
        assert time.monotonic() < give_up, what
        time.sleep(0.1)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnAir]:
    place = tmp_path_factory.mktemp("fast")
    make_station(place, {"tides": SMALL_CHANNEL}, data=str(place / "data"), workers=0, min_free_gb=0)
    port, began = free_port(), time.monotonic()
    command = [sys.executable, "-m", "bench.fast_station", str(place), str(port)]
    command += [str(_RATE), str(time.monotonic_ns()), str(_NEVER_S)]
    with (place / "log.txt").open("wb") as log, started(command, stderr=log) as process:
        station = OnAir(process, "127.0.0.1", port, place, began)
        station.wait_ready(READY_WITHIN_S)
        yield station


@pytest.fixture(scope="module")
def seen(station: OnAir) -> Iterator[Seen]:
    with prometheus(station.folder / "prometheus", [station.port]) as prom:
        until(lambda: prom.series(f"webtv_buffer_seconds >= {AHEAD_S}"), "it is planned as it should be")
        card = HungCard(station.data)
        try:
            alter_slots(station.data)
            until(lambda: BUFFER_FALLING in prom.firing(), "the alert fires")
            fired = prom.firing()
        finally:
            card.let_go()
        until(lambda: BUFFER_FALLING not in prom.firing(), "the alert ends")
        yield Seen(fired, least(prom, "webtv_on_air"), least(prom, "webtv_buffer_seconds"))


def least(prom: Prometheus, metric: str) -> float:
    (series,) = prom.series(f"min_over_time({metric}[10m])")
    return float(series["value"][1])


def test_the_alert_on_a_short_plan_fires_and_ends_while_the_channel_is_on_air(seen: Seen) -> None:
    assert set(seen.fired[BUFFER_FALLING]) == {"summary", "description", "action"}
    assert re.fullmatch(r"tides is planned only 3m \d+s ahead\.", seen.fired[BUFFER_FALLING]["summary"])
    assert seen.on_air == 1
    assert 0 < seen.ahead_s < 240


def test_nobody_is_told_that_the_channel_is_dark(seen: Seen) -> None:
    assert not {"WebtvOffAir", "WebtvPlaylistLate"} & seen.fired.keys()
