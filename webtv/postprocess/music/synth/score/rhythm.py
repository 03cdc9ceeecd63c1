"""Percussion patterns: sixteen (or twelve) steps of a bar per lane, digits are loudness."""

from __future__ import annotations

import numpy as np

from webtv.postprocess.music.synth.feel import Feel
from webtv.postprocess.music.synth.score.form import LIGHT, Form
from webtv.postprocess.music.synth.score.note import Hit

LANES = ("low", "mid", "high")

# per energy band; each pattern is (low, mid, high) for a bar of four
FOUR: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("9...............", "........6.......", "..3...3...3...3."),
        ("8.........5.....", "........5.......", "4...3...4...3..2"),
        ("9...............", "............6...", "4.2.3.2.4.2.3.2."),
    ),
    (
        ("9.........6.....", "....7.......7...", "4.3.4.3.4.3.4.34"),
        ("9.......7.......", "....6.......6..2", "5.3.5.3.5.3.5.3."),
        ("9.....6...7.....", "....7..2....7...", "4...5...4...5.3."),
        ("9..5......6.....", "........8.......", "4232423242324233"),
    ),
    (
        ("9...9...9...9...", "....7.......7..3", "..6...6...6...6."),
        ("9.....7...9.....", "....8.......8.2.", "4353435343534353"),
        ("9..6..9...6.....", "....8..2.2..8...", "5.4.5.4.5.4.5.44"),
        ("9...7...9...7..4", "....8.......8...", "4.6.4.6.4.6.4.66"),
    ),
)
THREE: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (("9...........", "........4...", "....3...3..."),),
    (("9...........", "....6...5...", "4...4.3.4.3."), ("9.......4...", "....6.......", "4.3.4.3.4.3.")),
    (("9.....5.....", "....7...7...", "4.5.4.5.4.5."), ("9.......6...", "....7......3", "434343434343")),
)


HURRIED_S = 0.46
"""Beats shorter than this leave no room for sixteenths: they would run into a hiss."""


def hits(form: Form, feel: Feel, rng: np.random.Generator) -> list[Hit]:
    """The strokes of a bed. Light bars keep only the high lane; a small fill leads to the last chord."""
    band = 0 if feel.density < 0.35 else 1 if feel.density < 0.65 else 2
    patterns = (FOUR if form.bar_beats == 4 else THREE)[band]
    pattern = patterns[rng.integers(len(patterns))]
    strokes = []
    for bar, fullness in enumerate(form.fullness):
        for lane, steps in zip(LANES, pattern, strict=True):
            if fullness < LIGHT and lane != "high":
                continue
            for step, digit in enumerate(steps):
                beat = bar * form.bar_beats + step / 4
                if not digit.isdigit() or beat >= form.final_beat - 0.01:
                    continue
                if beat % 0.5 == 0 or form.beat_s > HURRIED_S:
                    loud = int(digit) / 9 * (0.7 + 0.3 * fullness)
                    strokes.append(_stroke(form, feel, rng, beat, lane, loud))
    if form.bars >= 3 and band:
        for back in (0.75, 0.5, 0.25)[: 1 + band]:
            strokes.append(_stroke(form, feel, rng, form.final_beat - back, "mid", 0.55 - 0.3 * back))
    strokes.append(Hit(form.seconds(form.final_beat), "low", 0.8))
    return strokes


def _stroke(form: Form, feel: Feel, rng: np.random.Generator, beat: float, lane: str, loud: float) -> Hit:
    late = feel.swing * (0.5 if beat % 1 == 0.5 else 0.25 if beat % 0.5 else 0.0)
    at_s = form.seconds(beat + late) + float(rng.normal(0, 0.0015 if lane == "low" else 0.004))
    return Hit(max(0.0, at_s), lane, float(np.clip(loud * rng.normal(1, 0.08), 0.05, 1)))
