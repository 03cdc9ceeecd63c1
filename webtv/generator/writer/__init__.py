"""Writers turn a brief into a script. A writer is one file and one row of the catalogue."""

from __future__ import annotations

from typing import Protocol, cast

from webtv.domain import Brief, Script
from webtv.engines import load_engine
from webtv.generator.writer.openai_service import Service
from webtv.models.catalogue import CATALOGUE, of_family

OFFLINE = frozenset(name for name in of_family("writer") if CATALOGUE[name].self_reliant)
"""Writers with a vocabulary that people have read. The others are made with a service, and a model finds
their words, so that these are not used until they are moderated."""


class Writer(Protocol):
    name: str
    version: int
    """Raised whenever an unchanged brief gives another script."""

    async def write(self, brief: Brief) -> Script:
        """A script about ``brief.theme``, its shots unlike ``brief.recent``. Raises EngineError."""
        ...


class OnlineWriter(Writer, Protocol):
    async def check(self) -> None:
        """Ask the service for as little as tells whether it answers. Raises EngineError."""
        ...


def load_writer(name: str, service: Service | None = None) -> Writer:
    """The writer of that name, ready to write.

    Raises EngineError: there is none, with the nearest valid name, or it needs a ``service``.
    """
    return cast("Writer", load_engine("writer", name, *(() if name in OFFLINE else (service,))))
