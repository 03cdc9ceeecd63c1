"""What an edit changes and when that shows, said for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from webtv.config import ChannelConfig, StationConfig
from webtv.config.diff import When, changes, station_changes

KEYS: dict[str, object] = {"id": "tides", "title": "Tides", "theme": "slow tides"}


def config(**keys: object) -> ChannelConfig:
    return ChannelConfig.model_validate(KEYS | keys)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (
            {"number": 7},
            "number: shows in lists for IPTV players now; players show it when they load them again",
        ),
        ({"theme": "fast tides"}, "theme: takes effect at the next order"),
        ({"engines": {"writer": ["openai", "grammar"]}}, "engines.writer: takes effect at the next order"),
        ({"schedule": {"no_repeat_s": 7}}, "schedule.no_repeat_s: takes effect now"),
        (
            {"title": "Ebb"},
            "title: shows in lists now, and in the picture with the next slate or bumper",
        ),
        (
            {"format": {"fps": 25}},
            "format.fps: begins a new epoch after the clip on air; clips of the former format no longer air",
        ),
        ({"enabled": False}, "channel: the channel signs off after the clip on air"),
        (
            {"targets": ["rtmp://127.0.0.1/live/a"]},
            "targets.127.0.0.1: begins now; other targets go on",
        ),
    ],
)
def test_each_key_says_when_its_change_shows(keys: dict[str, object], text: str) -> None:
    assert [change.text for change in changes(config(), config(**keys))] == [text]


def test_nothing_changed_is_nothing_said() -> None:
    assert changes(config(), config()) == []
    assert changes(None, None) == []
    assert changes(config(enabled=False), None) == []


def test_a_channel_comes_and_goes() -> None:
    assert [change.when for change in changes(None, config())] == [When.SIGN_ON]
    assert [change.when for change in changes(config(), None)] == [When.SIGN_OFF]
    assert [change.when for change in changes(config(enabled=False), config())] == [When.SIGN_ON]


def test_what_a_channel_off_air_would_show_waits_for_its_sign_on() -> None:
    (change,) = changes(config(enabled=False), config(enabled=False, theme="fast tides"))
    assert change.when is When.SIGN_ON


def test_of_targets_only_those_that_differ_are_named_and_no_key_is_shown(tmp_path: Path) -> None:
    def with_targets(**streams: str) -> ChannelConfig:
        return config(
            targets=[{"name": n, "url": f"rtmp://127.0.0.1/live/CANARY-{s}"} for n, s in streams.items()]
        )

    found = changes(
        with_targets(stays="a", moves="b", goes="c"), with_targets(stays="a", moves="d", comes="e")
    )
    assert {change.text.partition(";")[0] for change in found} == {
        "targets.moves: begins anew now",
        "targets.goes: ends now",
        "targets.comes: begins now",
    }
    assert {(change.key, change.old, change.new) for change in found} == {
        ("targets.moves", "rtmp://127.0.0.1/live", "rtmp://127.0.0.1/live, another play path"),
        ("targets.goes", "rtmp://127.0.0.1/live", None),
        ("targets.comes", None, "rtmp://127.0.0.1/live"),
    }
    assert {change.when for change in found} == {When.TARGET}
    assert "CANARY" not in repr(found)


def test_of_the_stations_keys_some_are_the_workers_and_some_wait_for_the_next_start() -> None:
    before = StationConfig()
    keys = {"keep_gb": 5.0, "workers": 3, "log": {"level": "debug"}, "public_url": "https://tv.example.org"}
    after = StationConfig.model_validate(keys)
    assert {change.key: change.when for change in station_changes(before, after)} == {
        "keep_gb": When.NOW,
        "workers": When.WORKERS,
        "log.level": When.WORKERS,
        "public_url": When.NEXT_START,
    }


def test_of_a_key_file_that_changed_no_more_is_shown(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)

    def with_key(content: str) -> tuple[ChannelConfig, StationConfig]:
        key.write_text(content)
        return (
            config(targets=[{"name": "home", "url": "rtmp://127.0.0.1/live", "key_file": str(key)}]),
            StationConfig.model_validate({"openai": {"model": "any", "key_file": str(key)}}),
        )

    (channel, station), (channel_after, station_after) = with_key("canary-1"), with_key("canary-2")
    (of_target,) = changes(channel, channel_after)
    (of_service,) = station_changes(station, station_after)
    assert (of_target.old, of_target.new) == (
        f"rtmp://127.0.0.1/live, key_file {key}",
        f"rtmp://127.0.0.1/live, key_file another key in {key}",
    )
    assert of_service.key == "openai.key_file"
    assert (of_service.old, of_service.new) == (str(key), f"another key in {key}")
    assert "canary" not in repr([of_target, of_service])
