"""From a language model's answer to a script that may be filmed.

Numbers and movements that make no sense are mended. Texts are not: what is wrong with them is told to the
model.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random

from pydantic import ValidationError

from webtv.domain import Brief, Movement, MusicBrief, Script, Shot
from webtv.generator.writer.camera import DIRECTIONS
from webtv.generator.writer.grammar import durations
from webtv.generator.writer.length import CLIP_TOKENS, clip_tokens, within_clip_length
from webtv.generator.writer.openai_draft import Draft, DraftMovement, DraftMusic, DraftShot, json_object
from webtv.generator.writer.openai_service import mistakes
from webtv.generator.writer.similarity import TOO_ALIKE, fingerprint, greatest_likeness, words
from webtv.generator.writer.title import LONGEST_TITLE
from webtv.models.catalogue import prompt_tokens

SLOWEST = 4.0
"""Slower than a quarter, interpolators make up more than was filmed."""
MOST_INSTRUMENTS = 6
LONGEST_TEXT = 1000
"""Characters of one text of a shot. Models that got stuck repeat a word for pages."""

_T5_TOKENS_A_WORD = 4 / 3
"""T5's vocabulary cuts English finer than CLIP's."""
_MISTAKES_TOLD = 12
_TEXTS = ("subject", "action", "setting", "framing", "light", "palette", "style")

_LETTERING = re.compile(
    r"\b(?:imax|canon|nikon|sony|kodak|fuji(?:film|color)|leica|arri|arriflex|panavision|hasselblad|polaroid|"
    r"technicolou?r|iphone|gopro|pixar|disney|ghibli|dreamworks|unreal engine|octane render|artstation|"
    r"netflix|youtube|tiktok|lego|nintendo|playstation|xbox|getty images|shutterstock|coca[ -]?cola|pepsi|"
    r"mcdonald'?s|starbucks|nike|adidas|ikea|google|facebook|instagram|microsoft|samsung|toyota|honda|bmw|"
    r"mercedes|volkswagen|porsche|ferrari|[248]k|u?hd|hdr|watermarks?|logos?|subtitles?|captions?)\b",
    re.IGNORECASE,
)
"""Names and terms that video models paint into the picture as letters."""


@dataclass(frozen=True)
class Reading:
    """What could be used of one answer, and what is to be told to the model about the rest."""

    script: Script | None
    """Made of the good shots; None when they do not suffice for a clip."""
    complete: bool
    problems: tuple[str, ...]
    alike: bool = False
    """Whether nothing is wrong but that it was shown lately."""


def shots_wanted(brief: Brief) -> int:
    return len(_lengths(brief, brief.shots))


def longest_prompt(brief: Brief) -> int:
    """In tokens as ``clip_tokens`` counts them, which are about words."""
    limit = prompt_tokens(brief.video)
    return limit if limit <= CLIP_TOKENS else int(limit / _T5_TOKENS_A_WORD)


def read_answer(text: str, brief: Brief) -> Reading:
    """The script in a model's answer, whatever stands around it."""
    found = json_object(text)
    if found is None:
        return Reading(None, False, ("there is no JSON object of that form in the answer",))
    try:
        draft = Draft.model_validate(found)
    except ValidationError as error:
        return Reading(None, False, tuple(mistakes(error)[:_MISTAKES_TOLD]))
    return _Editor(brief).edit(draft)


def _lengths(brief: Brief, shots: int) -> list[float]:
    return durations(shots, brief.seconds, Random(brief.seed))


class _Editor:
    """Edits one draft."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._rng = Random(f"{brief.seed}/openai")
        self._given = words(brief.theme) | words(brief.style)
        self._seen = [fingerprint(prompt, self._given) for prompt in brief.recent]
        self._problems: list[str] = []
        self._repeats = 0

    def edit(self, draft: Draft) -> Reading:
        wanted, fewest = shots_wanted(self._brief), len(_lengths(self._brief, 1))
        shots: list[tuple[Shot, float]] = []
        for number, given in enumerate(draft.shots, 1):
            if len(shots) == wanted:
                break
            shot = self._shot(given, f"shot {number}")
            if shot is not None:
                shots.append((shot, given.length))
        if len(draft.shots) < wanted:
            self._add_problem(f"{wanted} shots are wanted, and there are {len(draft.shots)}")
        title, music = self._title(draft.title), self._music(draft.music)
        script = None
        if title and music and len(shots) >= fewest:
            script = Script(title=title, shots=self._timed(shots), music=music)
        return Reading(
            script,
            script is not None and len(shots) == wanted,
            tuple(self._problems[:_MISTAKES_TOLD]),
            alike=len(self._problems) == self._repeats,
        )

    def _add_problem(self, problem: str) -> None:
        self._problems.append(problem)

    def _shot(self, given: DraftShot, where: str) -> Shot | None:
        if endless := [name for name in _TEXTS if len(getattr(given, name)) > LONGEST_TEXT]:
            self._add_problem(f"{where}: {', '.join(endless)} must be a few words")
            return None
        shot = Shot(
            subject=_clean(given.subject).replace(",", ""),
            action=_clean(given.action).replace(",", ""),
            setting=_clean(given.setting),
            framing=_clean(given.framing),
            movement=self._movement(given.movement),
            light=_without_lettering(_clean(given.light)),
            palette=_without_lettering(_clean(given.palette)),
            style=_without_lettering(_clean(given.style)),
            seconds=1.0,
            seed=self._rng.getrandbits(32),
            transition=given.transition,
            slow_motion=min(SLOWEST, max(1.0, given.slow_motion)),
        )
        limit = longest_prompt(self._brief)
        if limit <= CLIP_TOKENS:
            shot = within_clip_length(shot)
        before = len(self._problems)
        for name in _TEXTS:
            if not getattr(shot, name):
                self._add_problem(f"{where}: {name} says nothing that can be seen")
        if found := _LETTERING.search(shot.prompt):
            self._add_problem(f"{where}: '{found[0]}' would show up as letters in the picture; leave it out")
        if (length := clip_tokens(shot.prompt)) > limit:
            self._add_problem(
                f"{where}: about {length - limit} words too long; shorten subject, action and setting"
            )
        return shot if len(self._problems) == before and self._is_new(shot, where) else None

    def _is_new(self, shot: Shot, where: str) -> bool:
        mark = fingerprint(shot.prompt, self._given)
        if greatest_likeness(mark, self._seen, enough=TOO_ALIKE) >= TOO_ALIKE:
            self._repeats += 1
            self._add_problem(f"{where}: too like another of these or one shown lately; show something else")
            return False
        self._seen.append(mark)
        return True

    def _movement(self, given: DraftMovement) -> Movement:
        if given.kind == "static":
            return Movement()
        possible = DIRECTIONS[given.kind]
        return Movement(
            kind=given.kind,
            direction=given.direction if given.direction in possible else self._rng.choice(possible),
            speed="slow" if given.speed == "still" else given.speed,
        )

    def _title(self, given: str) -> str:
        """Nothing when it is not good."""
        title = _clean(given)
        if not title or len(title) > LONGEST_TITLE:
            self._add_problem(f"title: it must have 1 to {LONGEST_TITLE} characters")
        elif _LETTERING.search(title):
            self._add_problem("title: it must not name a brand or a technical term")
        elif words(title) in [words(recent) for recent in self._brief.recent_titles]:
            self._repeats += 1
            self._add_problem("title: there was a clip of this title lately; find another")
        else:
            return title
        return ""

    def _music(self, given: DraftMusic) -> MusicBrief | None:
        mood = _clean(given.mood)
        instruments = tuple(filter(None, map(_clean, given.instruments)))[:MOST_INSTRUMENTS]
        if not mood or not instruments or clip_tokens(" ".join((mood, *instruments))) > CLIP_TOKENS:
            self._add_problem("music: name a mood and one to six instruments, each in a few words")
            return None
        return MusicBrief(
            mood=mood,
            key=given.key,
            mode=given.mode,
            tempo_bpm=round(min(170, max(50, given.tempo_bpm))),
            energy=round(min(1.0, max(0.0, given.energy)), 2),
            instruments=instruments,
            seed=self._rng.getrandbits(32),
        )

    def _timed(self, shots: list[tuple[Shot, float]]) -> tuple[Shot, ...]:
        """Lengths as ``durations`` shares them, the longer ones for the shots that are to be longer."""
        by_wish = sorted(range(len(shots)), key=lambda at: shots[at][1])
        seconds = dict(zip(by_wish, sorted(_lengths(self._brief, len(shots))), strict=True))
        return tuple(
            shot.model_copy(update={"seconds": seconds[at], "transition": shot.transition if at else "cut"})
            for at, (shot, _) in enumerate(shots)
        )


def _clean(text: str) -> str:
    """One line, without characters that do not show and without marks of its own at either end."""
    shown = (char for char in text if unicodedata.category(char) != "Cf")
    line = " ".join("".join(char if char.isprintable() else " " for char in shown).split())
    return line.strip(" .,;:\"'*_#`")


def _without_lettering(text: str) -> str:
    return ", ".join(part for part in text.split(", ") if not _LETTERING.search(part))
