"""A music brief in the words that music models were trained on."""

from __future__ import annotations

from webtv.domain import MusicBrief


def caption(brief: MusicBrief) -> str:
    """Mood, instruments, key, tempo, and pace too, for by number alone 60 bpm is easily taken for 120."""
    return f"{brief.prompt}, {_pace(brief.tempo_bpm)}, {_drive(brief.energy)}, instrumental"


def _pace(tempo_bpm: int) -> str:
    if tempo_bpm < 76:
        return "slow tempo, half-time feel"
    if tempo_bpm > 132:
        return "fast tempo, double-time feel"
    return "medium tempo, steady 4/4"


def _drive(energy: float) -> str:
    if energy < 0.34:
        return "sparse and quiet"
    return "full and driving" if energy > 0.66 else "flowing"
