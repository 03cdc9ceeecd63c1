"""Typefaces for titles and labels, on machines that have none.

Inter (SIL Open Font License, OFL.txt) lies beside this file and covers Latin with all its accents, Greek and
Cyrillic; Pillow's built-in face has no letter beyond ASCII. A text with other characters is set in the first
Noto or DejaVu face of the system that has all of them; where there is none, accents and forms are dropped
(NFKD) and what is left uncovered is left out. Pictures of such texts therefore depend on the machine.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

Weight = Literal["display", "text"]

_HERE = Path(__file__).parent
_BUNDLED: dict[Weight, Path] = {
    "display": _HERE / "InterDisplay-Light.otf",
    "text": _HERE / "Inter-Medium.otf",
}
_SYSTEM = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
)
_PATTERNS = ("DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoSans*-Regular.[to]t[fc]")
_NOT_A_CHARACTER = "\uffff"
ELLIPSIS = "…"


@dataclass(frozen=True)
class Line:
    """One line of text that its face can draw. ``tracking`` is extra space after each letter, in pixels."""

    text: str
    font: FreeTypeFont
    tracking: float = 0.0

    @property
    def width(self) -> float:
        return self.font.getlength(self.text) + self.tracking * max(0, len(self.text) - 1)

    @property
    def height(self) -> int:
        ascent, descent = self.font.getmetrics()
        return ascent + descent

    def mask(self, margin: int = 0) -> Image.Image:
        """Coverage as an "L" image, with ``margin`` pixels of nothing all around."""
        image = Image.new("L", (int(self.width) + 2 + 2 * margin, self.height + 2 * margin))
        draw = ImageDraw.Draw(image)
        if not self.tracking:
            draw.text((margin, margin), self.text, fill=255, font=self.font)
        for index, letter in enumerate(self.text if self.tracking else ""):
            # the length of what stands before includes its kerning
            before = self.font.getlength(self.text[: index + 1]) - self.font.getlength(letter)
            draw.text((margin + before + index * self.tracking, margin), letter, fill=255, font=self.font)
        return image


def line(text: str, weight: Weight, size: float, *, width: float, tracking_em: float = 0.0) -> Line:
    """``text`` at ``size`` pixels, ended with an ellipsis where it would be wider than ``width`` pixels.

    Line breaks become spaces. Scripts whose letters join are never tracked.
    """
    path, text = _face_for(" ".join(text.split()), weight)
    font = ImageFont.truetype(path, size)
    tracking = tracking_em * size if path == _BUNDLED[weight] else 0.0
    whole = Line(text, font, tracking)
    if whole.width <= width:
        return whole
    kept = text
    while kept and Line(kept + ELLIPSIS, font, tracking).width > width:
        kept = kept[:-1].rstrip()
    return Line(kept + ELLIPSIS if kept else "", font, tracking)


def undrawable(text: str, weight: Weight) -> str:
    """The characters of ``text`` that are left out when it is drawn, in their order and each once.

    Raises OSError when a typeface that comes with webtv cannot be read.
    """
    path, _ = _face_for(text, weight)
    return "".join(char for char in dict.fromkeys(text) if not _covers(path, char))


@lru_cache(maxsize=256)
def _face_for(text: str, weight: Weight) -> tuple[Path, str]:
    """The face to set ``text`` in, and what of it can be set."""
    bundled = _BUNDLED[weight]
    if _covers(bundled, text):
        return bundled, text
    for path in _system_faces():
        if _covers(path, text):
            return path, text
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bundled, " ".join("".join(c for c in plain if _covers(bundled, c)).split())


@lru_cache(maxsize=1)
def _system_faces() -> tuple[Path, ...]:
    return tuple(path for pattern in _PATTERNS for root in _SYSTEM for path in sorted(root.rglob(pattern)))


def _covers(path: Path, text: str) -> bool:
    # basic layout looks up each character by itself, as a coverage test must
    font = ImageFont.truetype(path, 24, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask(_NOT_A_CHARACTER))
    return all(c == " " or bytes(font.getmask(c)) != missing for c in set(text))
