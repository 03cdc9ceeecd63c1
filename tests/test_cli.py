"""The command line as people and scripts use it: data on stdout, words on stderr, honest exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import av
import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv import __version__

OK, FAILURE, USAGE, BAD_CONFIG = 0, 1, 2, 78
WEBTV = [sys.executable, "-m", "webtv"]
ESCAPE = "\x1b["
EXAMPLES = Path(__file__).parents[1] / "examples" / "models"


def webtv(
    *arguments: str, folder: Path | None = None, timeout_s: float = 60, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WEBTV, *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def on_terminal(*arguments: str, folder: Path, **environment: str) -> str:
    """What a person sees: both outputs on a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*WEBTV, *arguments],
        cwd=folder,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"} | environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    with suppress(OSError):  # EIO: the other end of a terminal that nobody holds any more
        while data := os.read(master, 65536):
            shown += data
    os.close(master)
    process.wait(120)
    return shown.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "dreams.yaml").write_text("title: Dreams\ntheme: Whales of light\n")
    return tmp_path


def test_version_and_help_answer_on_stdout() -> None:
    version = webtv("--version")
    assert (version.returncode, version.stdout, version.stderr) == (OK, f"webtv {__version__}\n", "")
    shown = webtv("--help")
    assert shown.returncode == OK
    for command in ("run", "check", "status", "targets", "render", "doctor"):
        assert command in shown.stdout
    assert webtv("-h").stdout == shown.stdout


@pytest.mark.parametrize("command", ["run", "check", "status", "targets", "render", "doctor"])
def test_every_command_explains_itself(command: str) -> None:
    shown = webtv(command, "--help")
    assert shown.returncode == OK
    assert "Usage:" in shown.stdout


def test_the_installed_command_is_the_module() -> None:
    script = Path(sys.executable).parent / "webtv"
    assert script.exists(), "the package is not installed: make install"
    seen = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=120, check=True)
    assert seen.stdout == f"webtv {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [("fly",), ("run", "--fast"), ("render",), ("render", "--theme", "x", "--seconds", "1"), ("status", "x")],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong_on_stderr(arguments: tuple[str, ...]) -> None:
    seen = webtv(*arguments)
    assert seen.returncode == USAGE
    assert seen.stdout == ""
    assert "Error" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_check_finds_no_mistakes_in_a_good_folder_and_says_what_it_checked(folder: Path) -> None:
    seen = webtv("check", folder=folder)
    said = "1 channel (there is no webtv.yaml): no mistakes\n"
    assert (seen.returncode, seen.stdout, seen.stderr) == (OK, said, "")
    (folder / "webtv.yaml").write_text("workers: 1\n")
    assert webtv("check", folder=folder).stdout == "webtv.yaml and 1 channel: no mistakes\n"
    (folder / "channels" / "tides.yaml").write_text("title: Tides\ntheme: sea\n")
    assert webtv("check", folder=folder).stdout == "webtv.yaml and 2 channels: no mistakes\n"
    named = webtv("check", "webtv.yaml", "channels/tides.yaml", folder=folder)
    assert named.stdout == "2 files: no mistakes\n"


def test_check_warns_of_what_is_no_mistake_and_seldom_meant(folder: Path) -> None:
    (folder / "webtv.yaml").write_text("devices: [cuda:0, cpu]\n")
    (folder / "channels" / "tides.yaml").write_text(
        "title: Tides\ntheme: sea\n"
        "engines: {writer: openai, video: [ltx, procedural], interpolator: film, musician: [musicgen]}\n"
    )
    seen = webtv("check", folder=folder)
    assert (seen.returncode, seen.stdout) == (OK, "webtv.yaml and 2 channels: no mistakes\n")
    tides = Path("channels") / "tides.yaml"
    assert seen.stderr.splitlines() == [
        "warning: webtv.yaml: devices: cpu stands beside a GPU, and its worker takes orders with models as "
        "well, each for hours. Remove cpu from the list.",
        f"warning: {tides}: engines.writer: openai writes alone, and nobody stands in: while it does not "
        "answer, no clip is made and the archive airs. Write [openai, grammar].",
        f"warning: {tides}: engines.interpolator: film interpolates alone, and nobody stands in: when it "
        "hangs, an order costs two workers and the archive airs. Write [film, flow].",
        f"warning: {tides}: engines.musician: musicgen plays alone, and nobody stands in: when it "
        "hangs, an order costs two workers and the archive airs. Write [musicgen, synth].",
    ]
    named = webtv("check", "webtv.yaml", "channels/tides.yaml", folder=folder)
    assert named.stderr == seen.stderr


def test_check_places_every_mistake_and_ends_with_78(folder: Path) -> None:
    (folder / "channels" / "bad.yaml").write_text("title: Bad\ntheem: x\nshots_per_clip: many\n")
    seen = webtv("check", folder=folder)
    assert seen.returncode == BAD_CONFIG
    assert seen.stdout == ""
    first, *_ = seen.stderr.splitlines()
    assert first.startswith(str(Path("channels") / "bad.yaml") + ":2:1: ")  # as editors open it
    assert "'theme'" in first
    assert "bad.yaml:3:17" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_check_tells_the_mistakes_of_the_station_and_of_its_channels_at_once(folder: Path) -> None:
    (folder / "channels").rename(folder / "programmes")
    (folder / "programmes" / "bad.yaml").write_text("title: Bad\n")
    (folder / "webtv.yaml").write_text("channels: programmes\nworkers: many\n")
    seen = webtv("check", folder=folder)
    assert seen.returncode == BAD_CONFIG
    assert "webtv.yaml:2:10: workers: expected a whole number" in seen.stderr
    assert f"{Path('programmes') / 'bad.yaml'}:1:1: 'theme' is missing" in seen.stderr


def test_check_of_named_files_looks_at_those_alone(folder: Path) -> None:
    (folder / "channels" / "bad.yaml").write_text("title: Bad\n")
    assert webtv("check", "channels/dreams.yaml", folder=folder).returncode == OK
    seen = webtv("check", "channels/dreams.yaml", "channels/bad.yaml", folder=folder)
    assert seen.returncode == BAD_CONFIG
    assert "dreams" not in seen.stderr


def test_the_channels_and_the_station_that_are_shipped_have_no_mistakes() -> None:
    root = Path(__file__).parents[1]
    assert webtv("check", folder=root).returncode == OK
    assert webtv("check", "webtv.example.yaml", folder=root).returncode == OK


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "nothing.yaml"), "nothing.yaml"),
        (("check", "--channels", "nowhere"), "nowhere"),
        (("check", "-c", "nothing.yaml"), "nothing.yaml"),
        (("check", "channels"), "A folder of channels goes with --channels."),
        (("check", ""), "is not a channel's file"),
        (("run", "--http", "somewhere"), "--http"),
        (("run", "--http", "127.0.0.1:99999"), "--http"),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_named(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    seen = webtv(*arguments, folder=folder)
    assert seen.returncode == BAD_CONFIG
    assert words in seen.stderr
    assert "Traceback" not in seen.stderr


def test_status_of_no_station_says_how_to_start_one(folder: Path) -> None:
    seen = webtv("status", "--json", "--http", "127.0.0.1:1", folder=folder)
    assert seen.returncode == FAILURE
    assert seen.stdout == ""
    assert "no station answers at http://127.0.0.1:1/" in seen.stderr
    assert "webtv run" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_status_shows_what_a_running_station_airs(tmp_path: Path) -> None:
    with StationProcess(tmp_path / "station", {"tides": SMALL_CHANNEL}) as station:
        address = f"127.0.0.1:{station.start().wait_on_air().port}"
        listed = webtv("status", "--json", "--http", address)
        assert listed.returncode == OK
        assert listed.stderr == ""
        (channel,) = json.loads(listed.stdout)["channels"]
        assert (channel["id"], channel["on_air"]) == ("tides", True)
        assert channel["buffered_s"] > 300
        table = webtv("status", "--http", address, COLUMNS="120")
        assert table.returncode == OK
        assert "tides" in table.stdout
        assert ESCAPE not in table.stdout, "colours where there is no terminal"
        assert ESCAPE in on_terminal("status", "--http", address, folder=tmp_path)
        plain = on_terminal("status", "--http", address, folder=tmp_path, NO_COLOR="1")
        assert "tides" in plain
        assert not re.search(r"\x1b\[(\d+;)*[349][0-7]m", plain)


def test_the_log_is_coloured_on_a_terminal_unless_no_color_is_set(folder: Path) -> None:
    (folder / "channels" / "bad.yaml").write_text("title: Bad\n")
    (folder / "data").write_text("a file where a folder must be")  # so that it soon ends
    assert ESCAPE in on_terminal("run", folder=folder)
    assert ESCAPE not in on_terminal("run", folder=folder, NO_COLOR="1")


def test_render_makes_one_clip_and_equal_seeds_make_equal_bytes(tmp_path: Path) -> None:
    """Twice at once, in processes with unlike hash seeds, as on two machines."""
    render = [*WEBTV, "render", "--theme", "Tides at night", "--seconds", "4", "--shots", "1", "--seed", "7"]
    runs = [
        subprocess.Popen(
            [*render, "-o", f"{name}.mp4"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": name},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("1", "2")
    ]
    manifests = []
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert (run.returncode, err) == (OK, "")
        manifests.append(json.loads(out))
    first, second = ((tmp_path / f"{name}.mp4").read_bytes() for name in ("1", "2"))
    assert first == second
    assert {manifest["sha256"] for manifest in manifests} == {hashlib.sha256(first).hexdigest()}
    assert {manifest["id"] for manifest in manifests} == {manifests[0]["id"]}
    with av.open(str(tmp_path / "1.mp4")) as container:
        assert container.duration == pytest.approx(4.2667e6, abs=1e4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.mp4", "2.mp4"]


def test_render_to_where_nothing_can_be_written_says_so_at_once(tmp_path: Path) -> None:
    seen = webtv("render", "--theme", "x", "-o", str(tmp_path / "nowhere" / "clip.mp4"))
    assert seen.returncode == FAILURE
    assert "is not a folder" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_doctor_says_what_the_engines_of_the_channels_lack(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    shutil.copy(EXAMPLES / "dreams.yaml", tmp_path / "channels")
    (tmp_path / "channels" / "rude.yaml").write_text("title: Rude\ntheme: a porn star by the sea\n")
    seen = webtv("doctor", "--http", "127.0.0.1:0", folder=tmp_path)
    assert seen.returncode == OK
    for line in (
        "note engine zeroscope, cerspense/zeroscope_v2_XL: CC-BY-NC-4.0, not for commercial use",
        "     Run: webtv models pull film",
        "     Run: webtv models pull nsfw",
        "note the theme of rude has 'porn', which the blocklist refuses: few clips are made",
        "     Add a section 'openai:' to webtv.yaml; webtv.example.yaml shows one.",
    ):
        assert line in seen.stdout.splitlines()


def test_doctor_looks_and_says(folder: Path) -> None:
    seen = webtv("doctor", "--http", "127.0.0.1:0", folder=folder)
    assert seen.returncode in (OK, FAILURE)
    assert seen.stdout
    assert "Traceback" not in seen.stdout + seen.stderr
