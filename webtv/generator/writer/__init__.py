"""Writers turn a brief into a script. A writer is one file and one row of ``WRITERS``."""

from __future__ import annotations

from typing import Protocol, cast

from webtv.domain import Brief, Script
from webtv.engines import load_engine

WRITERS: dict[str, str] = {
    "grammar": "webtv.generator.writer.grammar:GrammarWriter",
}
"""Name to ``module:class``, imported when asked for and not before."""


class Writer(Protocol):
    name: str
    version: int
    """Raised whenever an unchanged brief gives another script."""

    async def write(self, brief: Brief) -> Script:
        """A script about ``brief.theme``, its shots unlike ``brief.recent``. Raises EngineError."""
        ...


def load_writer(name: str) -> Writer:
    """The writer of that name, ready to write. Raises EngineError with the nearest valid name."""
    return cast("Writer", load_engine("writer", WRITERS, name))
