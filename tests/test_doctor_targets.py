"""What the doctor says of targets without asking them."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Never

import pytest

from webtv.cli.doctor.report import examine
from webtv.config import StationConfig


def _no_network(*_: object, **__: object) -> Never:
    raise OSError("no network here")


def test_the_doctor_passes_on_what_youtube_recommends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", _no_network)
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("live_canary\n")
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "dreams.yaml").write_text(
        "title: Dreams\ntheme: sea\ntargets:\n"
        "  - {service: twitch, key_file: ../key}\n"
        "  - {service: youtube, key_file: ../key}\n"
        "  - {service: youtube, key_file: ../key, backup: true, enabled: false}\n"
    )
    station = StationConfig(channels=tmp_path / "channels", data=tmp_path / "data")
    found = [finding.what for finding in examine(station) if finding.what.startswith("target ")]
    assert found == [
        "target twitch of dreams (ingest.global-contribute.live-video.net:443) "
        "does not answer: no network here",
        "target youtube of dreams (a.rtmps.youtube.com:443) does not answer: no network here",
        "target youtube of dreams: YouTube recommends 3000 to 8000 kbit/s of video for up to 720 lines at "
        "30 fps, and format.video_kbps is 1500",
    ]
    assert "canary" not in str(found)
