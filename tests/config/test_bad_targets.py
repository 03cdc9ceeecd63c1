# ruff: noqa: E501 - messages stand here as they are printed
"""Every bad target gets its message, to the letter, and no message holds a stream key."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from webtv.config import load_channel
from webtv.errors import ConfigError

PATH = Path("channels/dreams.yaml")
HEAD = "title: Dreams\ntheme: sea\n"

KEY_IN_FILE = (
    "a stream key does not belong in this file. Write rtmp://live.twitch.tv/app here, put the key into a file that "
    "only you can read (chmod 600), and name that file with key_file."
)
CASES = {
    "key in the URL": (
        """
        targets:
          - rtmp://live.twitch.tv/app/live_canary
        """,
        f"""
        channels/dreams.yaml:4:5: targets[0]: {KEY_IN_FILE}
            4 |   - rtmp://live.twitch.tv/app/***********
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "key in place of the app": (
        """
        targets:
          - url: "rtmp://live.twitch.tv/live_canary"
        """,
        f"""
        channels/dreams.yaml:4:10: targets[0].url: {KEY_IN_FILE}
            4 |   - url: "rtmp://live.twitch.tv/***********"
              |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "key missing": (
        """
        targets:
          - rtmps://a.rtmps.youtube.com/live2
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: the stream key of YouTube is missing. Put it into a file that only you can read (chmod 600), and name that file with key_file.
            4 |   - rtmps://a.rtmps.youtube.com/live2
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "key alone": (
        """
        targets:
          - live_canary
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: expected a URL that begins with rtmp:// or rtmps://.
            4 |   - ***********
              |     ^^^^^^^^^^^
        """,
    ),
    "key under a name of its own": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            stream_key: live_canary
            key_file: key
        """,
        """
        channels/dreams.yaml:5:5: unknown key 'stream_key'. Did you mean 'key_file'?
            5 |     stream_key: ***********
              |     ^^^^^^^^^^
        """,
    ),
    "key as a key": (
        """
        targets:
          - live_1_canary: x
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: where to? Add a line 'url: rtmp://…', or one 'service: …' with twitch or youtube.
            4 |   - *************: *
              |     ^
        channels/dreams.yaml:4:5: unknown key. Known here: service, region, bandwidth_test, backup, url, name, enabled, key_file, sign_key_file, sign_for_s.
            4 |   - *************: *
              |     ^^^^^^^^^^^^^
        """,
    ),
    "key at the top": (
        """
        stream_key: live_canary
        """,
        """
        channels/dreams.yaml:3:1: unknown key 'stream_key'. Known here: title, theme, style, language, number, enabled, seed, clip_seconds, shots_per_clip, label, caption, engines, quality, format, schedule, targets.
            3 | stream_key: ***********
              | ^^^^^^^^^^
        """,
    ),
    "key in a file that is not YAML": (
        """
        targets:
          - live_canary
         - rtmp://live.twitch.tv/app/live_canary
        """,
        """
        channels/dreams.yaml:5:2: this does not fit the lines above. Is it indented by as many spaces as they are?
            5 |  - *************************************
              |  ^
        """,
    ),
    "one URL for a list": (
        """
        targets: rtmp://127.0.0.1/live/canary
        """,
        """
        channels/dreams.yaml:3:10: targets: expected a list, found text. Begin each entry on a line of its own, with '- '.
            3 | targets: rtmp://127.0.0.1/live/******
              |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = RTMP servers to push to, each a URL or keys and values.
        """,
    ),
    "number for a target": (
        """
        targets: [1935]
        """,
        """
        channels/dreams.yaml:3:11: targets[0]: expected a URL or keys and values, found a number.
            3 | targets: [****]
              |           ^^^^
        """,
    ),
    "no URL": (
        """
        targets:
          - name: home
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: where to? Add a line 'url: rtmp://…', or one 'service: …' with twitch or youtube.
            4 |   - name: home
              |     ^
        """,
    ),
    "no stream": (
        """
        targets:
          - rtmp://127.0.0.1/live
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: the URL needs an app and a stream name, as in rtmp://host/app/stream.
            4 |   - rtmp://127.0.0.1/live
              |     ^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "no host": (
        """
        targets:
          - rtmp:///live/canary
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: the URL names no host. Write rtmp://host/app/stream.
            4 |   - *******************
              |     ^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "port out of range": (
        """
        targets:
          - rtmp://127.0.0.1:99999/live/canary
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: this is not a URL. Check host and port: rtmp://host:1935/app/stream.
            4 |   - rtmp://127.0.0.1:99999/live/******
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "password in the URL": (
        """
        targets:
          - rtmp://me:canary@127.0.0.1/live/a
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: a user name or password in a URL is not supported. Remove what stands before the '@'.
            4 |   - *********************************
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "space in the URL": (
        """
        targets:
          - rtmp://127.0.0.1/live/a canary=1
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: a URL has no spaces and only ASCII characters.
            4 |   - rtmp://127.0.0.1/live/* ********
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "{key} without a file": (
        """
        targets:
          - rtmp://127.0.0.1/live/{key}
        """,
        """
        channels/dreams.yaml:4:5: targets[0]: {key} stands for the content of key_file, and there is no key_file. Add one.
            4 |   - rtmp://127.0.0.1/live/{key}
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "query without {key}": (
        """
        targets:
          - url: rtmp://127.0.0.1/live?a=b
            key_file: key
        """,
        """
        channels/dreams.yaml:4:10: targets[0].url: where does the key go? Write {key} before the '?', for example rtmp://host/app/{key}?a=b.
            4 |   - url: rtmp://127.0.0.1/live****
              |          ^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "no key file": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: missing
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: channels/missing cannot be read: No such file or directory.
            5 |     key_file: missing
              |               ^^^^^^^
        """,
    ),
    "key file readable by others": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: open key
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: others can read channels/open key. Run: chmod 600 'channels/open key'
            5 |     key_file: open key
              |               ^^^^^^^^
        """,
    ),
    "empty key file": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: empty
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: channels/empty must hold one line, the stream key, and has none.
            5 |     key_file: empty
              |               ^^^^^
        """,
    ),
    "two keys in a file": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: two
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: channels/two must hold one line, the stream key, and has 2.
            5 |     key_file: two
              |               ^^^
        """,
    ),
    "prose in a key file": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: prose
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: the stream key in channels/prose has spaces or other than ASCII characters.
            5 |     key_file: prose
              |               ^^^^^
        """,
    ),
    "long key file": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: long
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: channels/long is too long: it must hold the stream key alone.
            5 |     key_file: long
              |               ^^^^
        """,
    ),
    "folder for a key file": (
        """
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: ../channels
        """,
        """
        channels/dreams.yaml:5:15: targets[0].key_file: channels/../channels is not a file.
            5 |     key_file: ../channels
              |               ^^^^^^^^^^^
        """,
    ),
    "bad name": (
        """
        targets:
          - url: rtmp://127.0.0.1/live/canary
            name: At home
        """,
        """
        channels/dreams.yaml:5:11: targets[0].name: 'At home' does not have the right form.
            5 |     name: At home
              |           ^^^^^^^
              = Name in logs and metrics, of a-z, 0-9, '-' and '.'; by default the service's or host's.
        """,
    ),
    "same name": (
        """
        targets:
          - {url: rtmp://127.0.0.1/live/canary, name: home}
          - {url: rtmp://127.0.0.2/live/canary, name: home}
        """,
        """
        channels/dreams.yaml:5:47: targets[1].name: another target is called 'home'. Names tell targets apart.
            5 |   - {url: rtmp://127.0.0.2/live/******, name: home}
              |                                               ^^^^
        """,
    ),
    "same place": (
        """
        targets:
          - rtmp://127.0.0.1/live/canary
          - rtmp://127.0.0.1/live/canary
        """,
        """
        channels/dreams.yaml:5:5: targets[1]: the same place as targets[0]. Remove one of the two.
            5 |   - rtmp://127.0.0.1/live/******
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "bitrate over Twitch's limit": (
        """
        format:
          video_kbps: 8000
        targets:
          - url: rtmp://live.twitch.tv/app
            key_file: key
        """,
        """
        channels/dreams.yaml:4:15: format.video_kbps: Twitch takes at most 6000 kbit/s of video, found 8000. Lower this, or disable the target 'twitch'.
            4 |   video_kbps: 8000
              |               ^^^^
        """,
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    PATH.parent.mkdir()
    for name, mode, text in [
        ("key", 0o600, "live_canary\n"),
        ("open key", 0o644, "live_canary\n"),
        ("empty", 0o600, "\n"),
        ("two", 0o600, "live_canary\nlive_canary\n"),
        ("prose", 0o600, "my key is live_canary\n"),
        ("long", 0o600, "live_canary" * 400),
    ]:
        file = PATH.parent / name
        file.write_text(text)
        file.chmod(mode)
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_a_bad_target_is_refused_with_these_words(case: str, folder: Path) -> None:
    text, message = CASES[case]
    PATH.write_text(HEAD + dedent(text).lstrip("\n"))
    with pytest.raises(ConfigError) as caught:
        load_channel(PATH)
    assert "canary" not in str(caught.value)
    assert str(caught.value) == dedent(message).strip("\n")
    assert caught.value.__context__ is None or "canary" not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://live.twitch.tv:1935/app/live_canary",
        "RTMP://LIVE.TWITCH.TV/app/live_canary",
        "rtmp://live.twitch.tv./app/live_canary",
        "rtmp://live.twitch.tv/app?canary=1",
        "rtmp://live.twitch.tv/app/x/{key}?canary",
        "rtmp://fra05.contribute.live-video.net/app/live_canary",
        "rtmp://a.rtmp.youtube.com/live2/canary-aaaa-bbbb",
        "rtmps://a.rtmps.youtube.com:443/live2/canary?backup=1",
        "rtmps://live-api-s.facebook.com:443/rtmp/FB-canary",
        "rtmps://fa723fc1b171.global-contribute.live-video.net/app/sk_canary",
        "rtmp://live.restream.io/live/re_canary",
    ],
)
@pytest.mark.parametrize("lines", ["- {url}", "- url: '{url}'\n  key_file: key", "- url: >-\n    {url}"])
def test_no_public_service_takes_a_key_from_the_file(url: str, lines: str, folder: Path) -> None:
    PATH.write_text(HEAD + "targets:\n" + lines.replace("{url}", url) + "\n")
    with pytest.raises(ConfigError, match="a stream key does not belong in this file") as caught:
        load_channel(PATH)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["canary81" * 5, "canary81" * 40, "canary.81-" * 30, "cana-ryca-nary-cana-ryca"]
)
@pytest.mark.parametrize("enabled", ["true", "false"])
def test_a_key_in_place_of_its_file_is_not_echoed(key: str, enabled: str, folder: Path) -> None:
    PATH.write_text(f"{HEAD}targets: [{{service: twitch, enabled: {enabled}, key_file: {key}}}]\n")
    with pytest.raises(ConfigError, match="it looks like the stream key itself") as caught:
        load_channel(PATH)
    assert "cana" not in str(caught.value)
