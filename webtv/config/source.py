"""The text of a configuration file, and how its lines are shown in an error."""

from __future__ import annotations

import codecs
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from webtv.config.rtmp import visible_length
from webtv.errors import ConfigError

MAX_BYTES = 64 * 1024
_SHOWN_COLUMNS = 96
_LINE_BREAK = re.compile("[\n\x85\u2028\u2029]")  # as YAML counts lines
_RTMP = re.compile(r"rtmps?:[^\s'\"]+", re.IGNORECASE)
_KEY_SHAPED = re.compile(r"\blive_[0-9]+_\w+|\b\w{4}(?:-\w{4}){3,4}\b")  # as those of Twitch and YouTube are
_SECRETIVE = re.compile(r"target|key|secret|token|passw|credential", re.IGNORECASE)
_BEFORE_VALUE = re.compile(r"\s*(?:- +)*(?:[A-Za-z_]{1,20} *:(?: |$))?\s*")


@dataclass(frozen=True)
class Place:
    """Where something stands in a file; ``line`` and ``column`` count from 0."""

    line: int
    column: int
    width: int = 1


@dataclass(repr=False)
class Source:
    """A file's text. ``shown`` has the lines as errors may quote them: whatever may be a secret is masked."""

    path: Path
    text: str
    folder: Path | None = None
    """Where relative paths start, if not at the file's own folder: of a draft, where it is meant for."""
    reads_secrets: bool = True
    """Whether the secrets that it names are read. Where they are not, their paths stand for them."""
    lines: list[str] = field(init=False)
    shown: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = _LINE_BREAK.split(self.text)
        self.shown = [_KEY_SHAPED.sub(_masked_url, _RTMP.sub(_masked_url, line)) for line in self.lines]

    def mask(self, start: Place, end: Place) -> None:
        """Hide a value that may be a secret, save for the part of an RTMP URL that names the server."""
        for number in range(start.line, min(end.line + 1, len(self.lines))):
            raw = self.lines[number]
            first = start.column if number == start.line else 0
            last = end.column if number == end.line else len(raw)
            first += len(raw[first:last]) - len(raw[first:last].lstrip(" '\""))
            first += visible_length(raw[first:last])
            line = self.shown[number]
            self.shown[number] = line[:first] + _stars(raw[first:last]) + line[last:]

    def mask_unparsed(self) -> None:
        """Hide all values from the first line that speaks of targets or secrets; for what is not YAML."""
        hidden = False
        for number, line in enumerate(self.shown):
            hidden = hidden or _SECRETIVE.search(line) is not None
            if not hidden:
                continue
            start = _BEFORE_VALUE.match(line)
            shown = start.end() if start else 0
            self.shown[number] = line[:shown] + _stars(line[shown:])

    def problem(self, place: Place, text: str, note: str = "") -> str:
        """``path:line:column: text``, the offending line with carets below, and a note."""
        lines = [f"{self.path}:{place.line + 1}:{place.column + 1}: {text}"]
        line = self.shown[place.line].rstrip() if place.line < len(self.shown) else ""
        number = f"{place.line + 1:>5}"
        margin = " " * len(number)
        if line.strip():
            shown, carets = _excerpt(line, place)
            lines += [f"{number} | {shown}", f"{margin} | {carets}"]
        if note:
            lines.append(f"{margin} = {note}")
        return "\n".join(lines)


def read_source(path: Path) -> Source:
    """Read a file as UTF-8 text; raises ConfigError, naming the place of the first byte that is not."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError([f"{path}: is not a file."])
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{path}: {_link(path)}cannot be read: {error.strerror}."]) from None
    if len(data) > MAX_BYTES:
        raise ConfigError(
            [f"{path}: is longer than {MAX_BYTES // 1024} KiB, far more than this file can need."]
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError([f"{path}:1:1: the file is UTF-16. Save it as UTF-8."])
    if data.startswith(codecs.BOM_UTF8):
        raise ConfigError(
            [f"{path}:1:1: the file begins with a byte order mark. Save it as UTF-8 without BOM."]
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        byte = data[error.start]
        raise ConfigError(
            [f"{path}:{line}:{column}: the byte 0x{byte:02x} is not UTF-8. Save the file as UTF-8."]
        ) from None
    return Source(path, text.replace("\r\n", "\n").replace("\r", "\n"))


def _link(path: Path) -> str:
    try:
        return f"is a link to {path.readlink()}, which "
    except OSError:
        return ""


def _excerpt(line: str, place: Place) -> tuple[str, str]:
    """The line, cut to a window around the place, and carets under the place."""
    start = max(0, place.column - _SHOWN_COLUMNS * 2 // 3) if len(line) > _SHOWN_COLUMNS else 0
    cut = line[start : start + _SHOWN_COLUMNS]
    shown = "".join(char if char.isprintable() else " " for char in cut)
    if start:
        shown = "…" + shown[1:]
    if start + _SHOWN_COLUMNS < len(line):
        shown += "…"
    column = place.column - start
    carets = max(1, min(_columns(shown[column : column + place.width]), _SHOWN_COLUMNS - column))
    return shown, " " * _columns(shown[:column]) + "^" * carets


def _columns(text: str) -> int:
    """Width in a terminal, where East Asian wide characters take two columns and combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _masked_url(match: re.Match[str]) -> str:
    keep = visible_length(match[0])
    return match[0][:keep] + _stars(match[0][keep:])


def _stars(text: str) -> str:
    """Same length, so that columns stay true."""
    return re.sub(r"[^\s'\",\]}]", "*", text)
