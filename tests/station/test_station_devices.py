"""What a station tells and gives its workers, at its start and as its files are edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock, Hours, passes
from tests.station_process import SMALL_CHANNEL
from tests.stations import airing
from webtv.config import StationConfig
from webtv.config.load import StationFile
from webtv.render import devices
from webtv.station.station import Station

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


async def test_what_workers_are_told_follows_the_file_and_so_do_their_devices_the_engines_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "visible_gpus", lambda: 2)
    (tmp_path / "channels").mkdir()
    tides, file = tmp_path / "channels" / "tides.yaml", tmp_path / "webtv.yaml"
    tides.write_text(json.dumps(SMALL_CHANNEL))
    file.write_text(json.dumps({"workers": 0, "min_free_gb": 0}))
    clock = Hours()

    async def hosts(*names: str, screening: str) -> None:
        wanted = [(name, screening) for name in names]
        await passes(clock, lambda: [(host.device, host.screening) for host in staff.hosts] == wanted)

    async with airing(Station(StationFile(file).load(), clock, StationFile(file)), clock) as station:
        staff = station.staff
        # No channel is watched, and its stock is asked to be empty: what is employed has nothing to do.
        tides.write_text(json.dumps({**SMALL_CHANNEL, "schedule": {"stock_s": 0}}))
        file.write_text(json.dumps({"workers": 1, "min_free_gb": 0, "screening": "none"}))
        await hosts("cpu", screening="none")
        file.write_text(json.dumps({"min_free_gb": 0}))
        tides.write_text(json.dumps({**SMALL_CHANNEL, "schedule": {"stock_s": 0}, "engines": _CHAIN}))
        await hosts("cuda:0", "cuda:1", screening="auto")
        file.write_text(json.dumps({"min_free_gb": 0, "devices": ["cuda:1"], "screening": "all"}))
        await hosts("cuda:1", screening="all")
