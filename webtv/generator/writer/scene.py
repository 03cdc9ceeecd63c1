"""A scene: the one place, light and look that all shots of a clip share, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from webtv.generator.writer import english
from webtv.generator.writer.fields import Field
from webtv.generator.writer.fields_human import ANY_THEME
from webtv.generator.writer.lexicon import lexicon, phrases
from webtv.generator.writer.look import COLOURS, LIGHTS, LOOKS, TIME_WORDS
from webtv.generator.writer.sorts import SORTS, Sort
from webtv.generator.writer.theme import Part, Theme

_ON = lexicon(
    "beach coast shore island stage rooftop terrace balcony pier dock planet moon horizon road highway "
    "bridge cliff hill boat ship train mountain"
)
_AT_TIMES = lexicon("night dusk dawn midnight noon twilight nightfall sunset sunrise christmas halloween")
_IN_TIMES = lexicon("summer winter autumn fall spring season century year age era")

_AMID_MATTER = phrases(
    "in a labyrinth of {} / in a hall filled with {} / in a landscape made of {} / in a museum of {} / "
    "under a sky full of {} / in a city devoted to {} / on an island of {} / in a dream about {} / in a "
    "garden of {} / in a house full of {} / in a world of {}"
)
_AMID_THE = phrases(
    "in a museum of {} / in a dream about {} / on a stage set for {} / in a city devoted to {}"
)
_AMID_ONE = phrases("in a dream about {} / in the world of {} / in the story of {} / at the heart of {}")
_BESIDE: dict[str, tuple[str, ...]] = {
    "vast": phrases("with {} on the horizon / in view of {} / far below {}"),
    "large": phrases("in the shadow of {} / with {} in the background / not far from {}"),
    "middle": phrases("near {} / with {} in the background / with {} close by"),
    "small": phrases("beside {} / with {} in the foreground / close to {}"),
}
_AMID_MANY = phrases("surrounded by {} / among {} / with {} on every side")
_TRIBUTES: tuple[tuple[str, Sort], ...] = tuple(
    (phrase, SORTS[sort])
    for phrase, sort in (
        ("a monument to {}", "statue"),
        ("a tapestry about {}", "cloth"),
        ("a book about {}", "paper"),
        ("a parade in honour of {}", "crowd"),
        ("a neon sign for {}", "lamp"),
        ("a shrine to {}", "building"),
        ("a mural about {}", "statue"),
    )
)
_AFLOAT = lexicon("fish whale drifter bird craft cloud star fall insect spirit lamp shape")
_ON_FOOT = {"over": "on", "above": "beside"}
_COLLECTIVES = lexicon(
    "school flock herd caravan line column crowd swarm row cloud pair ring parade bloom bed pack "
    "procession colony whirl murmuration tangle thousand drift blizzard bundle couple trio tray string "
    "bank parade"
)


_CLOSE = ("in ", "on ", "at ", "under a sky", "among ")
"""Anchors that follow a spot without a comma."""


@dataclass(frozen=True)
class Subject:
    """``own`` says that it names the theme itself; its ``actions`` are then also the theme's."""

    phrase: str
    sort: Sort
    actions: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True)
class Scene:
    """``cast`` is who the clip is about, ``extras`` who else may come in when it has been seen enough, and
    ``strangers`` when they too have.

    ``spots`` are details of the place; ``anchor`` ties a shot to the theme in the operator's own words.
    """

    field: Field
    time: str
    cast: tuple[Subject, ...]
    extras: tuple[Subject, ...]
    strangers: tuple[Subject, ...]
    spots: tuple[str, ...]
    anchor: str
    palette: str
    style: str
    lights: tuple[str, ...]
    about: Part

    def setting(self, subject: Subject, spot: str, named: bool) -> str:
        """Where ``subject`` is: birds above the spot, mountains beyond it, all else at it.

        ``named`` says that the shot names already what the anchor would.
        """
        preposition, _, detail = spot.partition(" ")
        if subject.sort.name not in _AFLOAT:
            preposition = _ON_FOOT.get(preposition, preposition)
        at = f"{subject.sort.above or preposition} {detail}"
        if named:
            return at
        if subject.sort is self.about.sort and self.about.role == "thing" and self.about.plural:
            return f"{at}, among other {self.about.bare}"
        return f"{at}{' ' if self.anchor.startswith(_CLOSE) else ', '}{self.anchor}"


def plan_scene(theme: Theme, style: str, rng: Random) -> Scene:
    """One scene of the theme; another for each state of ``rng``, always in the channel's own looks."""
    about = _about(theme, rng)
    field = _favoured(theme.fields_of((about,)), rng)
    who = _favoured(theme.fields_of(theme.of("thing") or (about,)), rng)
    anchor = _anchor(about, rng)
    own = _own_subjects(theme, about)
    extras = _players(who)
    leads = rng.sample(own, min(1 if theme.of("thing") else 2, len(own)))
    cast = (*leads, *rng.sample(extras, min(3, len(extras))))
    told = [time for word, time in TIME_WORDS.items() if word in theme.words]
    time = rng.choice(told or field.times)
    looks = Random(f"look/{theme.text}").sample(LOOKS, 3)
    return Scene(
        field=field,
        time=time,
        cast=cast,
        extras=extras,
        strangers=_players(ANY_THEME),
        spots=tuple(rng.sample(field.spots, 2)),
        anchor=anchor,
        palette=_palette(rng.choice(field.palettes), theme.words),
        style=style or rng.choice(looks),
        lights=tuple(rng.sample(LIGHTS[time], len(LIGHTS[time]))),
        about=about,
    )


def _players(field: Field) -> tuple[Subject, ...]:
    return tuple(Subject(phrase, sort, sort.can(_are_many(phrase))) for phrase, sort in field.cast)


def _favoured(fields: tuple[Field, ...], rng: Random) -> Field:
    """Mostly the first of at most three: the field that the theme touches most."""
    best = fields[:3]
    return rng.choices(best, [6, 2, 1][: len(best)])[0]


def _about(theme: Theme, rng: Random) -> Part:
    """The part that every shot's setting names: a place if the theme has one."""
    for parts in (theme.of("place"), theme.of("thing", "matter"), theme.of("time")):
        if parts:
            return rng.choice(parts)
    raise AssertionError("a theme has at least one part")


def _own_subjects(theme: Theme, about: Part) -> list[Subject]:
    """The theme's things as subjects; what cannot act itself gets a thing made in its honour."""
    things = [
        Subject(
            part.phrase,
            part.sort,
            (*[part.action] * 3 * bool(part.action), *part.sort.can(part.plural)),
            own=True,
        )
        for part in theme.of("thing")
    ]
    if things or about.role == "place":
        return things
    return [
        Subject(phrase.format(part.phrase), sort, sort.actions, own=True)
        for part in theme.of("matter")
        for phrase, sort in _TRIBUTES
    ]


def _anchor(part: Part, rng: Random) -> str:
    if part.role == "time":
        return _at_time(part)
    if part.role == "place":
        return f"{_preposition(part)} {part.phrase}"
    if part.role == "thing":
        beside = _BESIDE[part.sort.scale] + _AMID_MANY * part.plural
        return rng.choice(beside).format(part.phrase)
    if part.phrase.startswith(("a ", "an ")):
        return rng.choice(_AMID_ONE).format(part.phrase)
    return rng.choice(_AMID_THE if part.phrase.startswith("the ") else _AMID_MATTER).format(part.phrase)


def _preposition(part: Part) -> str:
    kept = english.IN_PLACE.get(part.before, "")
    if kept:
        return kept
    if part.plural:
        return "among"
    return "on" if part.bare.rpartition(" ")[2] in _ON else "in"


def _at_time(part: Part) -> str:
    head = part.bare.rpartition(" ")[2]
    if part.bare in _AT_TIMES:
        return f"at {part.bare}"
    if english.singular(head) in _IN_TIMES:
        return f"in {part.phrase}"
    return f"on {part.phrase if part.plural or part.phrase != part.bare else english.a(part.bare)}"


def _palette(palette: str, words: frozenset[str]) -> str:
    wished = [colour for colour in sorted(COLOURS) if colour in words and colour not in palette]
    return f"{palette.replace(' and ', ', ')} and {wished[0]} palette" if wished else f"{palette} palette"


def _are_many(phrase: str) -> bool:
    article, _, rest = phrase.partition(" ")
    return article not in ("a", "an", "the") or (" of " in rest and rest.partition(" ")[0] in _COLLECTIVES)
