"""What keeps a station from starting is said in words, with the exit code that systemd is told about."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess

FAILURE, BAD_CONFIG = 1, 78


@pytest.fixture
def idle(tmp_path: Path) -> StationProcess:
    return StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL})


def refusal(station: StationProcess) -> tuple[int, str]:
    station.launch()
    code = station.ended()
    text = station.log_text()
    assert "Traceback" not in text
    return code, text


def test_two_daemons_never_share_a_data_folder(idle: StationProcess, tmp_path: Path) -> None:
    second = StationProcess(tmp_path / "second", {"tides": SMALL_CHANNEL})
    second.data.symlink_to(idle.data)
    with idle, second:
        idle.start()
        code, text = refusal(second)
        assert code == FAILURE
        assert f"another webtv (process {idle.pid}) airs from" in text
        assert "--data" in text
        idle.wait_on_air()
        idle.kill()
        second.start().wait_on_air()  # a lock dies with its holder


def test_a_port_in_use_is_named_and_the_data_folder_is_let_go(idle: StationProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder, idle:
        idle.port = holder.getsockname()[1]
        code, text = refusal(idle)
        assert code == FAILURE
        assert f"port {idle.port} on 127.0.0.1 is in use" in text
        assert "--http" in text


@pytest.mark.parametrize("place", ["below a file", "where nobody may write"])
def test_a_data_folder_that_cannot_be_written_is_named(idle: StationProcess, place: str) -> None:
    idle.data.symlink_to(idle.folder / "webtv.yaml" / "data" if place == "below a file" else "/proc/webtv")
    code, text = refusal(idle)
    assert code == FAILURE
    assert "the data folder data cannot be written" in text
    assert "--data" in text


@pytest.mark.parametrize("name", ["library", "webtv.db", "lock"])
def test_a_data_folder_with_something_foreign_in_it_is_refused_in_words(
    idle: StationProcess, name: str
) -> None:
    idle.data.mkdir()
    if name == "library":
        (idle.data / name).write_text("a file where a folder must be")
    else:
        (idle.data / name).mkdir()
    code, text = refusal(idle)
    assert code == FAILURE
    assert ("data/webtv.db" if name == "webtv.db" else "the data folder data") in text


def test_a_missing_channels_folder_is_named(idle: StationProcess) -> None:
    (idle.channels / "tides.yaml").unlink()
    idle.channels.rmdir()
    code, text = refusal(idle)
    assert code == BAD_CONFIG
    assert "channels: the channels' folder cannot be read: No such file or directory" in text


def test_a_station_none_of_whose_channels_is_valid_does_not_start(idle: StationProcess) -> None:
    (idle.channels / "tides.yaml").write_text("title: Tides\ntheme: Tides\nclip_secnds: 9\n")
    code, text = refusal(idle)
    assert code == BAD_CONFIG
    assert "tides.yaml:3:1" in text
    assert "clip_seconds" in text


def test_a_mistake_in_the_stations_own_file_is_placed(idle: StationProcess) -> None:
    (idle.folder / "webtv.yaml").write_text("workers: many\n")
    code, text = refusal(idle)
    assert code == BAD_CONFIG
    assert "webtv.yaml:1:10" in text


def test_a_valid_channel_airs_beside_an_invalid_one_whose_mistake_is_placed(idle: StationProcess) -> None:
    (idle.channels / "broken.yaml").write_text("title: Broken\ntheme: Nothing\nshots_per_clip: 99\n")
    with idle:
        idle.start().wait_on_air()
        (problem,) = idle.logged("channel stays off air until its file is mended")
        assert "broken.yaml:3:17" in problem["problem"]
        assert [channel["id"] for channel in idle.get("/api/v1/channels").json()["channels"]] == ["tides"]
        assert idle.get("/hls/broken/index.m3u8").status == 404


def test_a_station_without_channels_shows_its_empty_page(idle: StationProcess) -> None:
    (idle.channels / "tides.yaml").unlink()
    with idle:
        idle.start()
        assert idle.get("/").status == 200
        assert idle.get("/api/v1/channels").json()["channels"] == []
        assert idle.get("/healthz").status == 200
        ready = idle.get("/readyz")
        assert (ready.status, ready.text) == (503, "not on air: no channel\n")
        assert idle.get("/iptv/channels.m3u").text.startswith("#EXTM3U")
        assert idle.get("/iptv/xmltv.xml").status == 200
        assert idle.get("/metrics").status == 200


@pytest.mark.parametrize("fits_bytes", [0, 64 * 1024], ids=["nothing fits", "the database fits"])
def test_a_disk_that_is_full_at_the_first_start_is_named_and_air_begins_when_there_is_room(
    idle: StationProcess, fits_bytes: int
) -> None:
    with idle:
        idle.start(file_bytes=fits_bytes)

        def refused() -> list[dict[str, Any]]:
            return [entry for entry in idle.logged("task ended") if entry["task"] == "channel tides"]

        reason = idle.wait_for(refused, "the channel says why it is not on air")[0]["error"]
        assert "File too large" in reason
        assert idle.get("/readyz").status == 503
        assert not list((idle.data / "cards").glob("*.mp4"))
        idle.limit_files()
        idle.wait_on_air()
        assert "Traceback" not in idle.log_text()


def test_a_disk_that_fills_on_air_leaves_air_untouched(idle: StationProcess) -> None:
    with idle:
        idle.start().wait_on_air()
        idle.limit_files(1024)
        slot = idle.channel("tides")["now"]["slot"]
        idle.wait_for(lambda: idle.channel("tides")["now"]["slot"] > slot, "the next airing is on")
        newest = idle.get("/hls/tides/live.m3u8").text.splitlines()[-1]
        assert idle.get(f"/hls/tides/{newest}").status == 200
        assert idle.get("/readyz").status == 200
        assert "Traceback" not in idle.log_text()
