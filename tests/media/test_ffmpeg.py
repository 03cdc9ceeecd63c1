import shutil
from pathlib import Path

import imageio_ffmpeg
import pytest

from webtv.errors import ToolError
from webtv.media.ffmpeg import FFmpeg, Push, find_ffmpeg, parse_version, probe, push_argv, push_secret

ANCIENT = "ffmpeg version 4.4.2 Copyright\\nlibavformat    58. 76.100 / 58. 76.100\\n"
OLD = FFmpeg("/usr/bin/ffmpeg", "5.1", (59, 27), ("-fpre", "/dev/stdin"))
NEW = FFmpeg("/opt/ffmpeg", "9.0", (63, 1), ("-fpre", "/dev/stdin", "-target", "pal-dv"))


def pretended(folder: Path, says: str) -> Path:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\nprintf '{says}'\n")
    program.chmod(0o755)
    return program


def test_a_push_copies_a_playlist_at_its_own_pace():
    assert push_argv(OLD, Push("a.ffconcat", "rtmp://127.0.0.1/live", fps=30, kbps=1628)) == [
        "/usr/bin/ffmpeg",
        *("-hide_banner", "-nostdin", "-v", "warning"),
        *("-nostats", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-re", "-f", "concat", "-i", "a.ffconcat"),
        *("-map", "0:v:0", "-map", "0:a:0", "-fpre", "/dev/stdin", "-c", "copy"),
        *("-rw_timeout", "5000000", "-send_buffer_size", "305250"),
        *("-f", "flv", "-flvflags", "no_duration_filesize", "rtmp://127.0.0.1/live"),
    ]


def test_a_push_by_ffmpeg_9_to_a_verified_server():
    push = Push("a.ffconcat", "rtmps://example.org/app", fps=25, kbps=800, ca_file="/etc/ssl/ca.pem")
    assert push_argv(NEW, push) == [
        "/opt/ffmpeg",
        *("-hide_banner", "-nostdin", "-v", "warning"),
        *("-nostats", "-progress", "pipe:1", "-stats_period", "0.5"),
        *("-re", "-readrate_initial_burst", "0.01", "-readrate_catchup", "1.3"),
        *("-f", "concat", "-i", "a.ffconcat"),
        *("-map", "0:v:0", "-map", "0:a:0", "-fpre", "/dev/stdin", "-target", "pal-dv", "-r", "25"),
        *("-c", "copy", "-rw_timeout", "5000000", "-send_buffer_size", "150000"),
        *("-tls_verify", "1", "-ca_file", "/etc/ssl/ca.pem"),
        *("-f", "flv", "-flvflags", "no_duration_filesize", "rtmps://example.org/app"),
    ]


def test_a_play_path_goes_in_by_stdin():
    assert push_secret("live_1?auth=a=b") == b"rtmp_playpath=live_1?auth=a=b\n"


@pytest.mark.parametrize("key", ["", "a\nflvflags=x", "a\rb"])
def test_a_key_that_could_not_be_one_is_refused_unsaid(key):
    with pytest.raises(ToolError, match="stream key is empty or has a line break") as refusal:
        push_secret(key)
    assert not key or key not in str(refusal.value)


@pytest.mark.parametrize(
    ("version", "library", "expected"),
    [("5.1.9-0+deb12u1", "59. 27.100", (59, 27)), ("N-121-gabc", "63.  1.102", (63, 1))],
)
def test_versions_are_read(version, library, expected):
    says = f"ffmpeg version {version} Copyright\nlibavformat    {library} / {library}"
    assert parse_version(says) == (version, expected)


def test_what_is_not_ffmpeg_is_said(tmp_path):
    with pytest.raises(ToolError, match="not FFmpeg, it says: 'hello'"):
        probe(str(pretended(tmp_path, "hello")))


def test_an_old_one_is_refused_with_what_to_do(tmp_path):
    program = pretended(
        tmp_path, "ffmpeg version 4.4.2 Copyright\\nlibavformat    58. 76.100 / 58. 76.100\\n"
    )
    with pytest.raises(ToolError, match=r"FFmpeg 4\.4\.2, older than 5\.1: upgrade it, or leave"):
        find_ffmpeg(program)


def test_one_that_is_missing_or_broken_is_refused(tmp_path):
    with pytest.raises(ToolError, match="does not run"):
        find_ffmpeg(tmp_path / "none")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'libavcodec.so.59: cannot open' >&2\nexit 127\n")
    broken.chmod(0o755)
    with pytest.raises(ToolError, match=r"status 127: libavcodec\.so\.59: cannot open"):
        find_ffmpeg(broken)


def test_one_that_would_show_a_key_is_refused(tmp_path):
    says = "ffmpeg version 12 Copyright\\nlibavformat    66. 1.100 / 66. 1.100\\n"
    with pytest.raises(ToolError, match="a stream key would be seen"):
        find_ffmpeg(pretended(tmp_path, says))


def test_an_old_one_in_path_gives_way_to_the_shipped_one(tmp_path, monkeypatch):
    pretended(tmp_path, ANCIENT)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg().path == imageio_ffmpeg.get_ffmpeg_exe()


@pytest.mark.parametrize("path", [shutil.which("ffmpeg"), imageio_ffmpeg.get_ffmpeg_exe()])
def test_both_ffmpegs_take_a_secret_unseen(path):
    found = probe(path)
    assert found.secrets[:2] == ("-fpre", "/dev/stdin")
