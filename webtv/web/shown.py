"""What everybody may see of channels and airings, as the models of the API."""

from __future__ import annotations

from webtv.broadcaster.hls import iso
from webtv.domain import Airing
from webtv.playlist.records import Clip
from webtv.station.view import ChannelView
from webtv.web import models

_NEXT, _PREVIOUS = 5, 8


def channel(view: ChannelView) -> models.Channel:
    """What everybody may know of a channel, signed on or not; it stays for as long as its revision."""
    config = view.config
    planned = airings(view, _NEXT + 1) if view.on_air else []
    return models.Channel(
        id=view.id,
        number=view.number,
        title=config.title,
        theme=config.theme,
        language=config.language,
        hls=f"/hls/{view.id}/index.m3u8",
        watch=f"/watch/{view.id}",
        width=config.format.width,
        height=config.format.height,
        fps=config.format.fps,
        on_air=bool(planned),
        now=planned[0] if planned else None,
        next=tuple(planned[1:]),
    )


def channel_in_full(view: ChannelView, making: tuple[models.Making, ...]) -> models.ChannelInFull:
    """A channel that has signed on."""
    return models.ChannelInFull(
        **dict(channel(view)),
        previous=tuple(airing(view, each) for each in view.previous(_PREVIOUS)),
        buffered_s=round(view.buffered_s, 1),
        fresh_share=round(view.fresh_share, 3),
        watched=view.watched,
        clips=view.clips,
        targets=tuple(models.Target(state=status.state) for status in view.targets),
        making=making,
    )


def airings(view: ChannelView, limit: int) -> list[models.Airing]:
    """What is on air, and what comes after it."""
    return [airing(view, each) for each in view.upcoming(limit)]


def airing(view: ChannelView, planned: Airing) -> models.Airing:
    """An airing of the rundown in memory."""
    timeline = view.timeline
    wall_ns = timeline.wall_ns(timeline.start_ns(planned.start_quanta))
    seconds = planned.quanta * timeline.format.quantum_s
    return aired(planned, seconds, wall_ns, view.clip(planned.clip_id))


def aired(planned: Airing, seconds: float, wall_ns: int, clip: Clip | None) -> models.Airing:
    """An airing, however long ago. ``clip`` is None when the library no longer has it."""
    return models.Airing(
        slot=planned.slot,
        clip_id=planned.clip_id,
        kind=planned.kind,
        title=planned.title,
        prompts=tuple(clip.prompts) if clip else (),
        engines=clip.engines if clip else {},
        start=iso(wall_ns),
        seconds=round(seconds, 3),
        clip=f"/clips/{planned.clip_id}.mp4" if clip is not None and clip.channel else None,
    )
