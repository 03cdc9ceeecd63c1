"""Writers turn a brief into a script. A writer is one file and one row of ``WRITERS``."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Protocol

from webtv.domain import Brief, Script
from webtv.errors import EngineError

WRITERS: dict[str, str] = {
    "grammar": "webtv.generator.writer.grammar:GrammarWriter",
}
"""Name to ``module:class``, imported when asked for and not before."""


class Writer(Protocol):
    async def write(self, brief: Brief) -> Script:
        """A script about ``brief.theme``, its shots unlike ``brief.recent``. Raises EngineError."""
        ...


def load_writer(name: str) -> Writer:
    """The writer of that name, ready to write. Raises EngineError with the nearest valid name."""
    try:
        module, _, cls = WRITERS[name].partition(":")
    except KeyError:
        near = get_close_matches(name, WRITERS, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(sorted(WRITERS))}"
        raise EngineError(f"no writer is called {name!r}; {hint}") from None
    writer: Writer = getattr(import_module(module), cls)()
    return writer
