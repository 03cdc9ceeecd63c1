# ruff: noqa: E501 - messages stand here as they are printed
"""The list of what goes wrong in configurations, row by row: each says where, what, and what is meant instead.

``test_bad_channels`` and ``test_bad_targets`` have many more of the same kind.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from webtv.cli.doctor.report import examine
from webtv.config import StationConfig, load_channel, load_channels, load_station
from webtv.errors import ConfigError
from webtv.postprocess import fonts

CHANNEL = Path("channels/dreams.yaml")
STATION = Path("webtv.yaml")
HEAD = "title: Dreams\ntheme: sea\n"


def channel() -> str:
    """What ``load_channel`` says."""
    with pytest.raises(ConfigError) as caught:
        load_channel(CHANNEL)
    return str(caught.value)


def station() -> str:
    """What ``load_station`` says."""
    with pytest.raises(ConfigError) as caught:
        load_station()
    return str(caught.value)


def folder() -> str:
    """What ``load_channels`` says of the files that it leaves out."""
    _, errors = load_channels(CHANNEL.parent)
    return "\n".join(str(error) for error in errors.values())


def doctor() -> str:
    """What ``webtv doctor`` says of engines and typefaces, with what to do."""
    found = examine(StationConfig(workers=0).override(http="127.0.0.1:0"))
    told = [
        each
        for each in found
        if each.verdict != "good" and ("engine" in each.what or "typeface" in each.what)
    ]
    return "\n".join(f"{each.what}\n{each.mend}" for each in told)


@dataclass(frozen=True)
class Case:
    """Files by path, and what is said of them to the letter. Texts of files are dedented."""

    says: str
    text: str | bytes = ""
    asked: Callable[[], str] = channel
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        main = STATION if self.asked is station else CHANNEL
        texts = {str(main): self.text} if self.text or self.asked is channel else {}
        for name, text in (texts | self.files).items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
            path.chmod(self.modes.get(name, 0o600))
        for name, aim in self.links.items():
            Path(name).unlink(missing_ok=True)
            Path(name).symlink_to(aim)


LIST: dict[str, list[Case]] = {
    "tab indentation": [
        Case(
            text="title: Dreams\nformat:\n\tfps: 30\n",
            says="""
            channels/dreams.yaml:3:1: a tab indents this line. YAML wants spaces.
                3 |  fps: 30
                  | ^
            """,
        ),
    ],
    "duplicate key": [
        Case(
            text="title: Dreams\ntheme: sea\ntitle: More dreams\n",
            says="""
            channels/dreams.yaml:3:1: duplicate key 'title'. It stands on line 1 already; remove one of the two.
                3 | title: More dreams
                  | ^^^^^
            """,
        ),
    ],
    "unknown key (nearest name)": [
        Case(
            text="tittle: Dreams\ntheme: sea\n",
            says="""
            channels/dreams.yaml:1:1: unknown key 'tittle'. Did you mean 'title'?
                1 | tittle: Dreams
                  | ^^^^^^
            """,
        ),
        Case(
            asked=station,
            text="log:\n  levels: info\n",
            says="""
            webtv.yaml:2:3: unknown key 'levels'. Did you mean 'level'?
                2 |   levels: info
                  |   ^^^^^^
            """,
        ),
    ],
    "`on`/`no` read as boolean": [
        Case(
            text=HEAD + "enabled: on\n",
            says="""
            channels/dreams.yaml:3:10: some YAML readers take 'on' for a boolean, others for text. Write true or false, or quote the text: 'on'.
                3 | enabled: on
                  |          ^^
            """,
        ),
        Case(
            text=HEAD + "language: no\n",
            says="""
            channels/dreams.yaml:3:11: some YAML readers take 'no' for a boolean, others for text. Write true or false, or quote the text: 'no'.
                3 | language: no
                  |           ^^
            """,
        ),
    ],
    "`12:30` read as a number": [
        Case(
            text="title: 12:30\ntheme: sea\n",
            says="""
            channels/dreams.yaml:1:8: some YAML readers take '12:30' for a number of another base, others for text. Write a plain number, or quote the text: '12:30'.
                1 | title: 12:30
                  |        ^^^^^
            """,
        ),
    ],
    "alias bomb": [
        Case(
            text="title: &a [x, x, x, x]\ntheme: &b [*a, *a, *a, *a]\nstyle: &c [*b, *b, *b, *b]\n",
            says="""
            channels/dreams.yaml:2:12: aliases ('*name') are refused. Write the value out.
                2 | theme: &b [*a, *a, *a, *a]
                  |            ^^
            """,
        ),
    ],
    "not UTF-8": [
        Case(
            text="title: Hütte\ntheme: sea\n".encode("latin-1"),
            says="channels/dreams.yaml:1:9: the byte 0xfc is not UTF-8. Save the file as UTF-8.",
        ),
        Case(
            text=HEAD.encode("utf-16"),
            says="channels/dreams.yaml:1:1: the file is UTF-16. Save it as UTF-8.",
        ),
    ],
    "BOM": [
        Case(
            text=HEAD.encode("utf-8-sig"),
            says="channels/dreams.yaml:1:1: the file begins with a byte order mark. Save it as UTF-8 without BOM.",
        ),
    ],
    "empty file": [
        Case(
            text="",
            says="channels/dreams.yaml:1:1: the file is empty. A channel needs two lines, 'title: …' and 'theme: …'.",
        ),
    ],
    "two documents": [
        Case(
            text=HEAD + "---\ntitle: More dreams\n",
            says="""
            channels/dreams.yaml:3:1: a second document begins here. One file holds one; remove this '---'.
                3 | ---
                  | ^^^
            """,
        ),
    ],
    "`!!python/object`": [
        Case(
            text='title: Dreams\ntheme: !!python/object/apply:os.system ["true"]\n',
            says="""
            channels/dreams.yaml:2:8: tags ('!' and '!!') are refused. Write the bare value.
                2 | theme: !!python/object/apply:os.system ["true"]
                  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
    ],
    "wrong type": [
        Case(
            text="title: 1984\ntheme: sea\nengines: {video: 3}\n",
            says="""
            channels/dreams.yaml:1:8: title: expected text of 1 to 80 characters, found the number 1984. Put it in quotes: '1984'.
                1 | title: 1984
                  |        ^^^^
                  = The channel's name, as viewers see it.
            channels/dreams.yaml:3:18: engines.video: expected procedural, zeroscope, ltx, wan or space, or a list, found the number 3.
                3 | engines: {video: 3}
                  |                  ^
                  = Films the shots: one name, or a list to fall back along.
            """,
        ),
        Case(
            text=HEAD + "quality: standart\n",
            says="""
            channels/dreams.yaml:3:10: quality: expected draft, standard, full or auto, found text 'standart'. Did you mean 'standard'?
                3 | quality: standart
                  |          ^^^^^^^^
                  = Work that each take is worth to the video engine: draft, standard, full, or as much as keeps a watched channel fresh (auto).
            """,
        ),
        Case(
            asked=station,
            text="workers: many\n",
            says="""
            webtv.yaml:1:10: workers: expected a whole number from 0 to 256, found text 'many'.
                1 | workers: many
                  |          ^^^^
                  = Processes that make clips; by default one for every two cores, 0 makes none.
            """,
        ),
    ],
    "out of range": [
        Case(
            text=HEAD + "shots_per_clip: 40\n",
            says="""
            channels/dreams.yaml:3:17: shots_per_clip: expected a whole number from 1 to 12, found the number 40.
                3 | shots_per_clip: 40
                  |                 ^^
                  = About how many shots make a clip; offline, each lasts 2 to 5 s.
            """,
        ),
    ],
    "duplicate channel": [
        Case(
            asked=folder,
            text=HEAD,
            files={"channels/dreams.yml": HEAD},
            says="channels/dreams.yml: the channel 'dreams' is in dreams.yaml already. Remove one of the two files.",
        ),
        Case(
            asked=folder,
            text=HEAD + "targets: [rtmp://127.0.0.1/live/canary]\n",
            files={"channels/tides.yaml": HEAD + "targets: [rtmp://127.0.0.1/live/canary]\n"},
            says="""
            channels/tides.yaml:3:11: target '127.0.0.1' is the same place as one of dreams.yaml. Remove one.
                3 | targets: [rtmp://127.0.0.1/live/******]
                  |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
    ],
    "two channels with one number": [
        Case(
            asked=folder,
            text=HEAD + "number: 7\n",
            files={"channels/tides.yaml": HEAD + "number: 7\n"},
            says="""
            channels/tides.yaml:3:9: number 7 is that of dreams.yaml. Choose another, or leave the key out.
                3 | number: 7
                  |         ^
            """,
        ),
    ],
    "id with `../`": [
        Case(
            text=HEAD + "id: ../etc\n",
            says="""
            channels/dreams.yaml:3:1: unknown key 'id'. The file's name gives it.
                3 | id: ../etc
                  | ^^
            """,
        ),
        Case(
            asked=folder,
            files={"channels/..etc.yaml": HEAD, "channels/%2e%2e.yaml": HEAD},
            says="channels/%2e%2e.yaml: '%2e%2e' cannot be a channel's id. Name the file with a-z, 0-9 and '-', at most 40 of them, such as 2e-2e.yaml.",
        ),
    ],
    "media path or link outside its root": [
        Case(
            asked=folder,
            files={"secrets/shadow": "root:canary\n"},
            links={"channels/shadow.yaml": "../secrets/shadow"},
            says="channels/shadow.yaml: a link to {here}/secrets/shadow, outside of the folder. Put the file itself here.",
        ),
        Case(
            asked=folder,
            links={"channels/a.yaml": "b.yaml", "channels/b.yaml": "a.yaml"},
            says="""
            channels/a.yaml: is a link to b.yaml, which cannot be read: Too many levels of symbolic links.
            channels/b.yaml: is a link to a.yaml, which cannot be read: Too many levels of symbolic links.
            """,
        ),
    ],
    "backend URL to link-local or `file:`": [
        Case(
            asked=station,
            text="openai:\n  model: m\n  base_url: http://169.254.169.254/v1\n",
            says="""
            webtv.yaml:3:13: openai.base_url: 169.254.169.254 is a link-local address: clouds keep a machine's own keys there, and no service does. Write the address that the service listens on.
                3 |   base_url: http://169.254.169.254/v1
                  |             ^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            asked=station,
            text="space:\n  url: http://[::ffff:a9fe:a9fe]/\n",
            says="""
            webtv.yaml:2:8: space.url: ::ffff:a9fe:a9fe is a link-local address: clouds keep a machine's own keys there, and no service does. Write the address that the service listens on.
                2 |   url: http://[::ffff:a9fe:a9fe]/
                  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            asked=station,
            text="openai:\n  model: m\n  base_url: file:///etc/passwd\n",
            says="""
            webtv.yaml:3:13: openai.base_url: expected a web address without '?' or password, such as http://127.0.0.1:11434/v1.
                3 |   base_url: file:///etc/passwd
                  |             ^^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            asked=station,
            text="space:\n  url: file:///etc/passwd\n",
            says="""
            webtv.yaml:2:8: space.url: expected a Space as owner/name, or the web address of a Gradio app.
                2 |   url: file:///etc/passwd
                  |        ^^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            text=HEAD + "targets: [file:///srv/canary]\n",
            says="""
            channels/dreams.yaml:3:11: targets[0]: expected a URL that begins with rtmp:// or rtmps://.
                3 | targets: [******************]
                  |           ^^^^^^^^^^^^^^^^^^
            """,
        ),
    ],
    "stream key written in YAML (refused, never echoed)": [
        Case(
            text=HEAD + "targets:\n  - rtmp://live.twitch.tv/app/live_canary\n",
            says="""
            channels/dreams.yaml:4:5: targets[0]: a stream key does not belong in this file. Write rtmp://live.twitch.tv/app here, put the key into a file that only you can read (chmod 600), and name that file with key_file.
                4 |   - rtmp://live.twitch.tv/app/***********
                  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
    ],
    "stream key in place of the file that holds it": [
        Case(
            text=HEAD
            + "targets:\n  - url: rtmp://live.twitch.tv/app\n    key_file: live_8177_canaryCANARY\n",
            says="""
            channels/dreams.yaml:5:15: targets[0].key_file: there is no such file, and it looks like the stream key itself. Put that into a file that only you can read (chmod 600), and name the file here.
                5 |     key_file: **********************
                  |               ^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            text=HEAD + "targets: [{service: youtube, enabled: false, key_file: cana-ryca-nary-cana-ryca}]\n",
            says="""
            channels/dreams.yaml:3:56: targets[0].key_file: there is no such file, and it looks like the stream key itself. Put that into a file that only you can read (chmod 600), and name the file here.
                3 | targets: [{service: youtube, enabled: false, key_file: ************************}]
                  |                                                        ^^^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            asked=station,
            text="openai:\n  model: m\n  key_file: sk-proj-81canaryCANARY\n",
            says="""
            webtv.yaml:3:13: openai.key_file: there is no such file, and it looks like the API key itself. Put that into a file that only you can read (chmod 600), and name the file here.
                3 |   key_file: **********************
                  |             ^^^^^^^^^^^^^^^^^^^^^^
            """,
        ),
    ],
    "key file readable by others": [
        Case(
            text=HEAD + "targets:\n  - url: rtmp://live.twitch.tv/app\n    key_file: ../secrets/twitch\n",
            files={"secrets/twitch": "live_canary\n"},
            modes={"secrets/twitch": 0o644},
            says="""
            channels/dreams.yaml:5:15: targets[0].key_file: others can read channels/../secrets/twitch. Run: chmod 600 channels/../secrets/twitch
                5 |     key_file: ../secrets/twitch
                  |               ^^^^^^^^^^^^^^^^^
            """,
        ),
        Case(
            asked=station,
            text="openai:\n  model: m\n  key_file: secrets/openai\n",
            files={"secrets/openai": "sk-canary\n"},
            modes={"secrets/openai": 0o640},
            says="""
            webtv.yaml:3:13: openai.key_file: others can read secrets/openai. Run: chmod 600 secrets/openai
                3 |   key_file: secrets/openai
                  |             ^^^^^^^^^^^^^^
            """,
        ),
    ],
    "missing font": [
        # No face has both hieroglyphs and Kharoshthi.
        Case(
            asked=doctor,
            text="title: Dreams 𓀀𐨀\ntheme: sea\n",
            says="""
            no typeface here can draw 𓀀𐨀 of dreams: its title or label airs without
            Install one that can, such as Noto Sans (on Debian: apt install fonts-noto).
            """,
        ),
    ],
    "missing weights": [
        Case(
            asked=doctor,
            text=HEAD + "engines: {video: [wan, procedural]}\n",
            says="""
            engine wan, Wan-AI/Wan2.1-T2V-1.3B-Diffusers: missing
            Run: webtv models pull wan
            engine nsfw, Falconai/nsfw_image_detection: missing
            Run: webtv models pull nsfw
            """,
        ),
    ],
    "`.ckpt`/`.pt` weights where safetensors exist": [
        Case(
            asked=doctor,
            text=HEAD + "engines: {video: [wan, procedural]}\n",
            files={
                "models/Wan-AI/Wan2.1-T2V-1.3B-Diffusers/model.ckpt": "canary",
                "models/Falconai/nsfw_image_detection/model.safetensors": "there",
            },
            says="""
            engine wan, Wan-AI/Wan2.1-T2V-1.3B-Diffusers: pickled
            Pickles can run code as they load; this model is published as safetensors. Run: webtv models pull wan
            """,
        ),
    ],
    "bitrate over the target's limit": [
        Case(
            text=HEAD
            + "format:\n  video_kbps: 8000\ntargets:\n  - {url: rtmp://live.twitch.tv/app, key_file: ../secrets/twitch}\n",
            files={"secrets/twitch": "live_canary\n"},
            says="""
            channels/dreams.yaml:4:15: format.video_kbps: Twitch takes at most 6000 kbit/s of video, found 8000. Lower this, or disable the target 'twitch'.
                4 |   video_kbps: 8000
                  |               ^^^^
            """,
        ),
    ],
    "fps/sample rate with no small quantum": [
        Case(
            text=HEAD + "format:\n  fps: 29.97\n  sample_rate: 44100\n",
            says="""
            channels/dreams.yaml:4:8: format.fps: expected 24, 25, 30, 50 or 60, found the number 29.97.
                4 |   fps: 29.97
                  |        ^^^^^
                  = Frames per second; only these rates share a short quantum with AAC sound.
            channels/dreams.yaml:5:3: unknown key 'sample_rate'. Known here: width, height, fps, video_kbps, audio_kbps.
                5 |   sample_rate: 44100
                  |   ^^^^^^^^^^^
            """,
        ),
    ],
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    Path("channels").mkdir()


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=row) for row, cases in LIST.items() for case in cases]
)
def test_what_is_bad_is_told_to_the_letter(case: Case, tmp_path: Path) -> None:
    case.write()
    said = case.asked()
    assert said == dedent(case.says).strip("\n").replace("{here}", str(tmp_path.resolve()))
    assert "canary" not in said


def test_a_typeface_that_is_gone_is_told_to_the_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANNEL.write_text("title: Nobody has drawn this yet\ntheme: sea\n")
    monkeypatch.setitem(fonts._BUNDLED, "display", tmp_path / "gone.otf")
    fonts._face_for.cache_clear()
    assert doctor() == "webtv's typefaces cannot be read: cannot open resource\nInstall webtv again."


def test_a_port_in_use_is_told_to_the_letter_by_doctor_and_at_the_start() -> None:
    CHANNEL.write_text(HEAD + "enabled: false\n")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        webtv = [sys.executable, "-m", "webtv"]
        flags = ["--http", f"127.0.0.1:{port}"]
        (bad,) = [
            each
            for each in examine(StationConfig().override(http=f"127.0.0.1:{port}"))
            if str(port) in each.what
        ]
        start = subprocess.run(
            [*webtv, "run", *flags], capture_output=True, text=True, timeout=120, env=os.environ, check=False
        )
    assert (bad.verdict, bad.what) == ("bad", f"cannot listen on 127.0.0.1:{port}: Address already in use")
    assert bad.mend == "Stop what uses it, or choose another --http."
    assert start.returncode == 1
    assert start.stderr.splitlines()[-1] == (
        f"webtv: port {port} on 127.0.0.1 is in use. "
        "Stop what uses it, or choose another with --http 127.0.0.1:PORT"
    )
