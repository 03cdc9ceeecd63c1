"""Clips and timelines made up for tests of planning; no files are behind them."""

from __future__ import annotations

from webtv.clock import Instant
from webtv.domain import Airing, AiringKind, HouseFormat
from webtv.playlist.records import Clip
from webtv.timeline import Anchor, Timeline

HOUSE = HouseFormat()
START = Instant(wall_ns=1_800_000_000_000_000_000, boot_ns=5_000_000_000_000)


def clip(name: str, quanta: int = 24, *, channel: str = "dreams") -> Clip:
    return Clip(
        id=name,
        channel=channel,
        title=name.title(),
        quanta=quanta,
        init_sha256="init",
        sha256="",
        bytes=2_000_000,
        theme_revision="1",
        created=f"2026-01-01T00:00:00.{len(name):03d}{name}",
        prompts=(f"prompt of {name}",),
        engines={"video": "procedural 1"},
    )


def slate() -> Clip:
    return clip("slate", 12, channel="")


def bumper() -> Clip:
    return clip("bumper", 12, channel="")


def anchor(quanta: int = 0) -> Anchor:
    return Anchor(quanta=quanta, wall_ns=START.wall_ns, boot_ns=START.boot_ns, boot_id="boot")


def later(seconds: float) -> Instant:
    """``seconds`` after ``START``, on both clocks."""
    ns = int(seconds * 1e9)
    return Instant(START.wall_ns + ns, START.boot_ns + ns)


def timeline(*lengths: int, house: HouseFormat = HOUSE, first_slot: int = 0) -> Timeline:
    """Airings of the given lengths in quanta, one after another from the epoch on."""
    airings: list[Airing] = []
    start = segment = 0
    for number, quanta in enumerate(lengths):
        airings.append(
            Airing(
                slot=first_slot + number,
                clip_id=f"clip{number}",
                kind=AiringKind.FRESH,
                title=f"Clip {number}",
                start_quanta=start,
                quanta=quanta,
                first_segment=segment,
            )
        )
        start += quanta
        segment += house.fragments(quanta)
    return Timeline(house, anchor(), tuple(airings))
