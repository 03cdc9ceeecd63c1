"""Titles of clips: short, and as a person would name a scene."""

from __future__ import annotations

from random import Random

from webtv.domain import Shot
from webtv.generator.writer.lexicon import lexicon
from webtv.generator.writer.look import TIME_TITLES
from webtv.generator.writer.scene import Scene
from webtv.generator.writer.theme import Theme

LONGEST_TITLE = 44
"""Characters; longer ones do not fit on a phone's one line."""

_PREPOSITIONS = lexicon("in at by")
_SMALL = lexicon("a an the of in on at by to and or with from into as for about")
_ABOUT = (
    "{about}{time}",
    "{about}{time}",
    "notes on {the_about}",
    "postcards: {about}",
    "a short film about {the_about}",
    "thinking of {the_about}",
    "{about}, part {number}",
    "in praise of {the_about}",
)
_SEEN = ("{seen}{time}", "{seen}{time}", "portrait of {the_seen}")


def title_for(theme: Theme, scene: Scene, shot: Shot, rng: Random) -> str:
    """A title from the scene's field, the theme's own words or who is seen first."""
    about = rng.choice(theme.parts)
    time = rng.choice(TIME_TITLES[scene.time])
    names = {
        "about": about.bare,
        "the_about": about.phrase,
        "time": f" {time}" if time.partition(" ")[0].casefold() in _PREPOSITIONS else f", {time}",
        "seen": _without_article(shot.subject),
        "the_seen": shot.subject,
        "number": rng.choice(("two", "three", "four", "five", "seven")),
    }
    drafts = [
        rng.choice(_ABOUT).format(**names),
        rng.choice(_SEEN).format(**names),
        rng.choice(scene.field.titles),
    ]
    rng.shuffle(drafts)
    fit = (draft for draft in drafts if len(draft) <= LONGEST_TITLE and not _says_a_word_twice(draft))
    return titled(next(fit, scene.field.titles[0]))


def _says_a_word_twice(phrase: str) -> bool:
    """As "rain in the rain" does, where who is seen and the time of day share a word."""
    words = [word for word in phrase.casefold().replace(",", "").split() if word not in _SMALL]
    return len(set(words)) < len(words)


def titled(phrase: str) -> str:
    """In title case: small words small, unless they come first; letters that are already capital stay."""
    words = phrase.split()
    return " ".join(
        word.lower() if at and word.lower() in _SMALL else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


def _without_article(phrase: str) -> str:
    first, _, rest = phrase.partition(" ")
    return rest if first in ("a", "an", "the") and rest else phrase
