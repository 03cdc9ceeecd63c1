"""Words and phrases that must not air: those that come with webtv, and the operator's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

from webtv.errors import ConfigError

_LEET = str.maketrans("0345789@$€", "oeastbgase")
_MARKS = r"\-._*'\u2019|/+~"
_LETTERS_IN_MARKS = re.compile(rf"(?<![^\W_])[^\W_]+(?:[{_MARKS}]{{1,3}}[^\W_]+)+")
"""Words with marks between their letters, as ``po-rn``. Letters and marks have nothing in common, here and
below: else a row of underscores could be read in so many ways that the match would not end, and air with it.
"""
_SPELLED = re.compile(rf"(?<![^\W_])(?:[^\W_][\s{_MARKS}]+){{2,}}[^\W_](?![^\W_])")
"""Letters that stand alone, three and more, as ``s e x``."""
_LONG = re.compile(r"(\w)\1{2,}")
_LOOKALIKES = str.maketrans(
    "авеіјкмнорсѕтухԁɡɑıαεικνορτυχᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "abeijkmhopcstyxdgaiaeikvoptuxabcdefghijklmnoprstuvwyz",
)
"""Cyrillic and Greek letters and small capitals that look like plain Latin ones."""
_BLANK = "\u115f\u1160\u2800"
"""Letters and signs that show nothing."""
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
    """Case-folded; without accents and characters that do not show; compatible forms as the plain ones."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(
        char for char in apart if unicodedata.category(char) not in ("Mn", "Me", "Cf") and char not in _BLANK
    )


def _spaced(text: str) -> str:
    """The words of a folded text with one space between them."""
    return " ".join(re.findall(r"[^\W_]+", text))


def _views(text: str) -> Iterator[str]:
    """The text as it may be read: as it stands, its look-alikes as Latin letters, digits as letters, split
    words joined, long letters short."""
    plain = _folded(text)
    readings = (plain, plain.translate(_LOOKALIKES))
    forms = [form for base in readings for form in (base, _as_letters(base, "i"), _as_letters(base, "l"))]
    for form in dict.fromkeys(forms):
        joined = _SPELLED.sub(lambda run: _joined(run[0]), form)
        joined = _LETTERS_IN_MARKS.sub(lambda run: _joined(run[0]), joined)
        for view in dict.fromkeys((form, joined, _LONG.sub(r"\1", joined))):
            yield _spaced(view)


def _as_letters(text: str, one: str) -> str:
    """Digits and signs read as the letters that they look like, in words that have letters."""
    signs = _LEET | {ord("1"): one, ord("!"): one}

    def read(word: re.Match[str]) -> str:
        letters = word[0].rstrip("!")
        return letters.translate(signs) if any(map(str.isalpha, letters)) else word[0]

    return re.sub(r"[\w@$€!]+", read, text)


def _joined(run: str) -> str:
    return "".join(re.findall(r"[^\W_]+", run))
