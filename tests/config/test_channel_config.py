from __future__ import annotations

import logging
import re
import traceback
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import ValidationError

from webtv.config import ChannelConfig, EngineChains, Target, load_channel, load_channels
from webtv.domain import HouseFormat
from webtv.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "channels"


def load(folder: Path, text: str) -> ChannelConfig:
    path = folder / "dreams.yaml"
    path.write_text(dedent(text))
    return load_channel(path)


def targets(folder: Path, text: str) -> tuple[Target, ...]:
    return load(folder, "title: Dreams\ntheme: sea\ntargets:\n" + dedent(text)).targets


def places(folder: Path, text: str) -> list[tuple[str, str, str]]:
    return [
        (target.name, target.server_url, target.stream.get_secret_value()) for target in targets(folder, text)
    ]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "twitch.key"
    file.touch(mode=0o600)
    file.write_text("live_canary\n")
    return file


def test_two_lines_make_a_channel(tmp_path: Path) -> None:
    channel = load(tmp_path, "title: Dreams\ntheme: A sea of light\n")
    assert (channel.id, channel.title, channel.theme) == ("dreams", "Dreams", "A sea of light")
    assert channel == ChannelConfig(id="dreams", title="Dreams", theme="A sea of light")
    assert channel.format == HouseFormat()
    assert channel.targets == ()


def test_the_shipped_channels_load_and_push_nowhere() -> None:
    channels, errors = load_channels(SHIPPED)
    assert not errors
    assert set(channels) == {"dreams", "neon-rain", "deep-field"}
    assert all(channel.enabled and not channel.targets for channel in channels.values())


def test_the_commented_example_names_every_key_with_its_default(tmp_path: Path, key_file: Path) -> None:
    text = (SHIPPED / "deep-field.yaml").read_text()
    head, comments = text.split("\n\n", 1)
    assert head.startswith("#")
    file = tmp_path / "deep-field.yaml"
    file.write_text(re.sub(r"\.\./secrets/[a-z-]+", str(key_file), comments.replace("\n# ", "\n")))
    full, shipped = load_channel(file), load_channel(SHIPPED / "deep-field.yaml")
    assert full.model_copy(update={"targets": (), "seed": None, "number": None}) == shipped
    assert [target.name for target in full.targets] == [
        "127.0.0.1",
        "twitch",
        "youtube",
        "youtube-backup",
        "127.0.0.1-2",
        "example",
    ]
    named = set().union(*(target.model_fields_set for target in full.targets))
    assert named == set(Target.model_fields)
    for model in (full, full.engines, full.format, full.schedule):
        assert model.model_fields_set - {"id"} == set(type(model).model_fields) - {"id"}


def test_an_invalid_channel_leaves_the_valid_one_on_air(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("title: Good\ntheme: sea\n")
    (tmp_path / "bad.yaml").write_text("title: Bad\n")
    (tmp_path / "other.yml").write_text("title: Other\ntheme: sea\n")
    (tmp_path / ".good.yaml.swp").write_text("half")
    (tmp_path / ".#good.yaml").write_text("half")
    (tmp_path / "good.yaml~").write_text("old")
    channels, errors = load_channels(tmp_path)
    assert list(channels) == ["good"]
    assert set(errors) == {tmp_path / "bad.yaml", tmp_path / "other.yml"}


def test_a_missing_folder_says_what_it_is_for(tmp_path: Path) -> None:
    folder = tmp_path / "channels"
    with pytest.raises(ConfigError) as caught:
        load_channels(folder)
    assert caught.value.problems == [
        f"{folder}: the channels' folder cannot be read: No such file or directory. "
        "It has one file per channel."
    ]


def test_every_problem_is_one_entry_and_begins_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "titel: Dreams\ntheme: sea\nformat:\n  fps: 31\n")
    first, second = caught.value.problems
    assert first.startswith(f"{tmp_path}/dreams.yaml:1:1: ")
    assert second.startswith(f"{tmp_path}/dreams.yaml:4:8: ")


def test_windows_line_ends_and_a_key_without_value_are_fine(tmp_path: Path) -> None:
    channel = load(tmp_path, "title: Dreams\r\ntheme: sea\r\ntargets:\r\nstyle:\r\nformat:\r\n")
    assert (channel.style, channel.targets, channel.format) == ("", (), HouseFormat())


def test_one_engine_or_a_list_to_fall_back_along(tmp_path: Path) -> None:
    channel = load(tmp_path, "title: Dreams\ntheme: sea\nengines: {video: [procedural], writer: grammar}\n")
    assert channel.engines == EngineChains(writer=("grammar",), video=("procedural",))


def test_the_theme_revision_follows_what_new_clips_show(tmp_path: Path) -> None:
    channel = ChannelConfig(id="dreams", title="Dreams", theme="sea")
    same = {"title": "Other", "seed": 7, "enabled": False}
    other = {
        "theme": "city",
        "style": "ink",
        "clip_seconds": 20.0,
        "shots_per_clip": 2,
        "label": "",
        "caption": True,
    }
    assert len(channel.theme_revision) == 12
    for name, value in same.items():
        assert channel.model_copy(update={name: value}).theme_revision == channel.theme_revision
    for name, value in other.items():
        assert channel.model_copy(update={name: value}).theme_revision != channel.theme_revision


def test_a_target_is_split_into_what_may_be_seen_and_what_may_not(tmp_path: Path, key_file: Path) -> None:
    assert places(
        tmp_path,
        """
        - rtmp://127.0.0.1/live/dreams
        - rtmp://[::1]:1936/live/eu/dreams?sign=a/b
        - url: rtmp://live.twitch.tv/app
          key_file: twitch.key
        - url: rtmp://live.twitch.tv/app/{key}?bandwidthtest=true
          key_file: twitch.key
        - url: rtmp://b.rtmp.youtube.com/live2?backup=1
          key_file: twitch.key
        - url: rtmps://nms.example.org/live/dreams?sign={key}
          key_file: twitch.key
          name: home
        """,
    ) == [
        ("127.0.0.1", "rtmp://127.0.0.1/live", "dreams"),
        ("1", "rtmp://[::1]:1936/live/eu", "dreams?sign=a/b"),
        ("twitch", "rtmp://live.twitch.tv/app", "live_canary"),
        ("twitch-2", "rtmp://live.twitch.tv/app", "live_canary?bandwidthtest=true"),
        ("youtube", "rtmp://b.rtmp.youtube.com/live2?backup=1", "live_canary"),
        ("home", "rtmps://nms.example.org/live", "dreams?sign=live_canary"),
    ]


def test_a_default_name_makes_way_for_a_given_one(tmp_path: Path) -> None:
    text = """
    - rtmp://tv.example.org/live/a
    - {url: rtmp://tv.example.org/live/b, name: tv.example.org}
    """
    assert [target.name for target in targets(tmp_path, text)] == ["tv.example.org-2", "tv.example.org"]


def test_the_key_of_a_disabled_target_is_not_needed(tmp_path: Path) -> None:
    (target,) = targets(tmp_path, "- {url: 'rtmp://live.twitch.tv/app', key_file: nowhere, enabled: false}\n")
    assert not target.enabled


def test_a_systemd_credential_may_look_readable_by_its_group(
    tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert len(targets(tmp_path, f"- {{url: 'rtmp://live.twitch.tv/app', key_file: {key_file}}}\n")) == 1


def test_a_changed_key_changes_the_channel(tmp_path: Path, key_file: Path) -> None:
    text = "- {url: 'rtmp://live.twitch.tv/app', key_file: twitch.key}\n"
    before = targets(tmp_path, text)
    assert targets(tmp_path, text) == before
    key_file.write_text("live_other\n")
    assert targets(tmp_path, text) != before


def test_a_stream_key_never_shows(tmp_path: Path, key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    channel = load(
        tmp_path,
        """
        title: Dreams
        theme: sea
        targets:
          - rtmp://127.0.0.1/live/canary?sign=canary
          - {url: 'rtmp://live.twitch.tv/app', key_file: twitch.key}
        """,
    )
    caplog.set_level(logging.INFO)
    logging.getLogger("test").info("channel %s %r", channel, channel.targets)
    shown = [repr(channel), str(channel), channel.model_dump_json(), str(channel.model_dump()), caplog.text]
    shown += [str(ChannelConfig.model_json_schema())]
    url = "rtmp://live.twitch.tv/app/canary"
    with pytest.raises(ValidationError) as caught:
        ChannelConfig.model_validate({"id": "x", "title": "x", "theme": "x", "targets": (url,)})
    shown += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    assert len(shown) == 9
    assert not [text for text in shown if "canary" in text]
