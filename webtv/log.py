"""Structured logs: coloured lines on a terminal, JSON otherwise."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog

LogFormat = Literal["auto", "console", "json"]


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
