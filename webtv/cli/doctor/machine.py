"""What the station needs of this machine: FFmpeg, a folder for its data, and somebody who starts workers."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from webtv.cli.doctor.finding import Finding, Verdict
from webtv.config import StationConfig
from webtv.errors import ToolError
from webtv.media.ffmpeg import find_ffmpeg

_CONNECT_S = 3.0
_GB = 10**9


def ffmpeg(station: StationConfig) -> Finding:
    try:
        found = find_ffmpeg(station.ffmpeg)
    except ToolError as error:
        return Finding("bad", str(error))
    return Finding("good", f"FFmpeg {found.version} at {found.path}")


def data(station: StationConfig) -> Iterator[Finding]:
    """Whether the data folder, or where it will be made, can be written, has hard links, and has room."""
    data = station.data
    existing = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    try:
        with tempfile.TemporaryDirectory(dir=existing, prefix=".webtv-doctor-") as folder:
            file = Path(folder) / "clip"
            file.write_bytes(b"webtv")
            (Path(folder) / "slot").hardlink_to(file)
    except OSError as error:
        yield Finding(
            "bad",
            f"{data} cannot hold clips: {error.strerror}",
            "It must be writable and on a file system with hard links; give another one with --data.",
        )
        return
    free_gb = shutil.disk_usage(existing).free / _GB
    needed_gb = station.min_free_gb
    if free_gb < needed_gb:
        yield Finding(
            "bad",
            f"{data} has {free_gb:.1f} GB free; below {needed_gb:g} GB no clips are made",
            "Free some space, or lower min_free_gb in webtv.yaml.",
        )
    else:
        verdict: Verdict = "good" if free_gb > station.keep_gb else "warning"
        mend = "" if verdict == "good" else f"The archive may take {station.keep_gb:g} GB: lower keep_gb."
        yield Finding(verdict, f"{data} is writable, {free_gb:.1f} GB free", mend)


def workers(path: Path | None) -> Iterator[Finding]:
    """Whether somebody starts workers for us. The one that is started for this look ends with it."""
    if path is None:
        return
    try:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(_CONNECT_S)
            caller.connect(str(path))
    except PermissionError:
        yield Finding("good", f"workers are called for at {path}, which this user may not do")
    except OSError as error:
        yield Finding(
            "warning",
            f"nobody starts workers at {path}: {error.strerror or error}",
            "Until then no clips are made. Run: systemctl start webtv-worker.socket",
        )
    else:
        yield Finding("good", f"workers are called for at {path}")
