"""Everything that is left to chance, decided by SHA-256 so that every machine and every run agree."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def number(*parts: object) -> int:
    """A stable 64-bit number for ``parts``."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def pick(choices: Sequence[T], *parts: object) -> T:
    """One of ``choices``, always the same for the same ``parts``."""
    return choices[number(*parts) % len(choices)]


def generator(*parts: object) -> np.random.Generator:
    """A generator whose stream depends on ``parts`` alone."""
    return np.random.default_rng(number(*parts))
