"""What many ask for: what it costs the event loop, and how late the loop runs meanwhile.

The station runs in this process, so that its loop can be timed; its viewers run in another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from aiohttp import ClientSession, TCPConnector

from bench.library import make_clips
from bench.stage import folder, free_port, make_station
from bench.table import Figure, report
from webtv.app import has_settled, serving
from webtv.clock import SystemClock
from webtv.config.load import StationFile
from webtv.domain import HouseFormat
from webtv.playlist.database import Database
from webtv.playlist.records import Clip
from webtv.station.garbage import leave_out_what_stays
from webtv.station.station import Station

_HOUSE = HouseFormat(width=64, height=64, video_kbps=100, audio_kbps=64)
_BASES = 4
"""One file has 65,000 links at most on ext4."""
_TICK_S = 0.01
_POLL_S = 9.2
"""A page's mean: 8 s and up to 30 % more."""
_ASKS = 40
_UNCHANGED = ("/api/v1/channels", "/iptv/xmltv.xml", "/metrics")


def main(*, quick: bool) -> None:
    channels, clips, viewers, seconds = (5, 4, 20, 3.0) if quick else (200, 500, 1000, 300.0)
    with folder() as place:
        _station(place, channels, clips)
        costs_ms, lags_s, asked = uvloop.run(_measure(place, viewers, seconds))
    lags_s.sort()
    report(
        "read_side",
        f"{channels} channels with {clips} clips each, {viewers} overviews and a desk open",
        [
            *(
                Figure(f"{path}, unchanged", cost, "ms of the loop", "<= 1 ms")
                for path, cost in zip(_UNCHANGED, costs_ms, strict=True)
            ),
            Figure("the loop is late, p99", 1000 * lags_s[int(0.99 * len(lags_s))], "ms", "<= 20 ms"),
            Figure("the loop is late, longest", 1000 * lags_s[-1], "ms", "<= 100 ms"),
            Figure("overviews answered", asked / seconds, "a second"),
        ],
        quick=quick,
        details={"channels": channels, "clips": clips, "viewers": viewers, "seconds": seconds},
    )


def _station(place: Path, channels: int, clips: int) -> None:
    """Files and rows of a station that has made all those clips."""
    names = [f"ch-{number:03d}" for number in range(channels)]
    house = _HOUSE.model_dump()
    make_station(
        place,
        {name: {"title": "Bench", "theme": "anything", "format": house} for name in names},
        workers=0,
        data=str(place / "data"),
        min_free_gb=0,
        log={"level": "error"},
    )
    (place / "made").mkdir()
    bases = make_clips(place / "made", _BASES, _HOUSE, seconds=8, shots=2)
    database, _ = Database.open(_data(place) / "webtv.db")
    began, found = datetime(2026, 1, 1, tzinfo=UTC), []
    for number, name in enumerate(names):
        library = _data(place) / "library" / name
        library.mkdir(parents=True)
        for at in range(clips):
            base, identity = bases[at % _BASES], f"{number * clips + at:020x}"
            (library / f"{identity}.mp4").hardlink_to(place / "made" / f"{base.id}.mp4")
            created = (began + timedelta(seconds=at)).isoformat(timespec="milliseconds")
            manifest = base.model_copy(update={"id": identity, "channel": name, "created": created})
            (library / f"{identity}.json").write_text(manifest.model_dump_json())
            found.append(Clip.of(manifest))
    asyncio.run(_admit(database, found))
    database.close()


async def _admit(database: Database, clips: list[Clip]) -> None:
    await database(lambda store: store.add_clips(clips, aired=True))


def _data(place: Path) -> Path:
    path = place / "data"
    path.mkdir(exist_ok=True)
    return path


async def _measure(place: Path, viewers: int, seconds: float) -> tuple[list[float], list[float], int]:
    file = StationFile(
        place / "webtv.yaml", {"http": f"127.0.0.1:{free_port()}", "channels": place / "channels"}
    )
    config = file.load()
    station = Station(config, SystemClock(), file)
    async with serving(station, config) as address:
        url = address.rstrip("/")
        airing = asyncio.create_task(station.run())
        try:
            while not all(view.signed_on and view.on_air for view in station.views.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            await leave_out_what_stays(lambda: has_settled(station), station.clock)  # as the daemon does
            await asyncio.sleep(min(30.0, seconds))
            lags: list[float] = []
            late = asyncio.create_task(_lateness(lags))
            command = (sys.executable, "-m", "bench.read_side", url, str(viewers), str(seconds))
            crowd = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            told, _ = await crowd.communicate()
            late.cancel()
            costs = [await _cost_ms(url, path) for path in _UNCHANGED]
        finally:
            airing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await airing
    return costs, lags, int(told)


async def _lateness(lags: list[float]) -> None:
    """How much later than asked for the loop comes back, each ten milliseconds."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_TICK_S)
        lags.append(max(0.0, time.perf_counter() - before - _TICK_S))


async def _cost_ms(url: str, path: str) -> float:
    """The median over requests of what one costs this loop, less what one for two bytes does.

    The client's process is another one, so that its work is none of the loop's.
    """
    code = (
        "import http.client,sys,urllib.parse as u;a=u.urlsplit(sys.argv[1]);"
        "c=http.client.HTTPConnection(a.hostname,a.port)\n"
        "for p in [sys.argv[2]]*int(sys.argv[3]): c.request('GET',p,headers={'Accept-Encoding':'gzip'});"
        "c.getresponse().read()"
    )

    async def spent(asked: str) -> float:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, url, asked, "1", stdout=asyncio.subprocess.DEVNULL
        )
        await process.wait()  # the piece that changed since is made by this one
        before = time.thread_time()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, url, asked, str(_ASKS), stdout=asyncio.subprocess.DEVNULL
        )
        await process.wait()
        return time.thread_time() - before

    return max(0.0, 1000 * (await spent(path) - await spent("/healthz")) / _ASKS)


async def _crowd(url: str, viewers: int, seconds: float) -> int:
    """Viewers of the overview and one desk, until the time is over; returns how many answers came."""
    answered = 0

    async def viewer(session: ClientSession, number: int) -> None:
        nonlocal answered
        etag = ""
        await asyncio.sleep(_POLL_S * number / viewers)
        while True:
            async with session.get(f"{url}/api/v1/channels", headers={"If-None-Match": etag}) as answer:
                etag = answer.headers["ETag"]
                await answer.read()
                answered += 1
            await asyncio.sleep(_POLL_S)

    async def desk(session: ClientSession) -> None:
        async with session.get(f"{url}/desk/api/events") as events:
            async for _ in events.content.iter_any():
                pass

    async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as session:
        tasks = [asyncio.create_task(viewer(session, number)) for number in range(viewers)]
        tasks.append(asyncio.create_task(desk(session)))
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
    return answered


if __name__ == "__main__":
    address, count, how_long = sys.argv[1:]
    print(asyncio.run(_crowd(address, int(count), float(how_long))))
