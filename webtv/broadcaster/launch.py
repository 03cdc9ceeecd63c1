"""Starts the FFmpeg of one push, or takes over the one that an earlier daemon left on air."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import structlog
from pydantic import SecretStr

from webtv.broadcaster import handover
from webtv.broadcaster.gauge import Gauge, ProgressFile
from webtv.broadcaster.join import Join, entries, playlist
from webtv.clock import Clock
from webtv.config import Target
from webtv.domain import HouseFormat
from webtv.errors import TargetError, ToolError
from webtv.media.child import ChildProcess, Process, adopt, started_ticks
from webtv.media.ffmpeg import FFmpeg, Push, push_argv, push_secret
from webtv.media.files import write_atomically
from webtv.timeline import Timeline

log = structlog.get_logger()

_TIMER_SLACK_NS = 100_000_000
"""FFmpeg paces by sleeping some milliseconds a hundred times a second, which is half of what a push costs.
With this slack the kernel wakes it ten times a second."""

_CONNECT_S = 3.0
_CA_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@dataclass(frozen=True)
class Running:
    """A push on its way."""

    process: Process
    record: handover.PushRecord
    progress: ProgressFile
    gauge: Gauge


async def reach(server_url: str) -> None:
    """Ask for a connection only: much cheaper, while a server is down, than to start FFmpeg for that.

    Raises:
        TargetError: ``unreachable``.
    """
    address = urlsplit(server_url)
    port = address.port or (443 if address.scheme == "rtmps" else 1935)
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(address.hostname, port)
        writer.close()
    except (OSError, TimeoutError) as error:
        raise TargetError("unreachable", f"{address.hostname}:{port}: {_words(error)}") from error


def take_over(folder: Path, target: Target, house: HouseFormat, clock: Clock) -> Running | None:
    """The push to this target that still runs, if any."""
    record = handover.adoptable(folder, target, clock.boot_id)
    process = adopt(record.pid, record.ticks) if record is not None else None
    if record is None or process is None:
        return None
    try:
        progress = ProgressFile.of(process.pid)
    except OSError:
        process.let_go()
        return None  # it has just ended
    return Running(process, record, progress, Gauge(record.media_ns, _kbps(house)))


def launch(
    target: Target, folder: Path, timeline: Timeline, where: Join, ffmpeg: FFmpeg, clock: Clock
) -> Running:
    """Start FFmpeg at ``where`` in the rundown, and leave a record of it.

    Raises:
        ToolError: it does not start, or lacks what it needs.
    """
    count = entries(timeline)
    list_file = folder / f"{target.name}.ffconcat"
    write_atomically(list_file, playlist(where, count), durable=False, private=True)
    house = timeline.format
    push = Push(
        playlist=list_file.name,
        server_url=target.server_url,
        fps=house.fps,
        kbps=_kbps(house),
        ca_file=_ca_file() if target.server_url.startswith("rtmps:") else None,
    )
    progress = ProgressFile.create()
    try:
        play_path = target.stream_at(clock.now().wall_ns // 1_000_000_000)
        process = _start(push_argv(ffmpeg, push), folder, play_path, progress)
    except BaseException:
        progress.close()
        raise
    salt = handover.new_salt()
    try:
        record = handover.PushRecord(
            pid=process.pid,
            ticks=started_ticks(process.pid),
            boot_id=clock.boot_id,
            began_boot_ns=clock.now().boot_ns,
            media_ns=where.media_ns,
            last_slot=where.slot + count - 1,
            salt=salt,
            target=handover.fingerprint(target, salt),
        )
    except BaseException:  # such as no more open files: a push that nobody watches must not run
        process.signal(signal.SIGKILL)
        progress.close()
        raise
    try:
        handover.save(folder, target.name, record)
    except OSError as error:
        # Air goes on. A next daemon cannot adopt this push, but finds it by its folder and ends it.
        log.warning("push not recorded", target=target.name, error=str(error))
    return Running(process, record, progress, Gauge(where.media_ns, push.kbps))


def _kbps(house: HouseFormat) -> int:
    return house.video_kbps + house.audio_kbps


def _start(argv: list[str], folder: Path, stream: SecretStr, progress: ProgressFile) -> ChildProcess:
    play_path = stream.get_secret_value()
    try:
        return ChildProcess.start(
            argv,
            cwd=folder,
            stdin=push_secret(play_path),
            stdout=progress.fd,
            secrets=_secrets(play_path),
            timer_slack_ns=_TIMER_SLACK_NS,
        )
    except OSError as error:
        raise ToolError(f"{argv[0]} does not start: {error}") from error


def _secrets(play_path: str) -> list[str]:
    """The play path and its parts that may be secret, should a server or FFmpeg repeat them."""
    name, _, query = play_path.partition("?")
    parts = {play_path, name, *(value for _, value in parse_qsl(query))}
    return [part for part in parts if len(part) >= 4]


def _words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, socket.gaierror):
        return "the host's name is not known"
    return os.strerror(error.errno) if error.errno else str(error)


def _ca_file() -> str:
    """The machine's certificate authorities. FFmpegs differ in where they look, and in whether they look."""
    for path in (ssl.get_default_verify_paths().cafile, *_CA_FILES):
        if path and Path(path).is_file():
            return path
    raise ToolError("no certificate authorities found: install ca-certificates, or set SSL_CERT_FILE")
