"""The whole station as one object: what the desk shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from webtv import __version__
from webtv.broadcaster.hls import iso
from webtv.broadcaster.status import TargetStatus
from webtv.domain import Airing
from webtv.errors import ConfigError
from webtv.station.station import Station
from webtv.station.view import ChannelView
from webtv.web.api import Json, shown_airing, summary

_NEXT, _PREVIOUS = 12, 12
_FRESH_NS = 500_000_000


class StationPicture:
    """Reads the station: all that the public API tells, and what the operator alone may know.

    No secret is in it: of where a target is, its server and no stream key.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._began_ns = station.clock.now().boot_ns
        self._quarantine: list[Json] = []
        self._quarantine_ns = 0
        self._text, self._steady, self._text_ns = "", "", 0

    def text(self) -> tuple[str, str]:
        """``read`` as JSON, and once more without what only runs on; made once for all who ask at a time."""
        now_ns = self._station.clock.now().boot_ns
        if not self._text or now_ns - self._text_ns > _FRESH_NS:
            read = self.read()
            self._text, self._steady = json.dumps(read, ensure_ascii=False), json.dumps(_steady(read))
            self._text_ns = now_ns
        return self._text, self._steady

    def read(self) -> Json:
        station = self._station
        problems = station.config_problems
        return {
            "station": {
                "title": "webtv",
                "version": __version__,
                "uptime_s": (station.clock.now().boot_ns - self._began_ns) // 1_000_000_000,
                "free_gb": round(station.library.free_bytes() / 1e9, 1),
                "problems": [self._problem(path, error) for path, error in problems.items()],
            },
            "channels": [self._channel(channel) for channel in station.views.values()],
            "orders": [
                {
                    "channel": order.channel,
                    "order_id": order.order_id,
                    "title": order.title,
                    "step": order.step,
                    "engine": order.engine or None,
                    "done": round(order.done, 3),
                }
                for order in station.director.in_progress.values()
            ],
            "engines": self._engines(),
            "quarantine": self._refused(),
        }

    def _channel(self, channel: ChannelView) -> Json:
        config, rung = channel.config, self._station.director.quality.of(channel.config)
        known: Json = summary(channel) | {
            "preview": f"/desk/api/hls/{channel.id}/index.m3u8",
            "quality": f"auto, now {rung}" if config.quality == "auto" else rung,
            "engines": config.engines.model_dump(mode="json"),
            "targets": [_target(status) for status in channel.targets],
            "problem": self._problem_of(channel),
        }
        if not channel.signed_on:
            return known | _NOT_SIGNED_ON
        airings = channel.upcoming(_NEXT + 1)
        planned = [_airing(channel, airing) for airing in airings]
        return known | {
            "now": planned[0] if planned else None,
            "next": planned[1:],
            "previous": [_airing(channel, airing) for airing in channel.previous(_PREVIOUS)],
            "buffered_s": round(channel.buffered_s, 1),
            "fresh_s": round(channel.fresh_s, 1),
            "stock_s": round(channel.stock_s, 1),
            "fresh_share": round(channel.fresh_share, 3),
            "watched": channel.watched,
            "clips": channel.clips,
            "slate_until": "resume" if channel.marks.slate else None,
            "banned": _banned(channel),
            "thumbnail": planned[0]["picture"] if planned else None,
        }

    def _problem(self, path: Path, error: ConfigError) -> Json:
        """``channel`` is whose file it is, where there is one that the desk can edit."""
        of_channel = path.parent == self._station.config.channels and path.is_file()
        return {"path": str(path), "text": str(error), "channel": path.stem if of_channel else None}

    def _problem_of(self, channel: ChannelView) -> str | None:
        for path, error in self._station.config_problems.items():
            if path.stem == channel.id:
                return str(error)
        return channel.trouble or None

    def _engines(self) -> list[Json]:
        seen = [
            {
                "step": health.step,
                "engine": health.engine,
                "device": health.device,
                "up": health.up,
                "reason": health.reason,
                "next_try_s": round(health.next_try_s),
            }
            for health in self._station.director.pool.health.snapshot()
        ]
        silent = [
            {"step": "writer", "engine": name, "device": None, "up": False, "reason": why, "next_try_s": None}
            for name, why in self._station.newsroom.resting.items()
        ]
        return seen + silent

    def _refused(self) -> list[Json]:
        """Read anew when something came or went."""
        library = self._station.library
        if (changed_ns := library.refused_ns()) != self._quarantine_ns:
            self._quarantine_ns = changed_ns
            self._quarantine = [
                {
                    "id": refused.clip_id,
                    "channel": refused.channel,
                    "reason": refused.reason,
                    "detail": refused.detail,
                    "when": iso(refused.at_ns),
                    "picture": f"/desk/api/quarantine/{refused.clip_id}.jpg",
                }
                for refused in library.refused()
            ]
        return self._quarantine


_NOT_SIGNED_ON: Json = {
    "now": None,
    "next": [],
    "previous": [],
    "buffered_s": 0.0,
    "fresh_s": 0.0,
    "stock_s": 0.0,
    "fresh_share": 0.0,
    "watched": False,
    "clips": 0,
    "slate_until": None,
    "banned": [],
    "thumbnail": None,
}


def _target(status: TargetStatus) -> Json:
    """How a push fares."""
    return {
        "name": status.name,
        "server": status.server_url,
        "state": str(status.state),
        "since": iso(status.since_ns) if status.since_ns else None,
        "lag_s": None if status.lag_s is None else round(status.lag_s, 2),
        "sent_bytes": status.sent_bytes,
        "reconnects": sum(status.reconnects.values()),
        "last_error": status.last_error,
    }


def _airing(channel: ChannelView, airing: Airing) -> Json:
    marks = channel.marks
    return shown_airing(channel, airing) | {
        "picture": f"/desk/api/clips/{airing.clip_id}.jpg",
        "banned": airing.clip_id in marks.banned,
        "evergreen": airing.clip_id in marks.evergreen,
        "pinned": airing.clip_id in marks.pinned,
    }


def _banned(channel: ChannelView) -> list[Json]:
    """So that a ban can be lifted: banned clips are soon in no rundown."""
    clips = {clip_id: channel.clip(clip_id) for clip_id in sorted(channel.marks.banned)}
    return [
        {"clip_id": clip_id, "title": clip.title if clip else "", "picture": f"/desk/api/clips/{clip_id}.jpg"}
        for clip_id, clip in clips.items()
    ]


def _steady(value: Any) -> Any:
    """Without the figures that only run on."""
    if isinstance(value, dict):
        return {name: _steady(part) for name, part in value.items() if name not in _RUN_ON}
    return [_steady(part) for part in value] if isinstance(value, list) else value


_RUN_ON = frozenset({"uptime_s", "free_gb", "buffered_s", "lag_s", "sent_bytes", "next_try_s", "fresh_share"})
PICTURE = web.AppKey("picture", StationPicture)
