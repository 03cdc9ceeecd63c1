"""The one event that every part writes and every voice plays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """``pitch`` is a MIDI number (69 is A at 440 Hz); times are seconds from the bed's start."""

    at_s: float
    seconds: float
    pitch: int
    velocity: float
    pan: float = 0.0
    """-1 is left, 1 is right."""


@dataclass(frozen=True)
class Hit:
    """One stroke of percussion on a lane of the kit: ``low``, ``mid`` or ``high``."""

    at_s: float
    lane: str
    velocity: float
