"""From a channel's configuration and a writer's script to a render order. Pure."""

from __future__ import annotations

import hashlib

from webtv.config import ChannelConfig
from webtv.domain import Brief, Engines, RenderOrder, Script


def seed_of(config: ChannelConfig, number: int) -> int:
    """The seed of a channel's order ``number``: 32 bits, the same on every machine."""
    start = config.seed if config.seed is not None else config.id
    return int.from_bytes(hashlib.sha256(f"{start}/{number}".encode()).digest()[:4], "big")


def brief_for(
    config: ChannelConfig, number: int, recent: tuple[str, ...], titles: tuple[str, ...] = ()
) -> Brief:
    return Brief(
        theme=config.theme,
        style=config.style,
        shots=config.shots_per_clip,
        seconds=config.clip_seconds,
        seed=seed_of(config, number),
        recent=recent,
        recent_titles=titles,
        video=config.engines.video[0],
    )


def order_for(config: ChannelConfig, script: Script, writer: str) -> RenderOrder:
    engines = config.engines
    return RenderOrder(
        channel=config.id,
        theme_revision=config.theme_revision,
        script=script,
        quanta=config.format.quanta(config.clip_seconds),
        format=config.format,
        engines=Engines(
            writer=writer,
            video=engines.video,
            interpolator=engines.interpolator,
            musician=engines.musician,
        ),
        rung=config.quality,
        label=config.label,
        caption=script.title if config.caption else "",
    )
