"""What is no mistake in a file, and is seldom meant: told by ``webtv check`` and ``webtv doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webtv.config.channel import ChannelConfig
from webtv.config.desk import has_no_token
from webtv.config.engines import STEPS
from webtv.config.station import StationConfig
from webtv.models.catalogue import stand_in

_DOES = {"writer": "writes", "video": "films", "interpolator": "interpolates", "musician": "plays"}


@dataclass(frozen=True)
class Doubt:
    """``what`` begins with the key; ``mend`` says what to do."""

    what: str
    mend: str


def doubts(config: ChannelConfig | StationConfig) -> Iterator[Doubt]:
    """Of one file, as it was read."""
    yield from _of_station(config) if isinstance(config, StationConfig) else _of_channel(config)


def _of_station(station: StationConfig) -> Iterator[Doubt]:
    devices = station.devices or ()
    if "cpu" in devices and len(devices) > 1:
        yield Doubt(
            "devices: cpu stands beside a GPU, and its worker takes orders with models as well, "
            "each for hours",
            "Remove cpu from the list.",
        )
    if (station.public_url or station.proxies) and has_no_token(station.desk):
        key = "public_url" if station.public_url else "trusted_proxies"
        yield Doubt(
            f"{key}: a web server stands in front, and the desk has no token, so it answers nobody",
            "Make one, as step 5 of docs/install.md does, or set desk: token_file.",
        )


def _of_channel(channel: ChannelConfig) -> Iterator[Doubt]:
    if not channel.enabled:
        return
    for family in STEPS:
        chain = getattr(channel.engines, family)
        offline = stand_in(family)
        if len(chain) > 1 or offline in chain:
            continue
        costs = (
            "while it does not answer, no clip is made and the archive airs"
            if family == "writer"
            else "when it hangs, an order costs two workers and the archive airs"
        )
        yield Doubt(
            f"engines.{family}: {chain[0]} {_DOES[family]} alone, and nobody stands in: {costs}",
            f"Write [{chain[0]}, {offline}].",
        )
