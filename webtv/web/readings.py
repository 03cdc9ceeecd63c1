"""Metrics that are read off the station's state when Prometheus asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from webtv import __version__
from webtv.broadcaster.status import State
from webtv.station.station import Station
from webtv.station.view import ChannelView

_GB = 10**9


class Readings(Collector):
    """What a station says of itself at the moment of a scrape."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def collect(self) -> Iterable[Metric]:
        yield from self._of_station()
        yield from self._of_writers()
        yield from self._of_channels()
        yield from self._of_pushes()

    def _of_station(self) -> Iterator[Metric]:
        station, reloads = self._station, self._station.reloads
        build = GaugeMetricFamily("webtv_build_info", "The running version.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        figures = {
            "webtv_free_bytes": ("Room on the data folder's disk.", station.library.free_bytes()),
            "webtv_min_free_bytes": (
                "Room below which no clips are made: min_free_gb.",
                station.config.min_free_gb * _GB,
            ),
            "webtv_workers": ("Processes that make clips, as configured.", len(station.staff.hosts)),
            "webtv_orders_in_progress": (
                "Render orders that wait for a worker or are being made.",
                len(station.director.in_progress),
            ),
            "webtv_viewer_orders_left": (
                "Orders that may still be begun for viewers, by limits.viewer_orders_per_hour.",
                station.director.budget.orders_left,
            ),
            "webtv_viewed_channels_unserved": (
                "Channels that viewers watch and that get no fresh clips for it, by limits.",
                station.director.budget.unserved,
            ),
            "webtv_config_problems": (
                "Files that cannot be used until they are mended.",
                len(station.config_problems),
            ),
            "webtv_config_last_reload_successful": (
                "Whether all files could be used when they were read last (1), or an edit is not on air (0).",
                float(reloads.successful),
            ),
        }
        if reloads.last_success_ns is not None:
            figures["webtv_config_last_reload_success_timestamp_seconds"] = (
                "When all files could be used last.",
                reloads.last_success_ns / 1e9,
            )
        for name, (text, value) in figures.items():
            yield GaugeMetricFamily(name, text, value=value)

    def _of_writers(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "webtv_writer_up",
            "Whether a writer and the moderation that it needs work (1), or failed and it rests (0).",
            labels=["writer"],
        )
        named = {name for channel in self._station.views.values() for name in channel.config.engines.writer}
        for name in sorted(named):
            up.add_metric([name], float(name not in self._station.newsroom.resting))
        yield up

    def _of_channels(self) -> Iterator[Metric]:
        clock = self._station.clock
        figures: dict[str, tuple[str, Callable[[ChannelView], float]]] = {
            "webtv_buffer_seconds": ("Rundown ahead of air, in place as files.", lambda c: c.buffered_s),
            "webtv_fresh_seconds": ("Clips that have not begun to air.", lambda c: c.fresh_s),
            "webtv_library_seconds": ("Clips in the library.", lambda c: c.stock_s),
            "webtv_fresh_ratio": (
                "Share of the last three minutes' air that had never aired before.",
                lambda c: c.fresh_share,
            ),
            "webtv_watched": (
                "Whether anybody gets the picture: a viewer lately, or a target (0 or 1).",
                lambda c: float(c.watched),
            ),
            "webtv_playlist_age_seconds": (
                "Since the newest segment that a viewer can fetch came into the playlist.",
                lambda c: c.air.playlist_age_s(clock.now()),
            ),
            "webtv_playlist_target_duration_seconds": (
                "The playlist's EXT-X-TARGETDURATION: how long players expect to wait for a segment.",
                lambda c: c.config.format.target_duration_s,
            ),
        }
        on_air = GaugeMetricFamily(
            "webtv_on_air", "Whether something is on air (0 or 1).", labels=["channel"]
        )
        for channel in self._station.views.values():
            on_air.add_metric([channel.id], float(channel.on_air))
        yield on_air
        signed_on = [channel for channel in self._station.views.values() if channel.signed_on]
        for name, (text, read) in figures.items():
            family = GaugeMetricFamily(name, text, labels=["channel"])
            for channel in signed_on:
                family.add_metric([channel.id], read(channel))
            yield family

    def _of_pushes(self) -> Iterator[Metric]:
        labels = ["channel", "target"]
        up = GaugeMetricFamily("webtv_target_up", "Whether a target is on air (0 or 1).", labels=labels)
        lag = GaugeMetricFamily(
            "webtv_playout_lag_seconds",
            "How far a push is behind its rundown; negative when it is ahead.",
            labels=labels,
        )
        sent = CounterMetricFamily("webtv_sent_bytes", "Bytes pushed to a target.", labels=labels)
        again = CounterMetricFamily(
            "webtv_target_reconnects", "Pushes that ended, by reason.", labels=[*labels, "reason"]
        )
        trouble = GaugeMetricFamily(
            "webtv_target_trouble", "Why a target is not on air now (1).", labels=[*labels, "reason"]
        )
        for channel in self._station.views.values():
            for status in channel.targets:
                names, on_air = [channel.id, status.name], status.state is State.ON_AIR
                up.add_metric(names, float(on_air))
                if status.lag_s is not None:
                    lag.add_metric(names, status.lag_s)
                sent.add_metric(names, status.sent_bytes)
                for reason, count in status.reconnects.items():
                    again.add_metric([*names, reason], count)
                if not on_air and status.last_reason:
                    trouble.add_metric([*names, status.last_reason], 1)
        yield from (up, lag, sent, again, trouble)
