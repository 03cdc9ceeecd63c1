"""How alike two prompts are, so that a channel does not show the same picture twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from webtv.generator.writer.lexicon import lexicon

TOO_ALIKE = 0.5
"""Prompts at or above this likeness are near-duplicates.

The same subject doing the same thing comes to 0.5 or more, however lit and framed; two shots of one clip that
share only place, palette and look come to about 0.25.
"""

HEAD_SHARE = 0.5
"""How much subject and action count in a likeness: that is what a viewer recognises."""

_WORD = re.compile(r"[^\W_]+")
_GRAMMAR = lexicon(
    "a an the of in on at by to and or with from into as if its under over near beside camera shot view"
)


def words(text: str) -> frozenset[str]:
    """The case-folded words of a text that carry meaning."""
    return frozenset(_WORD.findall(text.casefold())) - _GRAMMAR


@dataclass(frozen=True)
class Fingerprint:
    """A prompt's words: those up to its first comma (subject and action), and the others."""

    head: frozenset[str]
    rest: frozenset[str]


def fingerprint(prompt: str, given: frozenset[str] = frozenset()) -> Fingerprint:
    """Of a prompt without the words ``given`` by theme and style: what every shot has tells none apart."""
    subject, _, others = prompt.partition(",")
    head = words(subject)
    return Fingerprint(head - given or head, words(others) - given)


def likeness(a: Fingerprint, b: Fingerprint) -> float:
    """0 (no word shared) to 1: the mean of the heads' cosine and the rests', weighted by ``HEAD_SHARE``."""
    return HEAD_SHARE * _cosine(a.head, b.head) + (1 - HEAD_SHARE) * _cosine(a.rest, b.rest)


def _cosine(a: frozenset[str], b: frozenset[str]) -> float:
    """Of two sets as binary vectors (Ochiai's coefficient)."""
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


def greatest_likeness(candidate: Fingerprint, seen: Iterable[Fingerprint], enough: float = 1.0) -> float:
    """Likeness to the nearest of ``seen``, or to the first that reaches ``enough``; 0 if there is none."""
    greatest = 0.0
    for other in seen:
        greatest = max(greatest, likeness(candidate, other))
        if greatest >= enough:
            break
    return greatest
