"""Copies of channels' files, for a start that finds a mistake in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from webtv.station.last_good import LastGood


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tides.yaml"
    targets = [
        {"name": "own", "service": "twitch", "key_file": "key", "enabled": False},
        "rtmp://host/canary",
    ]
    by_url = {"name": "other", "url": "rtmp://host/canary", "enabled": False}
    path.write_text(json.dumps({"title": "Tïdes", "theme": "tides", "targets": [*targets, by_url]}))
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text("live_canary\n")
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def test_a_channel_is_kept_without_what_may_hold_a_key(file: Path, kept: Path) -> None:
    good = LastGood(kept)
    assert good.load(file) is None
    good.keep(file)
    text = (kept / "tides" / "channel.json").read_text("utf-8")
    assert "Tïdes" in text
    assert "canary" not in text
    file.write_text("thema: misspelt")
    channel = good.load(file)
    assert channel is not None
    assert (channel.id, channel.title) == ("tides", "Tïdes")
    assert [target.name for target in channel.targets] == ["own"]


def test_a_file_is_read_again_only_after_it_was_saved(file: Path, kept: Path) -> None:
    good, copy = LastGood(kept), kept / "tides" / "channel.json"
    good.keep(file)
    assert copy.stat().st_mtime_ns == file.stat().st_mtime_ns
    copy.write_text("{}")
    good.keep(file)
    assert "theme" in copy.read_text(), "another time, so it is kept anew"
    first = copy.stat().st_ino
    good.keep(file)
    assert copy.stat().st_ino == first


def test_a_channel_without_targets_is_kept(file: Path, kept: Path) -> None:
    file.write_text('{"title": "Tides", "theme": "tides"}')
    good = LastGood(kept)
    good.keep(file)
    channel = good.load(file)
    assert channel is not None
    assert channel.targets == ()


@pytest.mark.parametrize("copy", [b"\xff", b"{", b'{"thema": 1}'])
def test_a_copy_that_cannot_be_used_is_none(file: Path, kept: Path, copy: bytes) -> None:
    (kept / "tides").mkdir(parents=True)
    (kept / "tides" / "channel.json").write_bytes(copy)
    assert LastGood(kept).load(file) is None


def test_a_folder_that_takes_nothing_is_told_and_stops_nothing(file: Path, kept: Path) -> None:
    kept.write_text("a file")
    with capture_logs() as logs:
        LastGood(kept).keep(file)
        LastGood(kept).keep(file.with_name("gone.yaml"))
    assert [(line["log_level"], Path(line["file"]).name) for line in logs] == [
        ("warning", "tides.yaml"),
        ("warning", "gone.yaml"),
    ]
