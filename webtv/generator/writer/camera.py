"""Framings, and camera movements that suit them."""

from __future__ import annotations

from random import Random
from typing import Literal, get_args

from webtv.domain import Direction, Movement, MovementKind, Speed
from webtv.generator.writer.lexicon import phrases
from webtv.generator.writer.sorts import Scale

Beat = Literal["wide", "middle", "close"]
"""A shot's part in the clip's small sequence: where we are, who is there, what they are made of."""

FRAMINGS: dict[Beat, tuple[str, ...]] = {
    "wide": phrases(
        "wide shot / high-angle wide shot / low wide shot / distant view / long shot / wide symmetrical view"
    ),
    "middle": phrases(
        "medium shot / low-angle medium shot / eye-level medium shot / three-quarter view / side "
        "view / medium wide shot"
    ),
    "close": phrases(
        "close-up / tight close-up / shallow-focus close-up / low-angle close-up / extreme close-up / "
        "detail view"
    ),
}

GRAND: tuple[str, ...] = phrases(
    "extreme wide shot / wide establishing shot / aerial view / panoramic wide shot / high-angle wide "
    "shot / distant view"
)
"""Wide framings of what is large itself."""

MINUTE: tuple[str, ...] = phrases(
    "macro close-up / extreme macro view / tight macro shot / shallow-focus macro detail"
)
"""Close framings of what is small."""

BEATS_OF: dict[Scale, tuple[Beat, ...]] = {
    "vast": ("wide",),
    "large": ("wide", "middle"),
    "middle": ("wide", "middle", "close"),
    "small": ("middle", "close"),
}
"""How near the camera may come to a subject of that scale."""

DIRECTIONS: dict[MovementKind, tuple[Direction, ...]] = {
    "static": ("none",),
    "pan": ("left", "right"),
    "tilt": ("up", "down"),
    "dolly": ("in", "out"),
    "zoom": ("in", "out"),
    "orbit": ("left", "right"),
    "crane": ("up", "down"),
    "track": ("left", "right"),
    "roll": ("clockwise", "counterclockwise"),
}
"""The directions that make sense for each kind of movement."""

_KINDS: dict[Beat, dict[MovementKind, int]] = {
    "wide": {
        "pan": 4,
        "crane": 4,
        "dolly": 3,
        "track": 4,
        "orbit": 3,
        "tilt": 2,
        "static": 2,
        "zoom": 1,
        "roll": 1,
    },
    "middle": {"track": 4, "dolly": 4, "orbit": 3, "pan": 3, "static": 2, "tilt": 2, "crane": 1, "zoom": 1},
    "close": {"dolly": 4, "static": 3, "zoom": 3, "orbit": 2, "tilt": 2, "track": 2},
}

BEATS: tuple[Beat, ...] = ("wide", "middle", "close", "middle")

assert set(DIRECTIONS) == set(get_args(MovementKind))  # noqa: S101 - a new kind must be given its directions


def framings(beat: Beat, scale: Scale) -> tuple[str, ...]:
    if beat == "wide" and scale in ("large", "vast"):
        return GRAND
    return MINUTE if beat == "close" and scale == "small" else FRAMINGS[beat]


def draw_movement(beat: Beat, energy: float, rng: Random) -> Movement:
    """A movement that suits the beat; livelier with ``energy`` (0 to 1), never fast in a close shot."""
    weights = _KINDS[beat]
    kind = rng.choices(list(weights), list(weights.values()))[0]
    if kind == "static":
        return Movement()
    speeds: dict[Speed, float] = {"slow": 1.2 - energy, "steady": 0.6, "fast": max(0.0, energy - 0.45)}
    if beat == "close":
        speeds["fast"] = 0.0
    speed = rng.choices(list(speeds), list(speeds.values()))[0]
    return Movement(kind=kind, direction=rng.choice(DIRECTIONS[kind]), speed=speed)
