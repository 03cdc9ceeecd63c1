"""Finds FFmpeg, and says what to call it with. Argv builders are pure functions of the whole list."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from webtv.errors import ToolError

OLDEST = (59, 27)
"""The libavformat of FFmpeg 5.1. Builds from git may carry no version but that of their libraries."""

_CATCHES_UP = (63, 0)
"""From this libavformat (FFmpeg 9) on, ``-re`` starts half a second ahead, and makes up a delay at 1.05 times
the speed, unless told otherwise."""

SECRETS_AT = "/dev/stdin"
_PROBE_S = 15
_PRESET = ("-fpre", SECRETS_AT)
_WAYS: tuple[tuple[str, ...], ...] = (_PRESET, (*_PRESET, "-target", "pal-dv"))
"""How an output option is given without being seen in the arguments. ``-/option FILE`` does not do: it serves
options of ffmpeg itself only, and a play path is an option of the protocol. A preset file does it. FFmpeg 9
reads the preset, but hands its options on only when ``-target`` follows; all that this target sets besides
(format, rate, size) is set again or does not touch a copied stream. Which way works is tried, not guessed."""


@dataclass(frozen=True)
class FFmpeg:
    """One FFmpeg that can do what is asked of it."""

    path: str
    version: str
    libavformat: tuple[int, int]
    secrets: tuple[str, ...]
    """Arguments that make it read an output's options from its stdin, ``name=value`` in a line."""


def find_ffmpeg(configured: Path | None = None) -> FFmpeg:
    """The configured FFmpeg or else the first that serves: the one in PATH, the one that came with webtv.

    Runs programs, so call it outside of the event loop.

    Raises:
        ToolError: there is none; says of each why not, and what to do.
    """
    if configured is not None:
        return probe(str(configured))
    problems = []
    for path in _candidates():
        try:
            return probe(path)
        except ToolError as error:
            problems.append(str(error))
    raise ToolError("\n".join(["no FFmpeg serves: install FFmpeg 5.1 or newer", *problems]))


def _candidates() -> list[str]:
    found = shutil.which("ffmpeg")
    try:
        shipped = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        shipped = None
    return [path for path in (found, shipped) if path]


def probe(path: str) -> FFmpeg:
    """What the FFmpeg at ``path`` is.

    Raises:
        ToolError: it does not run, is too old, or cannot be given a secret.
    """
    text = _run([path, "-hide_banner", "-version"])
    version, libavformat = parse_version(text)
    if libavformat < OLDEST:
        raise ToolError(
            f"{path} is FFmpeg {version}, older than 5.1: upgrade it, or leave `ffmpeg` unset to use the one "
            "that came with webtv"
        )
    for way in _WAYS:
        if _run(_secret_argv(path, way), stdin=b"hash=md5\n", check=False).startswith("MD5="):
            return FFmpeg(path, version, libavformat, way)
    raise ToolError(
        f"{path} (FFmpeg {version}) takes no options from a file, so a stream key would be seen in its "
        "arguments: leave `ffmpeg` unset to use the one that came with webtv"
    )


def parse_version(text: str) -> tuple[str, tuple[int, int]]:
    """Version of FFmpeg as it calls itself, and of its libavformat, from the output of ``ffmpeg -version``.

    Raises:
        ToolError: this is not the output of FFmpeg.
    """
    version = re.search(r"^ffmpeg version (\S+)", text, re.MULTILINE)
    library = re.search(r"^libavformat\s+(\d+)\.\s*(\d+)", text, re.MULTILINE)
    if version is None or library is None:
        raise ToolError(f"this is not FFmpeg, it says: {text[:80]!r}")
    return version[1], (int(library[1]), int(library[2]))


def _run(argv: Sequence[str], *, stdin: bytes = b"", check: bool = True) -> str:
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{argv[0]} does not run: {error}") from error
    if check and done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise ToolError(f"{argv[0]} does not run, it ended with status {done.returncode}: {said}")
    return done.stdout.decode("utf-8", "replace")


def _secret_argv(path: str, way: Sequence[str]) -> list[str]:
    """Hashes a few bytes: with MD5 if the way to hand over options works, with SHA-256 if not."""
    silence = ["-f", "s16le", "-t", "0.01", "-i", "/dev/zero"]
    return [path, "-hide_banner", "-nostdin", "-v", "quiet", *silence, *way, "-c", "copy", "-f", "hash", "-"]


@dataclass(frozen=True)
class Push:
    """What is pushed where. ``playlist`` is an ffconcat file; ``server_url`` carries no key."""

    playlist: str
    server_url: str
    fps: int
    kbps: int
    ca_file: str | None = None


_SEND_BUFFER_S = 1.5
"""What the kernel may hold back. Left to itself that grows to twenty seconds of a channel, which hide how far
behind a push is, and which a closed connection still sends before it frees the stream's name."""

_SILENT_INGEST_US = 5_000_000


def push_argv(ffmpeg: FFmpeg, push: Push) -> list[str]:
    """Copies a playlist to an RTMP server at the pace of its time. Reads the play path from stdin
    (``push_secret``) and writes its progress to stdout twice a second."""
    paced = ["-re"]
    if ffmpeg.libavformat >= _CATCHES_UP:
        paced += ["-readrate_initial_burst", "0.01", "-readrate_catchup", "1.3"]
    rate = ["-r", str(push.fps)] if "-target" in ffmpeg.secrets else []
    verified = ["-tls_verify", "1", "-ca_file", push.ca_file] if push.ca_file else []
    return [
        *(ffmpeg.path, "-hide_banner", "-nostdin", "-v", "warning"),
        *("-nostats", "-progress", "pipe:1", "-stats_period", "0.5"),
        *(*paced, "-f", "concat", "-i", push.playlist),
        *("-map", "0:v:0", "-map", "0:a:0", *ffmpeg.secrets, *rate, "-c", "copy"),
        *("-rw_timeout", str(_SILENT_INGEST_US)),
        *("-send_buffer_size", str(int(_SEND_BUFFER_S * push.kbps * 125)), *verified),
        *("-f", "flv", "-flvflags", "no_duration_filesize", push.server_url),
    ]


def push_secret(play_path: str) -> bytes:
    """What ``push_argv`` reads from stdin."""
    if any(ord(char) < 0x20 for char in play_path) or not play_path:
        raise ToolError("a stream key is empty or has a line break or another control character in it")
    return f"rtmp_playpath={play_path}\n".encode()
