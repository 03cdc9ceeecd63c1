# ruff: noqa: E501 - messages stand here as they are printed
"""Services by name: where each pushes to, and what is said of a wrong combination, to the letter."""

from __future__ import annotations

import hashlib
from pathlib import Path
from textwrap import dedent

import pytest

from webtv.config import Service, Target, load_channel
from webtv.config.streaming import TWITCH, YOUTUBE, advice, unfit
from webtv.domain import HouseFormat
from webtv.errors import ConfigError

PATH = Path("channels/dreams.yaml")
HEAD = "title: Dreams\ntheme: sea\n"

CASES = {
    "a service that is misspelt": (
        """
        targets:
          - {service: twich, key_file: key}
        """,
        """
        channels/dreams.yaml:4:15: targets[0].service: unknown service. Did you mean 'twitch'? Any other server is named by 'url: rtmp://…' alone.
            4 |   - {service: twich, key_file: key}
              |               ^^^^^
        """,
    ),
    "a service that is not known": (
        """
        targets:
          - {service: nginx-rtmp, url: rtmp://127.0.0.1/live/canary}
        """,
        """
        channels/dreams.yaml:4:15: targets[0].service: unknown service. Known here: twitch, youtube, node-media-server. Any other server is named by 'url: rtmp://…' alone.
            4 |   - {service: nginx-rtmp, url: rtmp://127.0.0.1/live/******}
              |               ^^^^^^^^^^
        """,
    ),
    "a service that is no text": (
        """
        targets:
          - {service: 1, key_file: key}
        """,
        """
        channels/dreams.yaml:4:15: targets[0].service: expected twitch, youtube or node-media-server, found the number 1.
            4 |   - {service: 1, key_file: key}
              |               ^
              = twitch or youtube, in place of an address; or node-media-server, beside it.
        """,
    ),
    "a service without its key": (
        """
        targets:
          - service: twitch
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: the stream key of Twitch is missing. Put it into a file that only you can read (chmod 600), and name that file with key_file.
            4 |   - service: twitch
              |     ^
        """,
    ),
    "a backup without its key": (
        """
        targets:
          - {service: youtube, backup: true}
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: the stream key of YouTube is missing. Put it into a file that only you can read (chmod 600), and name that file with key_file.
            4 |   - {service: youtube, backup: true}
              |     ^
        """,
    ),
    "a service and an address": (
        """
        targets:
          - service: youtube
            url: rtmps://a.rtmps.youtube.com/live2
            key_file: key
        """,
        """
        channels/dreams.yaml:5:10: targets[0].url: the address of YouTube is known. Remove this line, or the line 'service: youtube'.
            5 |     url: rtmps://a.rtmps.youtube.com/live2
              |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "a region that is misspelt": (
        """
        targets:
          - {service: twitch, region: frankfrt, key_file: key}
        """,
        """
        channels/dreams.yaml:4:31: targets[0].region: Twitch has no such region. Did you mean 'frankfurt'? 'webtv targets' lists them.
            4 |   - {service: twitch, region: frankfrt, key_file: key}
              |                               ^^^^^^^^
        """,
    ),
    "a region that there is not": (
        """
        targets:
          - {service: twitch, region: atlantis-beach-resort, key_file: key}
        """,
        """
        channels/dreams.yaml:4:31: targets[0].region: Twitch has no such region. 'webtv targets' lists them.
            4 |   - {service: twitch, region: atlantis-beach-resort, key_file: key}
              |                               ^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "a region that is no text": (
        """
        targets:
          - {service: twitch, region: 1, key_file: key}
        """,
        """
        channels/dreams.yaml:4:31: targets[0].region: expected text, found the number 1. Put it in quotes: '1'.
            4 |   - {service: twitch, region: 1, key_file: key}
              |                               ^
              = Where Twitch is pushed to, such as frankfurt or us-east; by default the nearest.
        """,
    ),
    "a region of YouTube": (
        """
        targets:
          - {service: youtube, region: fra, key_file: key}
        """,
        """
        channels/dreams.yaml:4:32: targets[0].region: only Twitch has regions. Remove this line, or push there with 'service: twitch'.
            4 |   - {service: youtube, region: fra, key_file: key}
              |                                ^^^
        """,
    ),
    "a region beside a URL": (
        """
        targets:
          - {url: rtmp://live.twitch.tv/app, region: fra, key_file: key}
        """,
        """
        channels/dreams.yaml:4:46: targets[0].region: only Twitch has regions. Remove this line, or push there with 'service: twitch'.
            4 |   - {url: rtmp://live.twitch.tv/app, region: fra, key_file: key}
              |                                              ^^^
        """,
    ),
    "a bandwidth test of YouTube": (
        """
        targets:
          - {service: youtube, bandwidth_test: true, key_file: key}
        """,
        """
        channels/dreams.yaml:4:40: targets[0].bandwidth_test: only Twitch tests the line. Remove this line, or push there with 'service: twitch'.
            4 |   - {service: youtube, bandwidth_test: true, key_file: key}
              |                                        ^^^^
        """,
    ),
    "a bandwidth test beside a URL": (
        """
        targets:
          - {url: rtmp://live.twitch.tv/app, bandwidth_test: true, key_file: key}
        """,
        """
        channels/dreams.yaml:4:54: targets[0].bandwidth_test: only Twitch tests the line. Remove this line, or push there with 'service: twitch'.
            4 |   - {url: rtmp://live.twitch.tv/app, bandwidth_test: true, key_file: key}
              |                                                      ^^^^
        """,
    ),
    "a backup of Twitch": (
        """
        targets:
          - {service: twitch, backup: true, key_file: key}
        """,
        """
        channels/dreams.yaml:4:31: targets[0].backup: only YouTube has a backup address. Remove this line, or push there with 'service: youtube'.
            4 |   - {service: twitch, backup: true, key_file: key}
              |                               ^^^^
        """,
    ),
    "Node-Media-Server without its address": (
        """
        targets:
          - {service: node-media-server, sign_key_file: secret}
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: where is your Node-Media-Server? Add a line 'url: rtmp://host/live/stream'.
            4 |   - {service: node-media-server, sign_key_file: secret}
              |     ^
        """,
    ),
    "a signature for another server": (
        """
        targets:
          - {url: rtmp://127.0.0.1/live/canary, sign_key_file: secret}
        """,
        """
        channels/dreams.yaml:4:56: targets[0].sign_key_file: only Node-Media-Server checks signatures. Remove this line, or push there with 'service: node-media-server'.
            4 |   - {url: rtmp://127.0.0.1/live/******, sign_key_file: secret}
              |                                                        ^^^^^^
        """,
    ),
    "two signatures": (
        """
        targets:
          - {service: node-media-server, url: rtmp://127.0.0.1/live/canary?sign=1-canary, sign_key_file: secret}
        """,
        """
        channels/dreams.yaml:4:39: targets[0].url: the URL has a signature already. Remove it, or the line sign_key_file.
            4 |   - {service: node-media-server, url: rtmp://127.0.0.1/live/********************, sign_key_file:…
              |                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "a signature that lasts too short": (
        """
        targets:
          - {service: node-media-server, url: rtmp://127.0.0.1/live/canary, sign_key_file: secret, sign_for_s: 5}
        """,
        """
        channels/dreams.yaml:4:104: targets[0].sign_for_s: expected a whole number from 10 to 86400, found the number 5.
            4 | …mp://127.0.0.1/live/******, sign_key_file: secret, sign_for_s: 5}
              |                                                                 ^
              = Seconds that a signature opens the stream; each new push gets one of its own.
        """,
    ),
    "a time without a signature": (
        """
        targets:
          - {service: node-media-server, url: rtmp://127.0.0.1/live/canary, sign_for_s: 60}
        """,
        """
        channels/dreams.yaml:4:81: targets[0].sign_for_s: nothing is signed without sign_key_file. Add one, or remove this line.
            4 |   - {service: node-media-server, url: rtmp://127.0.0.1/live/******, sign_for_s: 60}
              |                                                                                 ^^
        """,
    ),
    "a secret that others can read": (
        """
        targets:
          - {service: node-media-server, url: rtmp://127.0.0.1/live/canary, sign_key_file: open key}
        """,
        """
        channels/dreams.yaml:4:84: targets[0].sign_key_file: others can read channels/open key. Run: chmod 600 'channels/open key'
            4 |   - {service: node-media-server, url: rtmp://127.0.0.1/live/******, sign_key_file: open key}
              |                                                                                    ^^^^^^^^
        """,
    ),
    "a secret in the file": (
        """
        targets:
          - {service: node-media-server, url: rtmp://127.0.0.1/live/canary, sign_key: canary}
        """,
        """
        channels/dreams.yaml:4:69: unknown key 'sign_key'. Did you mean 'sign_key_file'?
            4 |   - {service: node-media-server, url: rtmp://127.0.0.1/live/******, sign_key: ******}
              |                                                                     ^^^^^^^^
        """,
    ),
    "bitrate over the service's limit": (
        """
        format: {video_kbps: 8000}
        targets:
          - {service: twitch, key_file: key}
        """,
        """
        channels/dreams.yaml:3:22: format.video_kbps: Twitch takes at most 6000 kbit/s of video, found 8000. Lower this, or disable the target 'twitch'.
            3 | format: {video_kbps: 8000}
              |                      ^^^^
        """,
    ),
    "a service twice": (
        """
        targets:
          - {service: twitch, key_file: key}
          - {service: twitch, key_file: key}
        """,
        """
        channels/dreams.yaml:5:5: targets[1]: the same place as targets[0]. Remove one of the two.
            5 |   - {service: twitch, key_file: key}
              |     ^
        """,
    ),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    PATH.parent.mkdir()
    for name, mode in [("key", 0o600), ("secret", 0o600), ("open key", 0o644)]:
        file = PATH.parent / name
        file.write_text("live_canary\n" if name == "key" else "canary\n")
        file.chmod(mode)
    return tmp_path


def target(entry: str) -> Target:
    PATH.write_text(f"{HEAD}targets:\n  - {entry}\n")
    (only,) = load_channel(PATH).targets
    return only


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_combination_is_refused_with_these_words(case: str) -> None:
    text, message = CASES[case]
    PATH.write_text(HEAD + dedent(text).lstrip("\n"))
    with pytest.raises(ConfigError) as caught:
        load_channel(PATH)
    assert "canary" not in str(caught.value)
    assert str(caught.value) == dedent(message).strip("\n")


@pytest.mark.parametrize(
    ("entry", "name", "server", "stream"),
    [
        (
            "{service: twitch, key_file: key}",
            "twitch",
            "rtmps://ingest.global-contribute.live-video.net/app",
            "live_canary",
        ),
        (
            "{service: twitch, region: frankfurt, key_file: key}",
            "twitch",
            "rtmp://live-fra.twitch.tv/app",
            "live_canary",
        ),
        (
            "{service: twitch, region: us-east, bandwidth_test: true, key_file: key}",
            "twitch",
            "rtmp://live-jfk.twitch.tv/app",
            "live_canary?bandwidthtest=true",
        ),
        (
            "{service: twitch, region: 'US West: Seattle, WA', key_file: key, name: seattle}",
            "seattle",
            "rtmp://live-sea.twitch.tv/app",
            "live_canary",
        ),
        (
            "{service: youtube, key_file: key}",
            "youtube",
            "rtmps://a.rtmps.youtube.com/live2",
            "live_canary",
        ),
        (
            "{service: youtube, backup: true, key_file: key}",
            "youtube-backup",
            "rtmps://b.rtmps.youtube.com/live2?backup=1",
            "live_canary",
        ),
        (
            "{service: node-media-server, url: 'rtmp://127.0.0.1/live/dreams', sign_key_file: secret}",
            "127.0.0.1",
            "rtmp://127.0.0.1/live",
            "dreams",
        ),
    ],
)
def test_a_service_is_all_that_has_to_be_named(entry: str, name: str, server: str, stream: str) -> None:
    found = target(entry)
    assert (found.name, found.server_url, found.stream.get_secret_value()) == (name, server, stream)


def test_both_addresses_of_youtube_take_the_same_key() -> None:
    PATH.write_text(
        HEAD + "targets:\n"
        "  - {service: youtube, key_file: key}\n"
        "  - {service: youtube, key_file: key, backup: true}\n"
    )
    assert [found.name for found in load_channel(PATH).targets] == ["youtube", "youtube-backup"]


def test_each_push_gets_a_signature_of_its_own_that_node_media_server_can_check() -> None:
    found = target(
        "{service: node-media-server, url: 'rtmp://127.0.0.1/live/dreams', sign_key_file: secret, sign_for_s: 60}"
    )
    digest = hashlib.md5(b"/live/dreams-1060-canary", usedforsecurity=False).hexdigest()
    assert found.stream_at(1000).get_secret_value() == f"dreams?sign=1060-{digest}"
    assert found.stream_at(2000) != found.stream_at(1000)
    assert "canary" not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"


def test_a_signature_goes_behind_a_query() -> None:
    found = target(
        "{service: node-media-server, url: 'rtmp://127.0.0.1/live/dreams?a=b', sign_key_file: secret}"
    )
    digest = hashlib.md5(b"/live/dreams-1300-canary", usedforsecurity=False).hexdigest()
    assert found.stream_at(1000).get_secret_value() == f"dreams?a=b&sign=1300-{digest}"


def test_the_secret_of_a_disabled_target_is_not_needed() -> None:
    entry = (
        "{service: node-media-server, url: 'rtmp://127.0.0.1/live/a', sign_key_file: nowhere, enabled: false}"
    )
    assert not target(entry).enabled


def test_every_house_format_has_keyframes_and_sound_that_services_take() -> None:
    for fps in (24, 25, 30, 50, 60):
        loudest = HouseFormat(fps=fps, audio_kbps=320)
        assert not list(unfit(TWITCH, loudest)) + list(unfit(YOUTUBE, loudest))


def test_a_stricter_service_would_be_obeyed() -> None:
    strict = Service("Strict", (), "live", max_video_kbps=1000, max_audio_kbps=96, max_keyframe_s=1)
    assert list(unfit(strict, HouseFormat())) == [
        ("video_kbps", "Strict takes at most 1000 kbit/s of video, found 1500. Lower this"),
        ("audio_kbps", "Strict takes at most 96 kbit/s of sound, found 128. Lower this"),
        (
            "fps",
            "Strict needs a keyframe every 1 s, and 30 fps have one every 1.6 s. Choose another number",
        ),
    ]


def test_what_youtube_recommends_is_advice_and_no_refusal() -> None:
    assert (
        advice(YOUTUBE, HouseFormat())
        == "YouTube recommends 3000 to 8000 kbit/s of video for up to 720 lines "
        "at 30 fps, and format.video_kbps is 1500"
    )
    assert not advice(YOUTUBE, HouseFormat(width=1920, height=1080, fps=60, video_kbps=10_000))
    assert not advice(TWITCH, HouseFormat())
