"""Keeping prompts within what CLIP reads."""

from __future__ import annotations

import re
from math import ceil

from webtv.domain import Shot

CLIP_TOKENS = 75
"""CLIP's text model has 77 positions; two are its start and end marks."""

_PIECE = re.compile(r"[^\W_]+|[^\w\s]|_")


def clip_tokens(text: str) -> int:
    """About how many tokens CLIP's tokenizer makes of a text; rather too many than too few.

    English words of up to eight letters are nearly always one token; those of other scripts fall apart into
    about two tokens for each three bytes of UTF-8.
    """
    return sum(
        ceil(len(piece) / 8) if piece.isascii() else ceil(len(piece.encode()) * 2 / 3)
        for piece in _PIECE.findall(text)
    )


def within_clip_length(shot: Shot) -> Shot:
    """The shot, its style, then light, then setting cut at word ends until CLIP reads it all."""
    for part in ("style", "light", "setting"):
        excess = clip_tokens(shot.prompt) - CLIP_TOKENS
        if excess <= 0:
            break
        shot = shot.model_copy(update={part: _cut(str(getattr(shot, part)), excess)})
    return shot


def _cut(text: str, excess: int) -> str:
    """The text shorter by at least ``excess`` tokens, but for a first character."""
    goal = clip_tokens(text) - excess
    while clip_tokens(text) > goal and len(text) > 1:
        head, blank, _ = text.rpartition(" ")
        text = head if blank and head else text[:-1]
    return text.rstrip(" ,;:")
