"""The whole station as one object: what the desk shows."""

from __future__ import annotations

import json
from pathlib import Path

from aiohttp import web

from webtv import __version__
from webtv.channel import Channel
from webtv.domain import Airing
from webtv.station import Station
from webtv.web.api import Json, shown_airing, targets_json

_NEXT, _PREVIOUS = 12, 12


class StationPicture:
    """Reads the station. No secret is in what it gives: of a target, its name and server alone."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._began_ns = station.clock.now().boot_ns
        self._quarantine: list[Json] = []
        self._quarantine_at: int | None = None

    def read(self) -> Json:
        station = self._station
        problems = station.config_problems
        return {
            "station": {
                "title": "webtv",
                "version": __version__,
                "uptime_s": (station.clock.now().boot_ns - self._began_ns) // 1_000_000_000,
                "free_gb": round(station.library.free_bytes() / 1e9, 1),
                "problems": [{"path": str(path), "text": str(error)} for path, error in problems.items()],
            },
            "channels": [self._channel(channel) for channel in station.channels.values()],
            "orders": [
                {
                    "channel": order.channel,
                    "order_id": order.order_id,
                    "title": order.title,
                    "step": order.step,
                    "engine": None,
                    "done": round(order.done, 3),
                }
                for order in station.director.in_progress.values()
            ],
            "engines": self._engines(),
            "quarantine": self._refused(),
        }

    def _channel(self, channel: Channel) -> Json:
        config = channel.config
        known: Json = {
            "id": channel.id,
            "title": config.title,
            "theme": config.theme,
            "hls": f"/hls/{channel.id}/index.m3u8",
            "watch": f"/watch/{channel.id}",
            "quality": config.quality,
            "engines": config.engines.model_dump(mode="json"),
            "targets": targets_json(channel),
            "problem": self._problem_of(channel),
            "on_air": channel.on_air,
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
            "clips": len(channel.stock.clips),
            "slate_until": None,
            "thumbnail": planned[0]["picture"] if planned else None,
        }

    def _problem_of(self, channel: Channel) -> str | None:
        for path, error in self._station.config_problems.items():
            if path.stem == channel.id:
                return str(error)
        return None

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
        """What is in quarantine, newest first; read anew when something came or went."""
        folder = self._station.config.data / "quarantine"
        at = folder.stat().st_mtime_ns
        if at != self._quarantine_at:
            self._quarantine = [_note(path) for path in sorted(folder.glob("*.json"), key=_age, reverse=True)]
            self._quarantine_at = at
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
    "thumbnail": None,
}


def _airing(channel: Channel, airing: Airing) -> Json:
    return shown_airing(channel, airing) | {"picture": f"/desk/api/clips/{airing.clip_id}.jpg"}


def _age(path: Path) -> int:
    return int(path.stat().st_mtime_ns)


def _note(path: Path) -> Json:
    note = json.loads(path.read_text(encoding="utf-8"))
    manifest = note.get("manifest")
    return {
        "id": path.stem,
        "channel": manifest.get("channel", "") if isinstance(manifest, dict) else "",
        "reason": note["reason"],
        "detail": note["detail"],
        "when": path.stat().st_mtime_ns // 1_000_000,
        "picture": f"/desk/api/quarantine/{path.stem}.jpg",
    }


PICTURE = web.AppKey("picture", StationPicture)
