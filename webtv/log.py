"""Structured logs: coloured lines on a terminal, JSON otherwise."""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import structlog

LogFormat = Literal["auto", "console", "json"]


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
        processors.append(structlog.dev.ConsoleRenderer(colors=coloured))
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
