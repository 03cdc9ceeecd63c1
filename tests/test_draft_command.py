"""``webtv diff`` tells what a draft would change, against another file or against what is on air."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv.cli.diff.draft import between, on_air
from webtv.cli.diff.text import as_json, as_text
from webtv.cli.status.ask import Asker
from webtv.cli.where import Where, find
from webtv.config import HttpAddress
from webtv.errors import ConfigError, StationError, WrongUsage

SIGHTS = "Whales of light crossing a midnight sea, lanterns of ice, slow comets over the bay, "


def test_a_diff_tells_what_would_change_from_what_to_what_and_when(tmp_path: Path) -> None:
    old, new = tmp_path / "dreams.yaml", tmp_path / "draft.yaml"
    old.write_text(f"title: Dreams\ntheme: {SIGHTS}a harbour\nseed: 3\ncaption: true\nstyle: pastel\n")
    new.write_text(
        f"title: Dreams\ntheme: {SIGHTS}a city of glass in the rain\n"
        "format: {fps: 25}\nengines: {video: [ltx, procedural]}\n"
        "style: a very long description of how it looks, with light, colours, medium and mood, and yet more\n"
    )
    text = as_text(between(old, new))
    assert text == (
        "theme: takes effect at the next order\n"
        "  - … over the bay, a harbour\n"
        "  + … over the bay, a city of glass in the rain\n"
        "style: takes effect at the next order\n"
        "  - pastel\n"
        "  + a very long description of how it looks, with light, colours, medium and …\n"
        "seed: takes effect at the next order\n"
        "  3  →  nothing\n"
        "caption: takes effect at the next order\n"
        "  true  →  false\n"
        "engines.video: takes effect at the next order\n"
        "  [procedural]  →  [ltx, procedural]\n"
        "format.fps: begins a new epoch after the clip on air; clips of the former format\n"
        "    no longer air\n"
        "  30  →  25"
    )
    assert max(map(len, text.splitlines())) <= 80
    assert as_text(between(old, old)) == "nothing would change"


def test_as_json_a_diff_has_values_in_full(tmp_path: Path) -> None:
    old, new = tmp_path / "dreams.yaml", tmp_path / "draft.yaml"
    old.write_text("title: Dreams\ntheme: sea\n")
    new.write_text(f"title: Dreams\ntheme: '{SIGHTS * 3}'\nengines: {{video: [ltx, procedural]}}\n")
    assert json.loads(as_json(between(old, new))) == [
        {
            "key": "theme",
            "old": "sea",
            "new": (SIGHTS * 3).strip(),
            "when": "next order",
            "text": "theme: takes effect at the next order",
        },
        {
            "key": "engines.video",
            "old": ["procedural"],
            "new": ["ltx", "procedural"],
            "when": "next order",
            "text": "engines.video: takes effect at the next order",
        },
    ]


def test_of_two_long_paths_their_ends_are_shown_where_they_differ(tmp_path: Path) -> None:
    old, new = tmp_path / "webtv.yaml", tmp_path / "webtv.new.yaml"
    folder = "/srv/" + "a-folder-with-a-long-name/" * 4
    old.write_text(f"data: {folder}old\n")
    new.write_text(f"data: {folder}new\n")
    assert as_text(between(old, new)) == (
        "data: takes effect when the station is started again\n"
        "  - … ith-a-long-name/old\n"
        "  + … ith-a-long-name/new"
    )


def test_of_targets_a_diff_shows_where_to_and_which_files_but_no_key_and_no_play_path(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    old, new = tmp_path / "channels" / "dreams.yaml", tmp_path / "channels" / "draft.yaml"
    for name in ("a", "b"):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(f"canary-{name}")
    old.write_text(
        "title: Dreams\ntheme: sea\ntargets:\n"
        "- {service: twitch, key_file: ../a}\n"
        "- {name: home, url: rtmp://127.0.0.1/live/canary-1}\n"
    )
    new.write_text(
        "title: Dreams\ntheme: sea\ntargets:\n"
        "- {service: twitch, key_file: ../b, bandwidth_test: true}\n"
        "- {name: home, url: rtmp://127.0.0.1/live/canary-2}\n"
        "- {name: other, url: rtmp://127.0.0.1/other/canary-3}\n"
    )
    found = between(old, new)
    twitch, home, other = found
    assert (home.old, home.new) == ("rtmp://127.0.0.1/live", "rtmp://127.0.0.1/live, another play path")
    assert (other.old, other.new) == (None, "rtmp://127.0.0.1/other")
    server = "rtmps://ingest.global-contribute.live-video.net/app"
    assert twitch.old == f"{server}, bandwidth_test false, key_file {tmp_path}/channels/../a"
    assert twitch.new == f"{server}, bandwidth_test true, key_file {tmp_path}/channels/../b"
    assert "canary" not in as_text(found) + as_json(found)


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
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key").write_text("canary")
    (tmp_path / "words").touch()
    new.write_text(
        "workers: 2\nkeep_gb: 20\nhttp: 127.0.0.1:9000\n"
        "openai: {model: any, key_file: key}\nblocklist: words\n"
    )
    found = between(old, new)
    assert {change.key: (change.old, change.new) for change in found} == {
        "workers": (1, 2),
        "keep_gb": (10.0, 20.0),
        "http": ("127.0.0.1:8800", "127.0.0.1:9000"),
        "openai": (None, {"model": "any", "key_file": str(tmp_path / "key")}),
        "blocklist": (None, str(tmp_path / "words")),
    }
    assert "  10  →  20" in as_text(found)
    assert "  - nothing\n  + {model: any, key_file: " in as_text(found)
    assert "canary" not in as_text(found) + as_json(found)


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
        station = find(config)
        draft = tmp_path / "drafts" / "tides.yaml"
        draft.parent.mkdir()
        aired = (process.channels / "tides.yaml").read_text()
        draft.write_text(aired)
        assert on_air(draft, station) == []
        draft.write_text(aired.removesuffix("}") + ', "caption": true}')
        found = on_air(draft, station)
        assert as_text(found) == "caption: takes effect at the next order\n  false  →  true"
        assert json.loads(as_json(found))[0]["new"] is True
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
        assert as_text(on_air(other, station)) == "channel: the channel signs on"
        (process.channels / "tides.yaml").write_text("theme: [a mistake\n")
        draft.write_text(aired.removesuffix("}") + ', "caption": true}')
        assert on_air(draft, station) == ["caption: takes effect at the next order"], "what is not known"


def test_no_station_is_told_with_what_else_can_be_done(tmp_path: Path) -> None:
    config, draft = tmp_path / "webtv.yaml", tmp_path / "dreams.yaml"
    config.write_text("http: 127.0.0.1:1\n")
    draft.write_text("title: Dreams\ntheme: sea\n")
    with pytest.raises(
        StationError, match=r"no station answers at http://127\.0\.0\.1:1/ .*or give two files"
    ):
        on_air(draft, find(config))


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", True), ("localhost", True), ("192.0.2.7", False), ("tv.example", False)]
)
def test_the_desks_token_is_shown_to_this_machine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, shown: bool
) -> None:
    sent: list[dict[str, str]] = []

    def request(_: object, method: str, path: str, body: str, headers: dict[str, str]) -> None:
        sent.append(headers)
        raise ConnectionRefusedError

    monkeypatch.setattr(HTTPConnection, "request", request)
    draft = tmp_path / "dreams.yaml"
    draft.write_text("title: Dreams\ntheme: sea\n")
    where = Where(HttpAddress(host=host, port=8800), "canary-canary-canary")
    with pytest.raises(StationError):
        on_air(draft, where)
    assert [("canary" in str(headers)) for headers in sent] == [shown]
    assert ("canary" in str(Asker(where).headers)) is shown
