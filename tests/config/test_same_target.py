from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from webtv.config import load_channels

URL = "rtmp://127.0.0.1/live/canary"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"title: {name}\ntheme: {name}\n" + dedent(text).lstrip("\n"))
    return path


@pytest.mark.parametrize("url", [URL, "RTMP://127.0.0.1./live/canary"])
def test_a_second_channel_for_the_same_place_is_refused_and_the_first_is_named(
    tmp_path: Path, url: str
) -> None:
    write(tmp_path, "aurora", f"targets: [{URL}]")
    second = write(tmp_path, "tides", f"targets: [{url}]")
    channels, errors = load_channels(tmp_path)
    assert channels.keys() == {"aurora"}
    assert errors.keys() == {second}
    words = str(errors[second])
    assert words.startswith(f"{second}:3:11: ")
    assert "aurora.yaml" in words
    assert "canary" not in words


def test_stream_keys_that_are_equal_are_the_same_place(tmp_path: Path) -> None:
    for name in ("aurora", "tides"):
        key = tmp_path / f"{name}.key"
        key.write_text("live_canary\n")
        key.chmod(0o600)
        write(tmp_path, name, f"targets: [{{url: rtmp://live.twitch.tv/app, key_file: {name}.key}}]")
    channels, errors = load_channels(tmp_path)
    assert channels.keys() == {"aurora"}
    assert "canary" not in str(errors[tmp_path / "tides.yaml"])


@pytest.mark.parametrize(
    ("second", "taken"),
    [
        ("service: twitch, region: seattle", True),
        ("url: rtmp://live.twitch.tv/app", True),
        ("service: twitch, bandwidth_test: true", False),
        ("service: youtube", False),
        ("service: twitch, enabled: false", False),
    ],
)
def test_a_key_is_the_same_stream_on_every_server_of_a_service(
    tmp_path: Path, second: str, taken: bool
) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("live_canary\n")
    entries = f"{{service: twitch, key_file: key}}, {{{second}, key_file: key}}"
    path = write(tmp_path, "aurora", f"targets: [{entries}]")
    _, errors = load_channels(tmp_path)
    assert (path in errors) is taken
    assert "canary" not in str(errors)


@pytest.mark.parametrize(
    "text",
    [
        "targets: [rtmp://127.0.0.1/live/other]",
        "targets: [rtmp://127.0.0.1:1936/live/canary]",
        f"targets: [{{url: {URL}, enabled: false}}]",
        f"enabled: false\ntargets: [{URL}]",
    ],
)
def test_another_place_and_what_is_not_pushed_to_are_no_conflict(tmp_path: Path, text: str) -> None:
    write(tmp_path, "aurora", text)
    write(tmp_path, "tides", f"targets: [{URL}]")
    channels, errors = load_channels(tmp_path)
    assert channels.keys() == {"aurora", "tides"}
    assert not errors
