"""The offline writer: a grammar over the theme's own words and the fields that it touches."""

from __future__ import annotations

import asyncio
from math import ceil
from random import Random

from webtv.domain import Brief, Script, Shot
from webtv.generator.writer.camera import BEATS, BEATS_OF, Beat, draw_movement, framings
from webtv.generator.writer.length import within_clip_length
from webtv.generator.writer.mood import mood_of
from webtv.generator.writer.music import music_brief
from webtv.generator.writer.scene import Scene, Subject, plan_scene
from webtv.generator.writer.similarity import TOO_ALIKE, Fingerprint, fingerprint, greatest_likeness, words
from webtv.generator.writer.theme import read_theme
from webtv.generator.writer.title import title_for

SHORTEST_S, LONGEST_S = 2.0, 5.0
"""Seconds that a shot holds a viewer's eye."""

LONGEST_CLIP_S = 120.0

CUTS_AT_REST = 0.35
"""Share of cuts, against dissolves, of the calmest theme; the liveliest has cuts only."""

TRIES = 36
"""Drafts of one shot before the least alike of them is taken."""


class GrammarWriter:
    """Writes without a model: the same brief always gives the same script."""

    name = "grammar"
    version = 1

    async def write(self, brief: Brief) -> Script:
        """``brief.shots`` shots, or as many as keep each between 2 and 5 s of ``brief.seconds``."""
        return await asyncio.to_thread(compose, brief)


def compose(brief: Brief) -> Script:
    theme = read_theme(brief.theme)
    rng = Random(f"{brief.seed}/{brief.theme}/{brief.style}")
    energy, bright = mood_of(theme)
    scene = plan_scene(theme, " ".join(brief.style.split()), rng)
    room = _CuttingRoom(scene, energy, rng, theme.words | words(brief.style), brief.recent)
    for seconds in durations(brief.shots, brief.seconds, rng):
        room.add_shot(seconds)
    return Script(
        title=title_for(theme, scene, room.shots[0], rng),
        shots=tuple(room.shots),
        music=music_brief(theme.text, rng.choice(scene.field.moods), energy, bright, rng),
    )


def durations(shots: int, seconds: float, rng: Random) -> list[float]:
    """Seconds of each shot, 2 to 5, together ``seconds`` (kept between 2 and 120).

    Where ``shots`` does not allow that, there are more or fewer of them.
    """
    total = min(LONGEST_CLIP_S, max(SHORTEST_S, seconds))
    count = max(ceil(total / LONGEST_S), min(shots, int(total / SHORTEST_S)))
    even = total / count
    sway = min(0.7, even - SHORTEST_S, LONGEST_S - even)
    lengths = [even] * count
    for first in range(0, count - 1, 2):
        longer = round(rng.uniform(0, sway), 2)
        lengths[first] += longer
        lengths[first + 1] -= longer
    return [round(length, 3) for length in lengths]


class _CuttingRoom:
    """One clip in the making: what was shown before it, and its shots so far."""

    def __init__(
        self, scene: Scene, energy: float, rng: Random, given: frozenset[str], recent: tuple[str, ...]
    ) -> None:
        self.shots: list[Shot] = []
        self._scene = scene
        self._energy = energy
        self._rng = rng
        self._given = given
        self._seen = [fingerprint(prompt, given) for prompt in recent]

    def add_shot(self, seconds: float) -> None:
        """Adds the first draft that is not too like any seen, or the least alike of ``TRIES``."""
        best: tuple[Shot, Fingerprint] | None = None
        least = 1.0
        for attempt in range(TRIES):
            shot = self._draft(seconds, circle=3 * attempt // TRIES)
            mark = fingerprint(shot.prompt, self._given)
            alike = greatest_likeness(mark, self._seen, enough=least)
            if best is None or alike < least:
                best, least = (shot, mark), alike
            if least < TOO_ALIKE:
                break
        assert best is not None  # noqa: S101 - TRIES is positive
        self.shots.append(within_clip_length(best[0]))
        self._seen.append(best[1])

    def _draft(self, seconds: float, *, circle: int) -> Shot:
        scene, rng, index = self._scene, self._rng, len(self.shots)
        beat = BEATS[index % len(BEATS)]
        casts = (scene.cast, scene.cast + scene.extras, scene.cast + scene.extras + scene.strangers)
        subject = self._subject(beat, casts[circle])
        near = beat if beat in BEATS_OF[subject.sort.scale] else BEATS_OF[subject.sort.scale][-1]
        action = rng.choice(_unechoed(subject.actions, subject.phrase))
        spot = rng.choice(_unechoed(scene.spots, f"{subject.phrase} {action} {scene.anchor}"))
        cut = index == 0 or rng.random() < CUTS_AT_REST + (1 - CUTS_AT_REST) * self._energy
        return Shot(
            subject=subject.phrase,
            action=action,
            setting=scene.setting(subject, spot, named=scene.about.bare in f"{subject.phrase} {action}"),
            framing=rng.choice(framings(near, subject.sort.scale)),
            movement=draw_movement(near, self._energy, rng),
            light=scene.lights[index % len(scene.lights)],
            palette=scene.palette,
            style=scene.style,
            seconds=seconds,
            seed=rng.getrandbits(32),
            transition="cut" if cut else "dissolve",
        )

    def _subject(self, beat: Beat, cast: tuple[Subject, ...]) -> Subject:
        """One, if there is any, that can be seen so near and was not in the last shot or in two."""
        met = [shot.subject for shot in self.shots]
        tired = {phrase for phrase in met if met.count(phrase) > 1} | set(met[-1:])
        rested = [subject for subject in cast if subject.phrase not in tired] or list(cast)
        return self._rng.choice([one for one in rested if beat in BEATS_OF[one.sort.scale]] or rested)


def _unechoed(phrases: tuple[str, ...], beside: str) -> tuple[str, ...]:
    """Those that repeat no word of ``beside``, by its first five letters: no lantern carries a lantern."""
    said = {word[:5] for word in words(beside)}
    return (
        tuple(phrase for phrase in phrases if said.isdisjoint(word[:5] for word in words(phrase))) or phrases
    )
