"""Reading a theme: what it is about, where it plays, what happens in it, which fields it touches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from webtv.generator.writer import english
from webtv.generator.writer.fields import Field
from webtv.generator.writer.fields_human import ANY_THEME, HUMAN
from webtv.generator.writer.fields_nature import NATURE
from webtv.generator.writer.length import clip_tokens
from webtv.generator.writer.lexicon import lexicon
from webtv.generator.writer.sorts import SORT_OF, SORTS, Sort

FIELDS: tuple[Field, ...] = NATURE + HUMAN

LONGEST_PART = 5
"""Words of one part of a theme that a prompt has room for."""

LONGEST_PART_TOKENS = 16
"""CLIP tokens of one part of a theme that a prompt has room for."""

LONGEST_WORD = 20
"""Characters of one word that a prompt has room for; scripts without spaces make long ones."""

LONGEST_ACTION = 7

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[.,;:!?…。、！？，；：\n()\"“”/]")  # noqa: RUF001 - CJK stops
_KANA = re.compile(r"[\u3041-\u30ff]")
_KANJI_OR_KATAKANA = re.compile(r"[\u4e00-\u9fff\u3005]+|[\u30a0-\u30ff]{2,}")
_ANIMALS = lexicon("creature being life animal beast wildlife inhabitant")
_ALIVE = lexicon("fish whale bird insect beast pet person crowd dancer player robot spirit myth")
_CLAUSE_ENDS = lexicon("and or but while that as where when who which")
_SURROUNDING = lexicon("fall cloud water")

Role = Literal["thing", "place", "time", "matter"]


@dataclass(frozen=True)
class Part:
    """A noun phrase of the theme in the operator's own words.

    ``role`` says what it can be in a shot: a ``thing`` of known sort, a ``place``, a ``time``, or ``matter``,
    which is whatever this writer has no idea of. ``phrase`` carries its article, ``bare`` none; ``before`` is
    the operator's preposition, ``action`` what the theme says that it does.
    """

    bare: str
    phrase: str
    role: Role
    sort: Sort
    before: str = ""
    action: str = ""
    plural: bool = False


@dataclass(frozen=True)
class Theme:
    """``fields`` are those that it touches, the most touched first; never empty."""

    text: str
    parts: tuple[Part, ...]
    fields: tuple[Field, ...]
    words: frozenset[str]

    def of(self, *roles: Role) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.role in roles)

    def fields_of(self, parts: tuple[Part, ...]) -> tuple[Field, ...]:
        """Fields that those parts touch, first of what they are (a mountain *village*); all if none."""
        names = {field.name for part in parts for field in _fields(part.bare)}
        nouns = {english.singular(part.bare.casefold().rpartition(" ")[2]) for part in parts}
        touched = (field for field in self.fields if field.name in names)
        return tuple(sorted(touched, key=lambda field: nouns.isdisjoint(field.words))) or self.fields


def read_theme(text: str) -> Theme:
    """Reads a theme in any language; what is not English is used as it stands."""
    words = frozenset(re.findall(r"[^\W_]+", text.casefold()))
    return Theme(text, _parts(text), _fields(text) or (ANY_THEME,), words)


def _fields(text: str) -> tuple[Field, ...]:
    """The fields that a text touches, the most touched first, without those less than half as much.

    Plain "creatures" count only where nothing else does.
    """
    folded = text.casefold()
    tokens = re.findall(r"[^\W_]+", folded)
    stock = {*tokens, *map(english.singular, tokens)}
    known = {field.name: field.words & stock for field in FIELDS}
    stems = {field.name: sum(_has_stem(stem, folded, stock) for stem in field.stems) for field in FIELDS}
    score = {name: 2 * len(known[name]) + stems[name] for name in known}
    hit = sorted((field for field in FIELDS if score[field.name]), key=lambda field: -score[field.name])
    telling = [field for field in hit if known[field.name] - _ANIMALS or stems[field.name]]
    ranked = telling or hit
    return tuple(field for field in ranked if 2 * score[field.name] >= score[ranked[0].name])


def _has_stem(stem: str, folded: str, stock: set[str]) -> bool:
    """A short Latin stem must be a whole word, or "arte" would be found in "party" and its like."""
    return stem in stock if len(stem) < 5 and stem.isascii() else stem in folded


@dataclass(frozen=True)
class _Run:
    """Content words read so far, until something ends them."""

    before: str = ""
    article: str = ""
    words: tuple[str, ...] = ()
    action: str = ""


def _parts(text: str) -> tuple[Part, ...]:
    tokens = _TOKEN.findall(text)
    known = english.seems_english([token.casefold() for token in tokens])
    if _KANA.search(text):
        runs = [_Run(words=(word,)) for word in _KANJI_OR_KATAKANA.findall(text) if len(word) > 1]
    else:
        runs = _runs([_uncapital(token) for token in tokens] if known else tokens)
    spoken = [run for run in runs if len(run.words) > 1 or not english.says_little(run.words[0])]
    whole = _Run(words=tuple(text.split()[:LONGEST_PART]) or ("nothing at all",))
    return tuple(dict.fromkeys(_part(run, known) for run in spoken or runs or [whole]))


def _uncapital(token: str) -> str:
    return token.lower() if token.istitle() else token


def _runs(tokens: list[str]) -> list[_Run]:
    """Cuts a theme into its noun phrases at function words, stops and verbs."""
    runs: list[_Run] = []
    run = _Run()
    for at, token in enumerate(tokens):
        word = token.casefold()
        if run.words and (word == "of" or (run.words[-1] == "of" and word in english.ARTICLES)):
            run = _Run(run.before, run.article, (*run.words, token))
        elif word in english.GLUE or not token[0].isalnum():
            article = word if word in english.ARTICLES else ""
            before = word if word in english.IN_PLACE else run.before if article and not run.words else ""
            runs.append(run)
            run = _Run(before, article)
        elif not run.words and at and english.is_loose_verb(word):
            continue
        elif run.words and (doing := _doing(word, run)):
            runs.append(_Run(run.before, run.article, run.words, _action(doing, tokens[at + 1 :])))
            run = _Run()
        else:
            run = _Run(run.before, run.article, (*run.words, token))
    runs.append(run)
    return [run for run in map(_trimmed, runs) if run.words]


def _trimmed(run: _Run) -> _Run:
    words = run.words
    while words and (words[-1] == "of" or words[-1] in english.ARTICLES):
        words = words[:-1]
    head = words.index("of") if "of" in words else len(words)
    words = words[max(0, head - LONGEST_PART) :][: LONGEST_PART + 2]
    return _Run(run.before, run.article, tuple(word[:LONGEST_WORD] for word in words), run.action)


def _doing(word: str, run: _Run) -> str:
    """The participle of ``word``, if it is what the noun before it does; else ""."""
    if english.is_participle(word):
        return word
    noun = run.words[-1]
    sort = SORT_OF.get(english.singular(noun))
    alive = bool(run.article) or (sort is not None and sort.name in _ALIVE)
    return english.participle(word) if english.is_verb_after(word, noun, alive) else ""


def _action(doing: str, following: list[str]) -> str:
    """The rest of the clause after a participle, as far as a prompt has room."""
    ends = (
        at for at, token in enumerate(following) if not token[0].isalnum() or token.casefold() in _CLAUSE_ENDS
    )
    clause = following[: next(ends, len(following))]
    words = [doing, *(token[:LONGEST_WORD] for token in clause[: LONGEST_ACTION - 1])]
    if len(clause) >= LONGEST_ACTION:
        last = max((at for at, word in enumerate(words) if word in english.IN_PLACE), default=1)
        words = words[:last]
    while words[-1].casefold() in english.GLUE and len(words) > 1:
        words.pop()
    return " ".join(words)


def _part(run: _Run, known: bool) -> Part:
    run = _Run(run.before, run.article, _short(run.words), run.action)
    bare = " ".join(run.words)
    head = run.words[run.words.index("of") - 1] if "of" in run.words[1:] else run.words[-1]
    noun = english.singular(head.casefold())
    sort = SORT_OF.get(noun, SORTS["thing"])
    role = _role(run.before, noun, sort) if known else "matter"
    if role == "thing" and noun in _ANIMALS:
        fields = _fields(bare)
        sort = SORTS[fields[0].creature] if fields else sort
    plural = known and english.is_plural(head.casefold())
    return Part(
        bare, _with_article(run, bare, head.casefold(), role), role, sort, run.before, run.action, plural
    )


def _short(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that matter most, the last, as far as ``LONGEST_PART_TOKENS`` reach."""
    while clip_tokens(" ".join(words)) > LONGEST_PART_TOKENS:
        words = words[1:] if len(words) > 1 else (words[0][: -max(1, len(words[0]) // 4)],)
    return words


def _role(before: str, noun: str, sort: Sort) -> Role:
    if noun in english.TIMES:
        return "time"
    there = before in english.IN_PLACE and before not in ("from", "to", "toward", "towards")
    if noun in english.PLACES and (there or noun not in SORT_OF or noun in english.ONLY_ONE):
        return "place"
    if noun in SORT_OF:
        return (
            "place" if there and (sort.scale in ("large", "vast") or sort.name in _SURROUNDING) else "thing"
        )
    return "matter"


def _with_article(run: _Run, bare: str, head: str, role: Role) -> str:
    if run.article:
        return f"{run.article} {bare}"
    if role == "place":
        return english.the_place(bare, head)
    if role == "thing" and not english.is_plural(head) and head not in english.MASS:
        return english.a(bare)
    return bare
