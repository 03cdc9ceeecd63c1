# ruff: noqa: E501 - messages stand here as they are printed
"""Every bad channel file gets its message, to the letter."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from webtv.config import load_channel
from webtv.errors import ConfigError

PATH = Path("channels/dreams.yaml")

CASES: dict[str, tuple[str | bytes, str]] = {
    "unknown key": (
        """
        tittle: Dreams
        theme: sea
        """,
        """
        channels/dreams.yaml:1:1: unknown key 'tittle'. Did you mean 'title'?
            1 | tittle: Dreams
              | ^^^^^^
        """,
    ),
    "unknown key, nothing near": (
        """
        title: Dreams
        theme: sea
        format:
          aspect: wide
        """,
        """
        channels/dreams.yaml:4:3: unknown key 'aspect'. Known here: width, height, fps, video_kbps, audio_kbps.
            4 |   aspect: wide
              |   ^^^^^^
        """,
    ),
    "id is the file's name": (
        """
        id: other
        title: Dreams
        theme: sea
        """,
        """
        channels/dreams.yaml:1:1: unknown key 'id'. The file's name gives it.
            1 | id: other
              | ^^
        """,
    ),
    "missing key": (
        """
        title: Dreams
        """,
        """
        channels/dreams.yaml:1:1: 'theme' is missing. Add a line 'theme: …'.
            1 | title: Dreams
              | ^
              = What the channel shows, in your own words.
        """,
    ),
    "both keys missing": (
        """
        style: calm
        """,
        """
        channels/dreams.yaml:1:1: 'theme' is missing. Add a line 'theme: …'.
            1 | style: calm
              | ^
              = What the channel shows, in your own words.
        channels/dreams.yaml:1:1: 'title' is missing. Add a line 'title: …'.
            1 | style: calm
              | ^
              = The channel's name, as viewers see it.
        """,
    ),
    "key without a value": (
        """
        title:
        theme: sea
        """,
        """
        channels/dreams.yaml:1:1: 'title' has no value. Expected text of 1 to 80 characters.
            1 | title:
              | ^^^^^
              = The channel's name, as viewers see it.
        """,
    ),
    "number for text": (
        """
        title: 1984
        theme: sea
        """,
        """
        channels/dreams.yaml:1:8: title: expected text of 1 to 80 characters, found the number 1984. Put it in quotes: '1984'.
            1 | title: 1984
              |        ^^^^
              = The channel's name, as viewers see it.
        """,
    ),
    "text for a number": (
        """
        title: Dreams
        theme: sea
        clip_seconds: '12'
        """,
        """
        channels/dreams.yaml:3:15: clip_seconds: expected a number from 4 to 60, found text '12'. Remove the quotes.
            3 | clip_seconds: '12'
              |               ^^^^
              = Length of a clip in seconds.
        """,
    ),
    "text for true or false": (
        """
        title: Dreams
        theme: sea
        caption: sometimes
        """,
        """
        channels/dreams.yaml:3:10: caption: expected true or false, found text 'sometimes'.
            3 | caption: sometimes
              |          ^^^^^^^^^
              = Whether each clip's title is drawn into the picture.
        """,
    ),
    "text for a section": (
        """
        title: Dreams
        theme: sea
        schedule: daily
        """,
        """
        channels/dreams.yaml:3:11: schedule: expected keys and values, found text 'daily'.
            3 | schedule: daily
              |           ^^^^^
              = When fresh clips, archive and bumpers air.
        """,
    ),
    "list for text": (
        """
        title: Dreams
        theme:
          - sea
        """,
        """
        channels/dreams.yaml:3:3: theme: expected text of 1 to 2000 characters, found a list.
            3 |   - sea
              |   ^
              = What the channel shows, in your own words.
        """,
    ),
    "out of range": (
        """
        title: Dreams
        theme: sea
        shots_per_clip: 40
        """,
        """
        channels/dreams.yaml:3:17: shots_per_clip: expected a whole number from 1 to 12, found the number 40.
            3 | shots_per_clip: 40
              |                 ^^
              = About how many shots make a clip; offline, each lasts 2 to 5 s.
        """,
    ),
    "not a whole number": (
        """
        title: Dreams
        theme: sea
        shots_per_clip: 2.5
        """,
        """
        channels/dreams.yaml:3:17: shots_per_clip: expected a whole number from 1 to 12, found the number 2.5.
            3 | shots_per_clip: 2.5
              |                 ^^^
              = About how many shots make a clip; offline, each lasts 2 to 5 s.
        """,
    ),
    "odd width": (
        """
        title: Dreams
        theme: sea
        format: {width: 641}
        """,
        """
        channels/dreams.yaml:3:17: format.width: expected an even whole number from 64 to 3840, found the number 641.
            3 | format: {width: 641}
              |                 ^^^
              = Width of the picture in pixels.
        """,
    ),
    "frame rate without a small quantum": (
        """
        title: Dreams
        theme: sea
        format:
          fps: 29.97
        """,
        """
        channels/dreams.yaml:4:8: format.fps: expected 24, 25, 30, 50 or 60, found the number 29.97.
            4 |   fps: 29.97
              |        ^^^^^
              = Frames per second; only these rates share a short quantum with AAC sound.
        """,
    ),
    "too long a title": (
        f"""
        title: {"x" * 81}
        theme: sea
        """,
        f"""
        channels/dreams.yaml:1:8: title: expected text of 1 to 80 characters, found 81 characters.
            1 | title: {"x" * 81}
              |        {"^" * 81}
              = The channel's name, as viewers see it.
        """,
    ),
    "title of two lines": (
        """
        title: "a\\nb"
        theme: sea
        """,
        """
        channels/dreams.yaml:1:8: title: must be one line without control characters.
            1 | title: "a\\nb"
              |        ^^^^^^
        """,
    ),
    "blank theme": (
        """
        title: Dreams
        theme: "  "
        """,
        """
        channels/dreams.yaml:2:8: theme: must not be blank.
            2 | theme: "  "
              |        ^^^^
        """,
    ),
    "wide characters before the mistake": (
        """
        format: {fps: 映画}
        title: Dreams
        theme: sea
        """,
        """
        channels/dreams.yaml:1:15: format.fps: expected 24, 25, 30, 50 or 60, found text '映画'.
            1 | format: {fps: 映画}
              |               ^^^^
              = Frames per second; only these rates share a short quantum with AAC sound.
        """,
    ),
    "language is not a tag": (
        """
        title: Dreams
        theme: sea
        language: English
        """,
        """
        channels/dreams.yaml:3:11: language: 'English' does not have the right form.
            3 | language: English
              |           ^^^^^^^
              = Language of the channel in programme guides, as a tag such as en, de or pt-BR.
        """,
    ),
    "unknown engine": (
        """
        title: Dreams
        theme: sea
        engines:
          video: prosedural
          writer: [grammar, muse]
        """,
        """
        channels/dreams.yaml:4:10: engines.video: there is no video engine called 'prosedural'. Did you mean 'procedural'?
            4 |   video: prosedural
              |          ^^^^^^^^^^
        channels/dreams.yaml:5:21: engines.writer[1]: there is no writer engine called 'muse'. Known: grammar, openai.
            5 |   writer: [grammar, muse]
              |                     ^^^^
        """,
    ),
    "no engine": (
        """
        title: Dreams
        theme: sea
        engines: {video: []}
        """,
        """
        channels/dreams.yaml:3:18: engines.video: the list is empty. Known: procedural, zeroscope, ltx, wan, space.
            3 | engines: {video: []}
              |                  ^
        """,
    ),
    "shots longer than a shot can be": (
        """
        title: Dreams
        theme: sea
        clip_seconds: 60
        shots_per_clip: 1
        """,
        """
        channels/dreams.yaml:3:15: clip_seconds: a shot lasts at most 30 s. Use at least 2 shots_per_clip, or shorter clips.
            3 | clip_seconds: 60
              |               ^^
        """,
    ),
    "all mistakes at once": (
        """
        title: Dreams
        them: sea
        format:
          fps: 29
        clip_seconds: 3
        """,
        """
        channels/dreams.yaml:2:1: unknown key 'them'. Did you mean 'theme'?
            2 | them: sea
              | ^^^^
        channels/dreams.yaml:4:8: format.fps: expected 24, 25, 30, 50 or 60, found the number 29.
            4 |   fps: 29
              |        ^^
              = Frames per second; only these rates share a short quantum with AAC sound.
        channels/dreams.yaml:5:15: clip_seconds: expected a number from 4 to 60, found the number 3.
            5 | clip_seconds: 3
              |               ^
              = Length of a clip in seconds.
        """,
    ),
    "tab": (
        """
        title: Dreams
        format:
        \tfps: 30
        """,
        """
        channels/dreams.yaml:3:1: a tab indents this line. YAML wants spaces.
            3 |  fps: 30
              | ^
        """,
    ),
    "duplicate key": (
        """
        title: Dreams
        theme: sea
        title: More dreams
        """,
        """
        channels/dreams.yaml:3:1: duplicate key 'title'. It stands on line 1 already; remove one of the two.
            3 | title: More dreams
              | ^^^^^
        """,
    ),
    "on for true": (
        """
        title: Dreams
        theme: sea
        enabled: on
        """,
        """
        channels/dreams.yaml:3:10: some YAML readers take 'on' for a boolean, others for text. Write true or false, or quote the text: 'on'.
            3 | enabled: on
              |          ^^
        """,
    ),
    "Norwegian": (
        """
        title: Dreams
        theme: sea
        language: no
        """,
        """
        channels/dreams.yaml:3:11: some YAML readers take 'no' for a boolean, others for text. Write true or false, or quote the text: 'no'.
            3 | language: no
              |           ^^
        """,
    ),
    "number in base 60": (
        """
        title: 12:30
        theme: sea
        """,
        """
        channels/dreams.yaml:1:8: some YAML readers take '12:30' for a number of another base, others for text. Write a plain number, or quote the text: '12:30'.
            1 | title: 12:30
              |        ^^^^^
        """,
    ),
    "octal number": (
        """
        title: Dreams
        theme: sea
        seed: 0755
        """,
        """
        channels/dreams.yaml:3:7: some YAML readers take '0755' for a number of another base, others for text. Write a plain number, or quote the text: '0755'.
            3 | seed: 0755
              |       ^^^^
        """,
    ),
    "alias bomb": (
        """
        title: &a [x, x, x, x]
        theme: &b [*a, *a, *a, *a]
        style: &c [*b, *b, *b, *b]
        """,
        """
        channels/dreams.yaml:2:12: aliases ('*name') are refused. Write the value out.
            2 | theme: &b [*a, *a, *a, *a]
              |            ^^
        """,
    ),
    "python object": (
        """
        title: Dreams
        theme: !!python/object/apply:os.system ["true"]
        """,
        """
        channels/dreams.yaml:2:8: tags ('!' and '!!') are refused. Write the bare value.
            2 | theme: !!python/object/apply:os.system ["true"]
              |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
    ),
    "two documents": (
        """
        title: Dreams
        theme: sea
        ---
        title: More dreams
        """,
        """
        channels/dreams.yaml:3:1: a second document begins here. One file holds one; remove this '---'.
            3 | ---
              | ^^^
        """,
    ),
    "too deep": (
        f"""
        title: {"[" * 5000}
        """,
        f"""
        channels/dreams.yaml:1:16: nested more than 8 levels deep.
            1 | title: {"[" * 89}…
              |                ^
        """,
    ),
    "list of keys": (
        """
        - title: Dreams
        - theme: sea
        """,
        """
        channels/dreams.yaml:1:1: expected lines like 'title: Dreams', found a list.
            1 | - title: Dreams
              | ^
        """,
    ),
    "key that is no name": (
        """
        title: Dreams
        {}: sea
        """,
        """
        channels/dreams.yaml:2:1: a key is a plain name, followed by ':'.
            2 | {}: sea
              | ^
        """,
    ),
    "colon in text": (
        """
        title: Dreams
        theme: The city: neon
        """,
        """
        channels/dreams.yaml:2:16: a second ': ' on this line. Put the text in quotes.
            2 | theme: The city: neon
              |                ^
        """,
    ),
    "indented too far": (
        """
        title: Dreams
         theme: sea
        """,
        """
        channels/dreams.yaml:2:7: a key cannot begin here. Is it indented too far, or does the ':' of the line above lack its space?
            2 |  theme: sea
              |       ^
        """,
    ),
    "no space behind the colon": (
        """
        title: Dreams
        theme:sea
        style: calm
        """,
        """
        channels/dreams.yaml:2:1: expected 'key: value'. Is the ':' or the space behind it missing?
            2 | theme:sea
              | ^
        """,
    ),
    "outdented list": (
        """
        title: Dreams
        engines:
            video: procedural
          writer: grammar
        """,
        """
        channels/dreams.yaml:4:3: this does not fit the lines above. Is it indented by as many spaces as they are?
            4 |   writer: grammar
              |   ^
        """,
    ),
    "open quote": (
        """
        title: "Dreams
        theme: sea
        """,
        """
        channels/dreams.yaml:1:8: this quote is never closed.
            1 | title: "Dreams
              |        ^
        """,
    ),
    "unknown escape": (
        r"""
        title: "C:\dreams"
        theme: sea
        """,
        r"""
        channels/dreams.yaml:1:12: there is no such escape. Put the text in single quotes, or write \\ for \.
            1 | title: "C:\dreams"
              |            ^
        """,
    ),
    "half-saved": (
        """
        title: Dreams
        theme: sea
        engines: {video: procedural
        """,
        """
        channels/dreams.yaml:3:10: this brace is not closed by '}' where it should be.
            3 | engines: {video: procedural
              |          ^
        """,
    ),
    "at sign": (
        """
        title: @dreams
        theme: sea
        """,
        """
        channels/dreams.yaml:1:8: a value cannot begin with this character. Put the text in quotes.
            1 | title: @dreams
              |        ^
        """,
    ),
    "control character": (
        "title: Dreams\ntheme: \x1b[31msea\n",
        """
        channels/dreams.yaml:2:8: a control character. Remove it.
            2 | theme:  [31msea
              |        ^
        """,
    ),
    "empty file": (
        "",
        """
        channels/dreams.yaml:1:1: the file is empty. A channel needs two lines, 'title: …' and 'theme: …'.
        """,
    ),
    "only comments": (
        "# later\n",
        """
        channels/dreams.yaml:1:1: the file is empty. A channel needs two lines, 'title: …' and 'theme: …'.
        """,
    ),
    "Latin-1": (
        "title: Träume\ntheme: Hütte\n".replace("ä", "ae").encode("latin-1"),
        """
        channels/dreams.yaml:2:9: the byte 0xfc is not UTF-8. Save the file as UTF-8.
        """,
    ),
    "byte order mark": (
        "title: Dreams\ntheme: sea\n".encode("utf-8-sig"),
        """
        channels/dreams.yaml:1:1: the file begins with a byte order mark. Save it as UTF-8 without BOM.
        """,
    ),
    "UTF-16": (
        "title: Dreams\ntheme: sea\n".encode("utf-16"),
        """
        channels/dreams.yaml:1:1: the file is UTF-16. Save it as UTF-8.
        """,
    ),
    "huge file": (
        b"# " + b"x" * 70_000,
        """
        channels/dreams.yaml: is longer than 64 KiB, far more than this file can need.
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_channel_is_refused_with_these_words(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, message = CASES[case]
    monkeypatch.chdir(tmp_path)
    PATH.parent.mkdir()
    PATH.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
    with pytest.raises(ConfigError) as caught:
        load_channel(PATH)
    assert str(caught.value) == dedent(message).strip("\n")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Dreams!.yaml", "'Dreams!' cannot be a channel's id. Name the file with a-z, 0-9 and '-', at most 40 of them, "
         "such as dreams.yaml."),
        ("-.yaml", "'-' cannot be a channel's id. Name the file with a-z, 0-9 and '-', at most 40 of them, "
         "such as my-channel.yaml."),
        ("dreams.yml", "a channel's file ends in .yaml. Rename it to dreams.yaml."),
        ("gone.yaml", "cannot be read: No such file or directory."),
        ("folder.yaml", "is not a file."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_channel_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError) as caught:
        load_channel(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {message}"


def test_an_id_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    for name in ("..yaml", "...yaml", "../..yaml", "%2e%2e.yaml"):
        with pytest.raises(ConfigError):
            load_channel(tmp_path / name)
