"""What a station tells and gives its workers when it starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from tests.station_process import SMALL_CHANNEL
from webtv.config import StationConfig
from webtv.station import Station

_CHAIN = {"video": ["zeroscope", "procedural"], "musician": ["musicgen", "synth"], "interpolator": "flow"}


def opened(folder: Path, **changes: object) -> Station:
    """A station with the channel ``tides``, whose chains begin with models."""
    (folder / "channels").mkdir()
    (folder / "channels" / "tides.yaml").write_text(json.dumps({**SMALL_CHANNEL, "engines": _CHAIN}))
    keys = {"channels": folder / "channels", "data": folder / "data", "models": folder / "models"}
    station = Station(StationConfig.model_validate(keys | changes), FakeClock())
    station.open()
    station.close()
    return station


@pytest.mark.parametrize("accepted", [False, True])
def test_licences_that_were_not_accepted_are_told_at_start(tmp_path: Path, accepted: bool) -> None:
    with capture_logs() as logs:
        opened(tmp_path, accept_noncommercial=accepted)
    told = {line["engine"]: line["error"] for line in logs if line["event"] == "engine is not used"}
    assert set(told) == (set() if accepted else {"zeroscope", "musicgen"})
    for reason in told.values():
        assert "CC-BY-NC-4.0" in reason
        assert "accept_noncommercial: true" in reason


def test_each_device_named_has_a_worker_that_knows_its_host(tmp_path: Path) -> None:
    station = opened(tmp_path, devices=("cuda:1", "cpu"), screening="all")
    assert [host.device for host in station.staff.hosts] == ["cuda:1", "cpu"]
    assert {host.folder for host in station.staff.hosts} == {tmp_path / "models"}
    assert {host.screening for host in station.staff.hosts} == {"all"}
