"""Runs a station: opened in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import errno
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Never

import structlog
import uvloop
from aiohttp import web

from webtv.clock import SystemClock
from webtv.config import StationConfig
from webtv.config.load import StationFile
from webtv.errors import StationError
from webtv.notify import Notifier, pulse
from webtv.station.garbage import leave_out_what_stays
from webtv.station.station import Station
from webtv.supervisor import supervise
from webtv.web.entrance import Doorkeeper, Entrance
from webtv.web.health import dark_channels
from webtv.web.hls import Fragments
from webtv.web.server import application

log = structlog.get_logger()

_FILES = 65_536
_LEAVE_S = 2.0
"""How long a viewer on a slow line may hold up the daemon that follows."""


def run(config: StationConfig, file: StationFile) -> None:
    """Air until SIGINT, SIGTERM or SIGHUP; after SIGUSR2 the pushes stay on air for the daemon that follows.

    systemd is told when the station listens, how it fares, and that it ends.

    Raises:
        StationError, ConfigError: it cannot start; the message says what to do.
    """
    _allow_many_files()
    uvloop.run(_run(config, file))


def _allow_many_files() -> None:
    """A viewer is a socket and a push is four files; the usual soft limit of 1024 is soon reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _run(config: StationConfig, file: StationFile) -> None:
    notifier = Notifier()
    station = Station(config, SystemClock(), file)
    async with serving(station, config):
        airing = asyncio.create_task(station.run())
        beside = [
            asyncio.create_task(_report(notifier, station)),
            asyncio.create_task(leave_out_what_stays(partial(has_settled, station), station.clock)),
        ]

        def end(*, hand_over: bool) -> None:
            notifier.notify(STOPPING=1, STATUS="handing over" if hand_over else "signing off")
            if hand_over:
                station.hand_over()
            airing.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, partial(end, hand_over=False))
        loop.add_signal_handler(signal.SIGUSR2, partial(end, hand_over=True))
        # Ready is to listen: whoever is started after us wants that, and what keeps one channel from air
        # must not make systemd give up on the others.
        notifier.notify(READY=1)
        try:
            with suppress(asyncio.CancelledError):
                await airing
        finally:
            for task in beside:
                task.cancel()
        log.info("signing off")


async def _report(notifier: Notifier, station: Station) -> Never:
    report = partial(pulse, notifier, station.clock, partial(look, station))
    await supervise("systemd", report, clock=station.clock)


def has_settled(station: Station) -> bool:
    """Whether all channels have signed on, and know their clips."""
    return station.intake.looked.is_set() and all(view.signed_on for view in station.views.values())


def look(station: Station) -> tuple[str, bool]:
    """A line for ``systemctl status``, and whether all is well but for what a new daemon could not help."""
    dark = dark_channels(station)
    parts = [f"{len(station.channels) - len(dark)} of {len(station.channels)} channels on air"]
    if dark:
        parts.append(f"not on air: {', '.join(channel.id for channel in dark)}")
    if problems := station.config_problems:
        parts.append(f"cannot be used until mended: {', '.join(path.name for path in problems)}")
    return "; ".join(parts), not station.air_watch.daemon_failing


@asynccontextmanager
async def serving(station: Station, config: StationConfig) -> AsyncIterator[str]:
    """Open the station and listen; yields the address as a URL.

    Raises:
        StationError: the port is taken, or the data folder is.
    """
    station.open()
    app = application(station)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_LEAVE_S)
    try:
        await runner.setup()
        doorkeeper, fragments = (
            Doorkeeper(lambda: station.config.limits, config.proxies),
            Fragments(station, app),
        )
        entrance = Entrance(runner, config.http.host, config.http.port, doorkeeper, fragments)
        url = await _listen(entrance, config.http.host, config.http.port)
        log.info("listening", url=url)
        try:
            yield url
        finally:
            entrance.stop()
        await entrance.finish(_LEAVE_S)
    finally:
        await runner.cleanup()
        station.close()


async def _listen(entrance: Entrance, host: str, port: int) -> str:
    try:
        await entrance.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StationError(
                f"port {port} on {host} is in use. "
                f"Stop what uses it, or choose another with --http {host}:PORT"
            ) from error
        raise StationError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    address, bound = entrance.address
    shown = f"[{address}]" if ":" in address else address
    return f"http://{shown}:{bound}/"
