"""Structured logs: coloured lines on a terminal, JSON otherwise."""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TextIO, cast

import structlog

LogFormat = Literal["auto", "console", "json"]


@dataclass(frozen=True)
class Line:
    """One line of the log. ``number`` counts from 1 since the start."""

    number: int
    level: str
    event: str
    when: str
    fields: dict[str, str | int | float | bool | None]


class Tail:
    """The last lines of the log, for people to see."""

    def __init__(self, most: int = 500) -> None:
        self._lines: deque[Line] = deque(maxlen=most)
        self.number = 0
        """Of the newest line."""

    def since(self, number: int) -> list[Line]:
        """The lines after the one of that number, oldest first; all there are when it is of another start."""
        if number > self.number:
            number = 0
        return [line for line in self._lines if line.number > number]

    def __call__(self, _: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """A processor that remembers and changes nothing."""
        fields = {name: _plain(value) for name, value in event.items() if name not in _APART}
        if error := _error_of(event.get("exc_info")):
            fields["exception"] = f"{type(error).__name__}: {error}"
        self.number += 1
        when = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._lines.append(
            Line(self.number, str(event.get("level", "")), str(event.get("event", "")), when, fields)
        )
        return event


_APART = ("event", "level", "timestamp", "exc_info")
TAIL = Tail()
"""Of this process: there is one log."""


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


class _Forgiving:
    """A log that cannot be written, on a full disk or to a reader that left, must not end air."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure(level: str = "info", form: LogFormat = "auto") -> None:
    """Set up logging to standard error. ``auto`` is ``console`` on a terminal and ``json`` elsewhere.

    NO_COLOR in the environment (https://no-color.org) keeps a terminal's lines plain.
    """
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        TAIL,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
    ]
    if console:
        # Other traces show the variables of each frame, and keys and tokens are among them.
        traces = structlog.dev.plain_traceback
        processors.append(structlog.dev.ConsoleRenderer(colors=coloured, exception_formatter=traces))
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Forgiving(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
