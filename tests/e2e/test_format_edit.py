"""Another house format, saved while a channel is pushed: its push begins anew once, in the new format."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.ingests import nginx_rtmp
from tests.seeded import seed_library
from tests.station_process import HOUSE, SMALL_CHANNEL, StationProcess
from webtv.broadcaster.handover import load
from webtv.media.ffmpeg import find_ffmpeg


def width(url: str) -> str:
    """Of the picture that a server sends now, as FFmpeg sees it."""
    argv = [find_ffmpeg().path, "-hide_banner", "-i", url, "-frames:v", "1", "-f", "null", "-"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False).stderr
    return next((line for line in said.splitlines() if "Video: h264" in line), said)


def test_a_push_begins_anew_once_in_the_new_format(tmp_path: Path) -> None:
    with nginx_rtmp(tmp_path / "nginx") as nginx:
        channel: dict[str, Any] = SMALL_CHANNEL | {"targets": [f"{nginx.url}/tides"]}
        with StationProcess(tmp_path / "station", {"tides": channel}) as station:
            seed_library(station.data, "tides", (6, 7, 6), HOUSE)
            station.start().wait_on_air()
            folder = station.data / "channels" / "tides"

            def target() -> dict[str, Any]:
                found: dict[str, Any] = station.desk_channel("tides")["targets"][0]
                return found

            station.wait_for(lambda: target()["state"] == "on air", "the target is on air")
            before = load(folder, "127.0.0.1")
            assert "192x108" in width(f"{nginx.url}/tides")
            wide = channel | {"format": channel["format"] | {"width": 256, "height": 144}}
            (station.channels / "tides.yaml").write_text(json.dumps(wide))
            station.wait_for(lambda: station.logged("a new epoch"), "an epoch begins")
            station.wait_for(
                lambda: (found := load(folder, "127.0.0.1")) and found != before, "another push runs"
            )
            station.wait_for(lambda: target()["state"] == "on air", "the target is on air again")
            assert "256x144" in width(f"{nginx.url}/tides")
            assert target()["reconnects"] == 0, "the push was restarted by trouble"
            assert "Traceback" not in station.log_text()
