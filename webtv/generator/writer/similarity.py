"""How alike two prompts are, so that a channel does not show the same picture twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

TOO_ALIKE = 0.5
"""Prompts at or above this likeness are near-duplicates.

The same subject doing the same thing elsewhere, otherwise lit and framed, comes to about 0.5; two shots of one
clip that share only place, palette and look to about 0.3.
"""

HEAD_WEIGHT = 4
"""A word of the subject and its action counts this often: that is what a viewer recognises."""

_WORD = re.compile(r"[^\W_]+")
_GRAMMAR = frozenset(
    "a an the of in on at by to and or with from into as if its under over near beside camera shot view".split()
)


def words(text: str) -> frozenset[str]:
    """The case-folded words of a text that carry meaning."""
    return frozenset(_WORD.findall(text.casefold())) - _GRAMMAR


@dataclass(frozen=True)
class Fingerprint:
    """``head`` are the words up to the first comma (subject and action), ``all`` those of the whole prompt."""

    head: frozenset[str]
    all: frozenset[str]


def fingerprint(prompt: str, given: frozenset[str] = frozenset()) -> Fingerprint:
    """Of a prompt without the words in ``given``: those that theme and style put into every shot say nothing."""
    return Fingerprint(words(prompt.partition(",")[0]) - given, words(prompt) - given)


def likeness(a: Fingerprint, b: Fingerprint) -> float:
    """Cosine of the two word sets, words of the head counting ``HEAD_WEIGHT`` times: 0 (nothing shared) to 1."""
    extra = HEAD_WEIGHT - 1
    norm = sqrt((len(a.all) + extra * len(a.head)) * (len(b.all) + extra * len(b.head)))
    if norm == 0:
        return 1.0 if a == b else 0.0
    return (len(a.all & b.all) + extra * len(a.head & b.head)) / norm


def greatest_likeness(candidate: Fingerprint, seen: Iterable[Fingerprint], enough: float = 1.0) -> float:
    """Likeness to the nearest of ``seen``, or to the first found that reaches ``enough``; 0 if there is none."""
    greatest = 0.0
    for other in seen:
        greatest = max(greatest, likeness(candidate, other))
        if greatest >= enough:
            break
    return greatest
