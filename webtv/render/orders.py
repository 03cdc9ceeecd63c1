"""From a channel's configuration and a writer's script to a render order. Pure."""

from __future__ import annotations

import hashlib

from webtv.config import ChannelConfig
from webtv.domain import Brief, Engines, RenderOrder, Rung, Script

PROGRAMME_S = 600
"""Length of a programme on channels without bumpers."""


def seed_of(config: ChannelConfig, number: int) -> int:
    """The seed of a channel's order ``number``: 32 bits, the same on every machine."""
    return _seed(config, str(number))


def motif_seed(config: ChannelConfig, number: int) -> int:
    """Equal for the clips of a programme, which are as many as air from one bumper to the next."""
    programme_s = config.schedule.bumper_every_s or PROGRAMME_S
    clips = max(1, round(programme_s / config.clip_seconds))
    return _seed(config, f"motif/{number // clips}")


def _seed(config: ChannelConfig, name: str) -> int:
    start = config.seed if config.seed is not None else config.id
    return int.from_bytes(hashlib.sha256(f"{start}/{name}".encode()).digest()[:4], "big")


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


def order_for(
    config: ChannelConfig, script: Script, writer: str, number: int = 0, *, rung: Rung = "standard"
) -> RenderOrder:
    """The channel's order ``number``, by the writer of that name and version."""
    engines = config.engines
    music = script.music.model_copy(update={"motif_seed": motif_seed(config, number)})
    return RenderOrder(
        channel=config.id,
        theme_revision=config.theme_revision,
        script=script.model_copy(update={"music": music}),
        quanta=config.format.quanta(config.clip_seconds),
        format=config.format,
        engines=Engines(
            writer=writer,
            video=engines.video,
            interpolator=engines.interpolator,
            musician=engines.musician,
        ),
        rung=rung,
        label=config.label,
        caption=script.title if config.caption else "",
    )
