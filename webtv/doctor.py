"""``webtv doctor``: looks for what would keep the station off air, and says how to mend it."""

from __future__ import annotations

import http.client
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.markup import escape

from webtv import models_command
from webtv.config import HttpAddress, StationConfig, Target, load_channels
from webtv.config.desk import has_no_token
from webtv.config.doubts import doubts
from webtv.config.streaming import advice
from webtv.errors import ConfigError, ToolError, WebtvError
from webtv.generator.writer.blocklist import Blocklist
from webtv.media.ffmpeg import find_ffmpeg
from webtv.postprocess.fonts import undrawable

_CONNECT_S = 3.0
_WEB_PORTS = (80, 443)
_GB = 10**9
_MARKS = {"good": "[green]ok[/green]  ", "warning": "[yellow]note[/yellow]", "bad": "[red]bad[/red] "}


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``bad`` keeps the station, or a target, off air; ``mend`` says what to do."""

    verdict: Literal["good", "warning", "bad"]
    what: str
    mend: str = ""


def report(station: StationConfig) -> bool:
    """Print all findings; True when none is bad."""
    console, found = Console(highlight=False), []
    for finding in examine(station):
        found.append(finding.verdict)
        console.print(f"{_MARKS[finding.verdict]} {escape(finding.what)}", soft_wrap=True)
        if finding.mend:
            console.print(f"     {escape(finding.mend)}", soft_wrap=True)
    return "bad" not in found


def examine(station: StationConfig) -> Iterator[Finding]:
    """Look at everything that the station needs."""
    yield from _channels(station.channels)
    yield from _themes(station)
    yield from _typefaces(station.channels)
    yield from _doubts(station)
    yield from _desk(station)
    yield _ffmpeg(station)
    yield from _data(station)
    yield from _engines(station)
    yield from _workers(station.worker_socket)
    yield _port(station)
    yield from _targets(station.channels)


def _channels(folder: Path) -> Iterator[Finding]:
    try:
        channels, refused = load_channels(folder)
    except ConfigError as error:
        yield Finding("bad", str(error), "Make the folder, or say where it is with --channels.")
        return
    for refusal in refused.values():
        yield Finding("bad", str(refusal))
    enabled = [channel.id for channel in channels.values() if channel.enabled]
    if enabled:
        yield Finding("good", f"{len(enabled)} channel{'s' * (len(enabled) > 1)}: {', '.join(enabled)}")
    else:
        yield Finding(
            "bad", f"{folder} has no channel that is enabled", "Add a file with two lines: title and theme."
        )


def _themes(station: StationConfig) -> Iterator[Finding]:
    """Themes whose own words the blocklist has: whatever is written about them is refused."""
    try:
        channels, _ = load_channels(station.channels)
        blocklist = Blocklist.read(station.blocklist)
    except ConfigError as error:
        if station.channels.is_dir():
            yield Finding("bad", str(error))
        return
    for channel in channels.values():
        if found := blocklist.find(f"{channel.theme}\n{channel.style}"):
            yield Finding(
                "warning",
                f"the theme of {channel.id} has '{found}', which the blocklist refuses: few clips are made",
                "Say it in other words.",
            )


def _doubts(station: StationConfig) -> Iterator[Finding]:
    """What is no mistake in the files, and is seldom meant."""
    for doubt in doubts(station):
        yield Finding("warning", doubt.what, doubt.mend)
    try:
        channels, _ = load_channels(station.channels)
    except ConfigError:
        return  # told above
    for channel in channels.values():
        for doubt in doubts(channel):
            yield Finding("warning", f"{channel.id}: {doubt.what}", doubt.mend)


def _desk(station: StationConfig) -> Iterator[Finding]:
    """A proxy on this machine makes every visitor look local, and not every one can be told for a proxy."""
    if station.public_url or station.proxies or not has_no_token(station.desk):
        return
    for port in _WEB_PORTS:
        try:
            socket.create_connection(("127.0.0.1", port), _CONNECT_S).close()
        except OSError:
            continue
        yield Finding(
            "warning",
            f"a web server answers on port {port} here, and the desk has no token: "
            "by a proxy strangers could come to it",
            "Make one, as step 5 of docs/install.md does, or set desk: token_file in webtv.yaml.",
        )
        return


def _typefaces(folder: Path) -> Iterator[Finding]:
    """What is drawn into the picture: titles, on slates and bumpers, and labels."""
    try:
        channels, _ = load_channels(folder)
    except ConfigError:
        return  # told above
    try:
        for channel in channels.values():
            lost = undrawable(channel.title, "display") + undrawable(channel.label, "text")
            if lost:
                yield Finding(
                    "warning",
                    f"no typeface here can draw {lost} of {channel.id}: its title or label airs without",
                    "Install one that can, such as Noto Sans (on Debian: apt install fonts-noto).",
                )
    except OSError as error:
        yield Finding("bad", f"webtv's typefaces cannot be read: {error}", "Install webtv again.")


def _ffmpeg(station: StationConfig) -> Finding:
    try:
        found = find_ffmpeg(station.ffmpeg)
    except ToolError as error:
        return Finding("bad", str(error))
    return Finding("good", f"FFmpeg {found.version} at {found.path}")


def _data(station: StationConfig) -> Iterator[Finding]:
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
        verdict: Literal["good", "warning"] = "good" if free_gb > station.keep_gb else "warning"
        mend = "" if verdict == "good" else f"The archive may take {station.keep_gb:g} GB: lower keep_gb."
        yield Finding(verdict, f"{data} is writable, {free_gb:.1f} GB free", mend)


def _engines(station: StationConfig) -> Iterator[Finding]:
    """What the channels' engines lack. Air goes on without them: others stand in, or the archive airs."""
    try:
        channels, _ = load_channels(station.channels)
        named = set(models_command.named(station))
        rows = [row for row in models_command.rows(station) if row.entry.engine in named]
    except ConfigError:
        return  # told above
    except WebtvError as error:
        yield Finding("warning", str(error))
        return
    for row in rows:
        what = f"engine {row.entry.engine}, {row.weights.repository}"
        if row.missing_libraries:
            make = "audiocraft" if "audiocraft" in row.missing_libraries else "models"
            yield Finding("warning", f"{what}: no {', '.join(row.missing_libraries)}", f"Run: make {make}")
        elif not row.accepted:
            mend = "Set accept_noncommercial: true in webtv.yaml if that suits you."
            yield Finding("warning", f"{what}: {row.weights.licence}, not for commercial use", mend)
        elif row.state != "present":
            mend = f"Run: webtv models pull {row.entry.engine}"
            if row.state == "pickled":
                mend = f"Pickles can run code as they load; this model is published as safetensors. {mend}"
            yield Finding("warning", f"{what}: {row.state}", mend)
        else:
            yield Finding("good", f"{what}: present")
    chains = [channel.engines for channel in channels.values() if channel.enabled]
    for engine, section in (("openai", station.openai), ("space", station.space)):
        if section is None and any(engine in chain.writer + chain.video for chain in chains):
            yield Finding(
                "warning",
                f"engine {engine} is named by a channel and not set up",
                f"Add a section '{engine}:' to webtv.yaml; webtv.example.yaml shows one.",
            )


def _workers(path: Path | None) -> Iterator[Finding]:
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


def _port(station: StationConfig) -> Finding:
    address = station.http
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, address.port))
        except OSError as error:
            if _answers(address):
                return Finding("good", f"a station answers on {address}")
            return Finding(
                "bad",
                f"cannot listen on {address}: {error.strerror}",
                "Stop what uses it, or choose another --http.",
            )
    return Finding("good", f"{address} is free to listen on")


def _answers(address: HttpAddress) -> bool:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_CONNECT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read() == b"ok\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _targets(folder: Path) -> Iterator[Finding]:
    try:
        channels, _ = load_channels(folder)
    except ConfigError:
        return
    for channel in channels.values():
        for target in channel.targets:
            if target.enabled and channel.enabled:
                yield _target(channel.id, target)
                service = target.url.service
                if service and (wish := advice(service, channel.format)):
                    yield Finding("warning", f"target {target.name} of {channel.id}: {wish}")


def _target(channel: str, target: Target) -> Finding:
    host, port = target.url.host, target.url.port
    name = f"target {target.name} of {channel} ({host}:{port})"
    try:
        with socket.create_connection((host, port), _CONNECT_S):
            return Finding("good", f"{name} answers")
    except OSError as error:
        return Finding(
            "warning",
            f"{name} does not answer: {error.strerror or error}",
            "The station pushes to it as soon as it does; HLS and other targets go on meanwhile.",
        )
