"""For machines that watch the station: health, readiness, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from webtv import __version__, metrics
from webtv.broadcaster.status import State
from webtv.channel import Channel
from webtv.station import Station
from webtv.web.state import STATION

routes = web.RouteTableDef()

_LEAST_AHEAD_S = 60.0
"""A plan that ends so soon is not kept ahead any more."""


@routes.get("/healthz")
async def healthz(_: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Whether the air of every enabled channel advances, and is planned well ahead."""
    station = request.app[STATION]
    dark = ", ".join(channel.id for channel in dark_channels(station))
    if dark or not station.channels:
        return web.Response(status=503, text=f"not on air: {dark or 'no channel'}\n")
    return web.Response(text="ok\n")


def dark_channels(station: Station) -> list[Channel]:
    """The enabled channels that are not on air, or whose plan is not kept well ahead any more."""
    return [
        channel
        for channel in station.channels.values()
        if not channel.on_air or channel.buffered_s < _LEAST_AHEAD_S
    ]


@routes.get("/metrics")
async def scrape(request: web.Request) -> web.Response:
    registry = CollectorRegistry()
    registry.register(_Reading(request.app[STATION]))
    body = generate_latest(metrics.REGISTRY) + generate_latest(registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Reading(Collector):
    """What is read off the station when it is asked."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def collect(self) -> Iterable[Metric]:
        build = GaugeMetricFamily("webtv_build_info", "The running version.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield GaugeMetricFamily(
            "webtv_free_bytes", "Room on the data folder's disk.", value=self._station.library.free_bytes()
        )
        yield GaugeMetricFamily(
            "webtv_config_problems",
            "Files that cannot be used until they are mended.",
            value=len(self._station.config_problems),
        )
        yield from self._per_channel()
        yield from self._per_target()

    def _per_channel(self) -> Iterator[Metric]:
        gauges: dict[str, tuple[str, Callable[[Channel], float]]] = {
            "webtv_buffer_seconds": ("Rundown ahead of air, in place as files.", lambda c: c.buffered_s),
            "webtv_fresh_seconds": ("Clips that have not begun to air.", lambda c: c.fresh_s),
            "webtv_library_seconds": ("Clips in the library.", lambda c: c.stock_s),
            "webtv_fresh_ratio": ("Share of recent air that had never aired.", lambda c: c.fresh_share),
            "webtv_watched": ("Whether anybody watches (0 or 1).", lambda c: float(c.watched)),
        }
        on_air = GaugeMetricFamily(
            "webtv_on_air", "Whether something is on air (0 or 1).", labels=["channel"]
        )
        for channel in self._station.channels.values():
            on_air.add_metric([channel.id], float(channel.on_air))
        yield on_air
        signed_on: list[Channel] = [c for c in self._station.channels.values() if c.signed_on]
        for name, (text, read) in gauges.items():
            family = GaugeMetricFamily(name, text, labels=["channel"])
            for channel in signed_on:
                family.add_metric([channel.id], read(channel))
            yield family

    def _per_target(self) -> Iterator[Metric]:
        labels = ["channel", "target"]
        up = GaugeMetricFamily("webtv_target_up", "Whether a target is on air (0 or 1).", labels=labels)
        lag = GaugeMetricFamily(
            "webtv_playout_lag_seconds", "How far a push is behind its rundown.", labels=labels
        )
        sent = CounterMetricFamily("webtv_sent_bytes", "Bytes pushed to a target.", labels=labels)
        again = CounterMetricFamily(
            "webtv_target_reconnects", "Pushes that ended, by reason.", labels=[*labels, "reason"]
        )
        for channel in self._station.channels.values():
            for status in channel.targets:
                names = [channel.id, status.name]
                up.add_metric(names, float(status.state is State.ON_AIR))
                if status.lag_s is not None:
                    lag.add_metric(names, status.lag_s)
                sent.add_metric(names, status.sent_bytes)
                for reason, count in status.reconnects.items():
                    again.add_metric([*names, reason], count)
        yield from (up, lag, sent, again)
