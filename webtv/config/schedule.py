"""When fresh clips, archive and bumpers air."""

from __future__ import annotations

from pydantic import Field

from webtv.config.section import Section


class Schedule(Section):
    """How far ahead a channel works and how it fills the rest. All in seconds."""

    fresh_ahead_s: int = Field(
        60, ge=10, le=3600, description="How many seconds of fresh clips wait to air while somebody watches."
    )
    no_repeat_s: int = Field(
        180,
        ge=0,
        le=86_400,
        description="An archive clip rests for this many seconds before it airs again, if others can air.",
    )
    stock_s: int = Field(
        300,
        ge=0,
        le=604_800,
        description="A channel that nobody watches rests once its archive has this many seconds.",
    )
    bumper_every_s: int = Field(
        600,
        ge=0,
        le=86_400,
        description="Seconds from one bumper (the channel's title) to the next; 0 airs none.",
    )
