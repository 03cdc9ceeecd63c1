"""Words and phrases that must not air: those that come with webtv, and the operator's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

from webtv.errors import ConfigError

_LEET = str.maketrans("0345789@$€", "oeastbgase")
_LETTERS_IN_MARKS = re.compile(r"[^\W_]+(?:[-._*'\u2019|/+~][^\W_]+)+")
"""Words with marks between their letters, as ``po-rn``."""
_SPELLED = re.compile(r"(?<!\w)(?:\w[\s\-._*'\u2019|/+~]+){2,}\w(?!\w)")
"""Letters that stand alone, three and more, as ``s e x``."""
_LONG = re.compile(r"(\w)\1{2,}")
_MIXED = re.compile(r"(?=\w*[a-z])(?=\w*[\u0370-\u04ff])\w+")
_LOOKALIKES = str.maketrans("авеіјкмнорсѕтухԁɡαεικνορτυχ", "abeijkmhopcstyxdgaeikvoptux")
"""Cyrillic and Greek letters that look Latin, replaced in words that have Latin ones too."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no space between words: entries in them match anywhere."""


class Blocklist:
    """Matches whole words after folding case, accents, look-alike characters and marks between letters."""

    def __init__(self, lines: Iterable[str]) -> None:
        entries = sorted({pattern for line in lines if (pattern := _pattern(line))})
        self._pattern = re.compile("|".join(entries)) if entries else None

    @classmethod
    def read(cls, own: Path | None = None) -> Blocklist:
        """The list that comes with webtv, and the lines of the file ``own``.

        Raises ConfigError when that cannot be read: without it unwanted things could air.
        """
        lines = resources.files(__package__).joinpath("blocklist.txt").read_text("utf-8").splitlines()
        if own is not None:
            try:
                lines += own.read_text("utf-8-sig").splitlines()
            except OSError as error:
                raise ConfigError([f"blocklist: {own} cannot be read: {error.strerror}."]) from None
            except UnicodeDecodeError:
                raise ConfigError([f"blocklist: {own} is not UTF-8 text. Save it as UTF-8."]) from None
        return cls(lines)

    def find(self, text: str) -> str | None:
        """What of ``text`` must not air, as it was folded for the comparison."""
        if self._pattern is None:
            return None
        for view in _views(text):
            if found := self._pattern.search(view):
                return found[0]
        return None


def _pattern(line: str) -> str | None:
    entry = line.partition("#")[0].strip()
    words = _spaced(_folded(entry))
    if not words:
        return None
    if _UNSPACED.search(words):
        return re.escape(words)
    further = r"\w*" if entry.endswith("*") else ""
    return rf"(?<!\w){re.escape(words)}{further}(?!\w)"


def _folded(text: str) -> str:
    """Case-folded; without accents and characters of no width; compatible forms as the plain ones."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in apart if unicodedata.category(char) not in ("Mn", "Cf"))
    return _MIXED.sub(lambda word: word[0].translate(_LOOKALIKES), kept)


def _spaced(text: str) -> str:
    """The words of a folded text with one space between them."""
    return " ".join(re.findall(r"[^\W_]+", text))


def _views(text: str) -> Iterator[str]:
    """The text as it may be read: as it stands, digits as letters, split words joined, long letters short."""
    plain = _folded(text)
    for form in dict.fromkeys((plain, _as_letters(plain, "i"), _as_letters(plain, "l"))):
        joined = _SPELLED.sub(lambda run: _joined(run[0]), form)
        joined = _LETTERS_IN_MARKS.sub(lambda run: _joined(run[0]), joined)
        for view in dict.fromkeys((form, joined, _LONG.sub(r"\1", joined))):
            yield _spaced(view)


def _as_letters(text: str, one: str) -> str:
    """Digits and signs read as the letters that they look like, in words that have letters."""
    marks = {ord("1"): one, ord("!"): one}
    return re.sub(
        r"[\w@$€!]*[^\W\d_][\w@$€!]*\w", lambda word: word[0].translate(_LEET).translate(marks), text
    )


def _joined(run: str) -> str:
    return "".join(re.findall(r"[^\W_]+", run))
