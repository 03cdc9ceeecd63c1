"""How a shot's words choose a family of pictures and its parameters."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import accumulate
from typing import cast

from webtv.domain import Shot
from webtv.generator.video.procedural.chance import generator, number, pick
from webtv.generator.video.procedural.light import light_of
from webtv.generator.video.procedural.palette import palette_of
from webtv.generator.video.procedural.scene import Family, Scene
from webtv.generator.video.procedural.vocabulary import CALM, NEAR, ROWS, WILD

WEIGHTS = {"subject": 3.0, "setting": 1.6, "action": 1.0, "style": 0.4}
"""How much a word counts, by the field of the shot that it stands in."""

RIVAL = 0.45
"""A look that has this share of the best look's score may be chosen too: one theme, many pictures."""


@dataclass(frozen=True)
class Look:
    """A family of pictures and the variant of it that was chosen."""

    family: str
    variant: str


@cache
def family_named(name: str) -> Family:
    """The family's function, from the module of its name."""
    module = import_module(f"webtv.generator.video.procedural.families.{name}")
    return cast("Family", getattr(module, name))


@cache
def _index() -> dict[str, tuple[str, ...]]:
    rows: dict[str, list[str]] = defaultdict(list)
    for row, words in ROWS.items():
        for word in dict.fromkeys(words.split()):
            rows[word].append(row)
    return {word: tuple(found) for word, found in rows.items()}


def tokens(text: str) -> list[str]:
    """Lower-case words, English plurals taken back to the singular where the vocabulary knows it."""
    index = _index()
    found = []
    for word in re.findall(r"[a-z]+", text.lower()):
        stems = (
            word,
            word.removesuffix("s"),
            word.removesuffix("es"),
            word.removesuffix("ies") + "y",
            word.removesuffix("ing"),
        )
        found.append(next((stem for stem in stems if stem in index), word))
    return found


def scores(shot: Shot) -> dict[str, float]:
    """How much the shot's words ask for each ``family/variant``; a word that many share counts less."""
    index = _index()
    total: dict[str, float] = defaultdict(float)
    for field, weight in WEIGHTS.items():
        for word in dict.fromkeys(tokens(getattr(shot, field))):
            for row in index.get(word, ()):
                total[row] += weight / len(index[word]) ** 0.5
    return dict(total)


def _running(rivals: list[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    return zip((row for row, _ in rivals), accumulate(score for _, score in rivals), strict=True)


def look_of(shot: Shot) -> Look:
    """The look that the shot's words ask for; words that are not known choose by a stable hash."""
    found = scores(shot)
    if not found:
        family, _, variant = pick(sorted(ROWS), shot.subject, shot.setting, shot.seed).partition("/")
        return Look(family, variant)
    best = max(found.values())
    rivals = sorted((row, score**1.5) for row, score in found.items() if score >= RIVAL * best)
    point = number(shot.prompt, shot.seed, "look") / 2**64 * sum(score for _, score in rivals)
    row = next((row for row, end in _running(rivals) if end >= point), rivals[-1][0])
    family, _, variant = row.partition("/")
    return Look(family, variant)


def scale_of(framing: str) -> float:
    """How near the camera is: 1 for a medium shot, more for nearer."""
    scale = 1.0
    for word in re.findall(r"[a-z]+", framing.lower()):
        scale *= NEAR.get(word, 1.0)
    if "extreme" in framing.lower():
        scale *= 1.1 if scale > 1 else 0.88
    return min(1.8, max(0.6, scale))


def energy_of(shot: Shot) -> float:
    """0.7 for calm action, 1.3 for wild."""
    words = set(re.findall(r"[a-z]+", f"{shot.subject} {shot.action}".lower()))
    return min(1.3, max(0.7, 1.0 + 0.2 * len(words & WILD) - 0.2 * len(words & CALM)))


def read(shot: Shot, look: Look, width: int, height: int) -> Scene:
    """Everything that a family needs to show ``shot``."""
    key = f"{shot.seed}|{shot.prompt}"
    return Scene(
        width=width,
        height=height,
        seconds=shot.seconds,
        variant=look.variant,
        palette=palette_of(shot.palette, key),
        light=light_of(shot.light, key),
        scale=scale_of(shot.framing),
        energy=energy_of(shot),
        rng=generator(key, width, height),
    )
