"""Fields of life that a theme can belong to, and what each brings to the picture and the sound."""

from __future__ import annotations

from dataclasses import dataclass

from webtv.generator.writer.lexicon import lexicon, phrases
from webtv.generator.writer.sorts import SORTS, Sort

Cast = tuple[tuple[str, Sort], ...]


@dataclass(frozen=True)
class Field:
    """One field's vocabulary. ``words`` are English words (singular) that tell the field; ``stems``
    are parts of words in other languages, found anywhere in the case-folded theme. ``cast`` holds
    subjects with their article and their sort; ``creature`` is the sort of a theme's plain
    "creatures" here. ``spots`` begin with a preposition of one word. ``energy`` is 0 to 1, ``bright``
    -1 (dark) to 1 (sunny)."""

    name: str
    words: frozenset[str]
    stems: tuple[str, ...]
    cast: Cast
    spots: tuple[str, ...]
    times: tuple[str, ...]
    palettes: tuple[str, ...]
    titles: tuple[str, ...]
    moods: tuple[str, ...]
    energy: float
    bright: float
    creature: str


def field(  # noqa: PLR0913 - one line of a table with named columns
    name: str,
    *,
    words: str,
    stems: str,
    cast: dict[str, str],
    spots: str,
    times: str,
    palettes: str,
    titles: str,
    moods: str,
    energy: float,
    bright: float,
    creature: str = "beast",
) -> Field:
    people = tuple((who, SORTS[sort]) for sort, names in cast.items() for who in phrases(names))
    return Field(
        name,
        lexicon(words),
        tuple(stems.split()),
        people,
        phrases(spots),
        tuple(times.split()),
        phrases(palettes),
        phrases(titles),
        phrases(moods),
        energy,
        bright,
        creature,
    )
