"""The offline writer: a grammar over the theme's own words and the fields that it touches."""

from __future__ import annotations

from dataclasses import dataclass
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

TRIES = 48
"""Drafts of one shot before the least alike of them is taken."""


class GrammarWriter:
    """Writes without a model: the same brief always gives the same script."""

    async def write(self, brief: Brief) -> Script:
        """A script of ``brief.shots`` shots, or as many as keep each between 2 and 5 s of ``brief.seconds``."""
        return compose(brief)


@dataclass(frozen=True)
class _Plan:
    scene: Scene
    energy: float
    rng: Random


def compose(brief: Brief) -> Script:
    theme = read_theme(brief.theme)
    rng = Random(f"{brief.seed}/{brief.theme}/{brief.style}")
    energy, bright = mood_of(theme)
    plan = _Plan(plan_scene(theme, " ".join(brief.style.split()), rng), energy, rng)
    given = theme.words | words(brief.style)
    seen = [fingerprint(prompt, given) for prompt in brief.recent]
    shots: list[Shot] = []
    for index, seconds in enumerate(durations(brief.shots, brief.seconds, rng)):
        shot = _fresh(plan, BEATS[index % len(BEATS)], seconds, first=index == 0, seen=seen, given=given)
        shots.append(shot)
        seen.append(fingerprint(shot.prompt, given))
    title = title_for(theme, plan.scene, shots[0], rng)
    mood = rng.choice(plan.scene.field.moods)
    return Script(title=title, shots=tuple(shots), music=music_brief(theme.text, mood, energy, bright, rng))


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


def _fresh(
    plan: _Plan, beat: Beat, seconds: float, *, first: bool, seen: list[Fingerprint], given: frozenset[str]
) -> Shot:
    """The first draft that is not too like any seen, or of ``TRIES`` drafts the one that is least."""
    best: Shot | None = None
    least = 1.0
    for attempt in range(TRIES):
        shot = _draft(plan, beat, seconds, first=first, widely=attempt >= TRIES // 3)
        alike = greatest_likeness(fingerprint(shot.prompt, given), seen, enough=least)
        if alike < TOO_ALIKE:
            return shot
        if best is None or alike < least:
            best, least = shot, alike
    assert best is not None  # noqa: S101 - TRIES is positive
    return best


def _draft(plan: _Plan, beat: Beat, seconds: float, *, first: bool, widely: bool) -> Shot:
    scene, rng = plan.scene, plan.rng
    subject = _suited(scene.cast + scene.extras if widely else scene.cast, beat, rng)
    near = beat if beat in BEATS_OF[subject.sort.scale] else BEATS_OF[subject.sort.scale][-1]
    action = rng.choice(_unechoed(subject.actions, subject.phrase))
    spot = rng.choice(_unechoed(scene.spots, f"{subject.phrase} {action} {scene.anchor}"))
    named = scene.about.bare in f"{subject.phrase} {action}"
    cut = first or rng.random() < 0.35 + 0.6 * plan.energy
    return within_clip_length(
        Shot(
            subject=subject.phrase,
            action=action,
            setting=scene.setting(subject, spot, named),
            framing=rng.choice(framings(near, subject.sort.scale)),
            movement=draw_movement(near, plan.energy, rng),
            light=rng.choice(scene.lights),
            palette=scene.palette,
            style=scene.style,
            seconds=seconds,
            seed=rng.getrandbits(32),
            transition="cut" if cut else "dissolve",
        )
    )


def _suited(cast: tuple[Subject, ...], beat: Beat, rng: Random) -> Subject:
    """One of the cast that can be seen from that near, or any if none can."""
    suited = [subject for subject in cast if beat in BEATS_OF[subject.sort.scale]]
    return rng.choice(suited or cast)


def _unechoed(phrases: tuple[str, ...], beside: str) -> tuple[str, ...]:
    """Those that repeat no word of ``beside``, by its first five letters: no lantern carries a lantern."""
    said = {word[:5] for word in words(beside)}
    return (
        tuple(phrase for phrase in phrases if said.isdisjoint(word[:5] for word in words(phrase))) or phrases
    )
