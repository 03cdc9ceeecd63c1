"""How vocabulary is written down in these files."""

from __future__ import annotations


def lexicon(text: str) -> frozenset[str]:
    """Words written with blanks between them."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """Phrases written with ``/`` between them, over as many lines as needed."""
    return tuple(" ".join(phrase.split()) for phrase in text.split("/"))
