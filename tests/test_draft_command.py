"""``webtv diff`` tells what a draft would change, against another file or against what is on air."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv.config import load_station
from webtv.draft_command import as_text, between, on_air
from webtv.errors import ConfigError, StationError, WrongUsage


def test_a_diff_tells_what_would_change_and_when(tmp_path: Path) -> None:
    old, new = tmp_path / "dreams.yaml", tmp_path / "draft.yaml"
    old.write_text("title: Dreams\ntheme: sea\n")
    new.write_text("title: Dreams\ntheme: city\nformat: {fps: 25}\n")
    assert as_text(between(old, new)) == (
        "theme: takes effect at the next order\n"
        "  sea  →  city\n"
        "format.fps: begins a new epoch after the clip on air; clips of the former format no longer air\n"
        "  30  →  25"
    )
    assert as_text(between(old, old)) == "nothing would change"


def test_a_draft_is_taken_as_if_it_stood_where_it_is_meant_for(tmp_path: Path) -> None:
    place, draft = tmp_path / "channels" / "dreams.yaml", tmp_path / "My draft!.yaml"
    (tmp_path / "channels").mkdir()
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text("live_canary\n")
    draft.write_text("title: Dreams\ntheme: sea\ntargets: [{service: twitch, key_file: ../key}]\n")
    assert as_text(between(place, draft)) == "channel: the channel signs on"
    place.write_text("title: Dreams\ntheme: sea\n")
    (change,) = between(place, draft)
    assert change.key == "targets.twitch"
    assert "canary" not in as_text([change])
    draft.write_text("title: Dreams\n")
    with pytest.raises(ConfigError, match=r"My draft!\.yaml:1:1: 'theme' is missing"):
        between(place, draft)


def test_what_a_new_file_of_the_station_changes_is_told_too(tmp_path: Path) -> None:
    old, new = tmp_path / "webtv.yaml", tmp_path / "new" / "webtv.yaml"
    new.parent.mkdir()
    old.write_text("workers: 1\n")
    new.write_text("workers: 2\nkeep_gb: 20\n")
    assert [change.key for change in between(old, new)] == ["workers", "keep_gb"]


def test_a_diff_of_a_channel_and_a_station_is_refused(tmp_path: Path) -> None:
    for name in ("dreams", "webtv"):
        (tmp_path / f"{name}.yaml").write_text("title: Dreams\ntheme: sea\n")
    with pytest.raises(WrongUsage, match="are not of one kind"):
        between(tmp_path / "dreams.yaml", tmp_path / "webtv.yaml")


def test_a_draft_is_compared_with_what_a_running_station_airs(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as process:
        process.start().wait_on_air()
        config = tmp_path / "webtv.yaml"
        config.write_text(f"http: 127.0.0.1:{process.port}\n")
        station = load_station(config)
        draft = tmp_path / "drafts" / "tides.yaml"
        draft.parent.mkdir()
        aired = (process.channels / "tides.yaml").read_text()
        draft.write_text(aired)
        assert on_air(draft, station) == []
        draft.write_text(aired.removesuffix("}") + ', "caption": true}')
        assert on_air(draft, station) == ["caption: takes effect at the next order"]
        draft.write_text("title: Tides\ntheme: sea\nshots_per_clip: 40\n")
        with pytest.raises(ConfigError) as caught:
            on_air(draft, station)
        assert str(caught.value) == (
            f"{draft}:3:17: shots_per_clip: expected a whole number from 1 to 12, found the number 40.\n"
            "    3 | shots_per_clip: 40\n"
            "      |                 ^"
        )
        other = draft.with_name("harbour.yaml")
        other.write_text("title: Harbour\ntheme: cranes\n")
        assert on_air(other, station) == ["channel: the channel signs on"]


def test_no_station_is_told_with_what_else_can_be_done(tmp_path: Path) -> None:
    config, draft = tmp_path / "webtv.yaml", tmp_path / "dreams.yaml"
    config.write_text("http: 127.0.0.1:1\n")
    draft.write_text("title: Dreams\ntheme: sea\n")
    with pytest.raises(
        StationError, match=r"no station answers at http://127\.0\.0\.1:1/ .*or give two files"
    ):
        on_air(draft, load_station(config))
