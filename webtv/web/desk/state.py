"""The whole station as the desk shows it: looked at in slices, and kept by channel and by field."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aiohttp import web

from webtv import __version__
from webtv.broadcaster.hls import iso
from webtv.broadcaster.status import TargetStatus
from webtv.errors import ConfigError
from webtv.station.station import Station
from webtv.station.view import ChannelView
from webtv.web import models as public
from webtv.web import shown
from webtv.web.api import json_of
from webtv.web.desk import models
from webtv.web.kept import Pauses, Pieces

_NEXT, _PREVIOUS = 12, 12
_DISK_S = 1.0
"""A disk that has not answered by then is shown as it was."""


@dataclass(frozen=True)
class ChannelState:
    """One channel at one moment; ``programme`` is the same object until something happened there."""

    programme: models.Programme
    figures: models.Figures

    @cached_property
    def json(self) -> bytes:
        return json_of(self.programme)[:-1] + b"," + json_of(self.figures)[1:]


@dataclass(frozen=True)
class StationState:
    """The station at one moment."""

    common: models.Common
    channels: dict[str, ChannelState]

    @cached_property
    def json(self) -> bytes:
        """As ``models.Whole`` has it."""
        listed = b",".join(channel.json for channel in self.channels.values())
        return json_of(self.common)[:-1] + b',"channels":[' + listed + b"]}"


class StationPicture:
    """Reads the station: all that the public API tells, and what the operator alone may know.

    No secret is in it: of where a target is, its server and no stream key.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._began_ns = station.clock.now().boot_ns
        self._programmes = Pieces(_programme)
        self._quarantine: tuple[models.Refused, ...] = ()
        self._quarantine_ns = 0
        self._free_gb = 0.0
        self._disk: asyncio.Future[None] | None = None
        self._turn = asyncio.Lock()
        self._last: StationState | None = None
        self._looked_ns = 0

    async def look(self, *, at_most_old_s: float = 0) -> StationState:
        """The station now, or as it was ``at_most_old_s`` ago, which many may share."""
        async with self._turn:
            now_ns = self._station.clock.now().boot_ns
            if self._last is None or now_ns - self._looked_ns >= at_most_old_s * 1e9:
                self._last, self._looked_ns = await self._read(), now_ns
            return self._last

    async def _read(self) -> StationState:
        await self._ask_disk()
        pauses, channels = Pauses(), {}
        before = self._last.channels if self._last else {}
        views = list(self._station.views.values())
        programmes, _ = await self._programmes.of(views)
        for view, programme in zip(views, programmes, strict=True):
            state, last = ChannelState(programme, self._figures(view)), before.get(view.id)
            same = last is not None and last.programme is programme and last.figures == state.figures
            channels[view.id] = last if last is not None and same else state
            await pauses.take_if_due()
        return StationState(self._common(), channels)

    def _common(self) -> models.Common:
        station = self._station
        return models.Common(
            station=models.Station(
                title="webtv",
                version=__version__,
                uptime_s=(station.clock.now().boot_ns - self._began_ns) // 1_000_000_000,
                free_gb=self._free_gb,
                problems=tuple(self._problem(path, error) for path, error in station.config_problems.items()),
            ),
            orders=tuple(
                models.Order(
                    channel=order.channel,
                    order_id=order.order_id,
                    title=order.title,
                    step=order.step,
                    engine=order.engine or None,
                    done=round(order.done, 3),
                )
                for order in station.director.in_progress.values()
            ),
            engines=self._engines(),
            quarantine=self._quarantine,
        )

    def _figures(self, channel: ChannelView) -> models.Figures:
        config = channel.config
        rung, on = self._station.director.quality.of(config), channel.signed_on
        return models.Figures(
            quality=f"auto, now {rung}" if config.quality == "auto" else rung,
            problem=self._problem_of(channel),
            targets=tuple(_target(status) for status in channel.targets),
            watched=on and channel.watched,
            clips=channel.clips if on else 0,
            buffered_s=round(channel.buffered_s, 1) if on else 0,
            fresh_s=round(channel.fresh_s, 1) if on else 0,
            stock_s=round(channel.stock_s, 1) if on else 0,
            fresh_share=round(channel.fresh_share, 3) if on else 0,
        )

    def _problem(self, path: Path, error: ConfigError) -> models.Problem:
        of_channel = path.parent == self._station.config.channels and path.is_file()
        return models.Problem(path=str(path), text=str(error), channel=path.stem if of_channel else None)

    def _problem_of(self, channel: ChannelView) -> str | None:
        for path, error in self._station.config_problems.items():
            if path.stem == channel.id:
                return str(error)
        return channel.trouble or None

    def _engines(self) -> tuple[models.Engine, ...]:
        seen = [
            models.Engine(
                step=health.step,
                engine=health.engine,
                device=health.device,
                up=health.up,
                reason=health.reason,
                next_try_s=round(health.next_try_s),
            )
            for health in self._station.director.pool.health.snapshot()
        ]
        silent = [
            models.Engine(step="writer", engine=name, device=None, up=False, reason=why, next_try_s=None)
            for name, why in self._station.newsroom.resting.items()
        ]
        return (*seen, *silent)

    async def _ask_disk(self) -> None:
        if self._disk is None or self._disk.done():
            self._disk = asyncio.ensure_future(asyncio.to_thread(self._read_disk))
        await asyncio.wait([self._disk], timeout=_DISK_S)
        if self._disk.done():
            self._disk.result()

    def _read_disk(self) -> None:
        """The quarantine is read anew when something came or went."""
        library = self._station.library
        self._free_gb = round(library.free_bytes() / 1e9, 1)
        if (changed_ns := library.refused_ns()) != self._quarantine_ns:
            self._quarantine_ns = changed_ns
            self._quarantine = tuple(
                models.Refused(
                    id=refused.clip_id,
                    channel=refused.channel,
                    reason=refused.reason,
                    detail=refused.detail,
                    when=iso(refused.at_ns),
                    picture=f"/desk/api/quarantine/{refused.clip_id}.jpg",
                )
                for refused in library.refused()
            )


def _programme(view: ChannelView) -> models.Programme:
    on = view.signed_on
    airings = [_airing(view, one) for one in shown.airings(view, _NEXT + 1)] if on else []
    summary = dict(shown.channel(view)) | {"now": airings[0] if airings else None, "next": tuple(airings[1:])}
    return models.Programme(
        **summary,
        previous=tuple(_airing(view, shown.airing(view, one)) for one in view.previous(_PREVIOUS))
        if on
        else (),
        preview=f"/desk/api/hls/{view.id}/index.m3u8",
        engines=view.config.engines.model_dump(mode="json"),
        slate_until="resume" if on and view.marks.slate else None,
        banned=_banned(view) if on else (),
        thumbnail=airings[0].picture if airings else None,
    )


def _target(status: TargetStatus) -> models.Target:
    """How a push fares."""
    return models.Target(
        name=status.name,
        server=status.server_url,
        state=status.state,
        since=iso(status.since_ns) if status.since_ns else None,
        lag_s=None if status.lag_s is None else round(status.lag_s, 2),
        sent_bytes=status.sent_bytes,
        reconnects=sum(status.reconnects.values()),
        last_error=status.last_error,
    )


def _airing(view: ChannelView, airing: public.Airing) -> models.Airing:
    marks = view.marks
    return models.Airing(
        **dict(airing),
        picture=f"/desk/api/clips/{airing.clip_id}.jpg",
        banned=airing.clip_id in marks.banned,
        evergreen=airing.clip_id in marks.evergreen,
        pinned=airing.clip_id in marks.pinned,
    )


def _banned(view: ChannelView) -> tuple[models.Banned, ...]:
    """So that a ban can be lifted: banned clips are soon in no rundown."""
    clips = {clip_id: view.clip(clip_id) for clip_id in sorted(view.marks.banned)}
    return tuple(
        models.Banned(
            clip_id=clip_id, title=clip.title if clip else "", picture=f"/desk/api/clips/{clip_id}.jpg"
        )
        for clip_id, clip in clips.items()
    )


PICTURE = web.AppKey("picture", StationPicture)
