"""Runs a station: opened in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import errno
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
import uvloop
from aiohttp import web

from webtv.clock import SystemClock
from webtv.config import StationConfig
from webtv.errors import StationError
from webtv.station import Station
from webtv.web.server import application

log = structlog.get_logger()

_FILES = 65_536
_LEAVE_S = 2.0
"""How long a viewer on a slow line may hold up the daemon that follows."""


def run(config: StationConfig) -> None:
    """Air until SIGINT, SIGTERM or SIGHUP; after SIGUSR2 the pushes stay on air for the daemon that follows.

    Raises:
        StationError, ConfigError: it cannot start; the message says what to do.
    """
    _allow_many_files()
    uvloop.run(_run(config))


def _allow_many_files() -> None:
    """A viewer is a socket and a push is four files; the usual soft limit of 1024 is soon reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _run(config: StationConfig) -> None:
    station = Station(config, SystemClock())
    async with serving(station, config):
        airing = asyncio.create_task(station.run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, airing.cancel)
        loop.add_signal_handler(signal.SIGUSR2, _hand_over, station, airing)
        with suppress(asyncio.CancelledError):
            await airing
        log.info("signing off")


def _hand_over(station: Station, airing: asyncio.Task[None]) -> None:
    station.hand_over()
    airing.cancel()


@asynccontextmanager
async def serving(station: Station, config: StationConfig) -> AsyncIterator[str]:
    """Open the station and listen; yields the address as a URL.

    Raises:
        StationError: the port is taken, or the data folder is.
    """
    station.open()
    runner = web.AppRunner(application(station), access_log=None, shutdown_timeout=_LEAVE_S)
    try:
        await runner.setup()
        url = await _listen(runner, config.http.host, config.http.port)
        log.info("listening", url=url)
        yield url
    finally:
        await runner.cleanup()
        station.close()


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StationError(
                f"port {port} on {host} is in use. "
                f"Stop what uses it, or choose another with --http {host}:PORT"
            ) from error
        raise StationError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{shown}:{bound[1]}/"
