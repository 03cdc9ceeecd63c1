"""A station in accelerated time, in whose channels new clips arrive.

    python -m bench.fast_station FOLDER PORT RATE FROM_NS CLIP_EVERY_S

FOLDER holds ``webtv.yaml`` and, in ``clips``, clips with their manifests.

Workers cannot be accelerated, so the clips are made beforehand. They arrive as the director hands them in:
admitted to the library, added to the database, given to the channel.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bench.fast import ScaledClock, fast_loop
from bench.library import admit_link
from webtv import log
from webtv.app import serving
from webtv.config import StationConfig, load_station
from webtv.domain import Manifest
from webtv.station.channel import Channel
from webtv.station.station import Station


def main() -> None:
    folder, port, rate, from_ns, clip_every_s = sys.argv[1:]
    config = load_station(Path(folder) / "webtv.yaml").override(http=f"127.0.0.1:{port}")
    log.configure(config.log.level, config.log.format)
    clock = ScaledClock(float(rate), from_real_ns=int(from_ns))
    with asyncio.Runner(loop_factory=lambda: fast_loop(float(rate))) as runner:
        runner.run(_air(config, Path(folder) / "clips", clock, float(clip_every_s)))


async def _air(config: StationConfig, clips: Path, clock: ScaledClock, clip_every_s: float) -> None:
    station = Station(config, clock)
    async with serving(station, config):
        on_air = asyncio.gather(station.run(), _deliver(station, clips, clip_every_s))
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, on_air.cancel)
        with suppress(asyncio.CancelledError):
            await on_air


async def _deliver(station: Station, clips: Path, every_s: float) -> None:
    """Hand each channel a new clip every ``every_s`` seconds."""
    manifests = [Manifest.model_validate_json(path.read_text()) for path in sorted(clips.glob("*.json"))]
    while not all(channel.on_air for channel in station.channels.values()):
        await station.clock.sleep(1)
    for number in itertools.count():
        await station.clock.sleep(every_s)
        for index, channel in enumerate(station.channels.values()):
            manifest = manifests[(number + index) % len(manifests)]
            await _hand_in(station, channel, clips, manifest, (index << 32) + number)


async def _hand_in(station: Station, channel: Channel, clips: Path, manifest: Manifest, number: int) -> None:
    created = datetime.fromtimestamp(station.clock.now().wall_ns / 1e9, UTC)
    clip = await asyncio.to_thread(admit_link, station.library, clips, manifest, channel.id, number, created)
    await station.database(lambda store: store.add_clips([clip]))
    channel.add(clip)


if __name__ == "__main__":
    main()
