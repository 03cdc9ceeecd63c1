"""Loads engines by name: each is a row of the catalogue, and imported on demand."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any, ClassVar

from webtv.errors import EngineError
from webtv.models.catalogue import CATALOGUE, Family, of_family
from webtv.models.faults import explained
from webtv.models.host import Host


class Engine:
    """Base of the engines that run in a worker: video backends, interpolators, musicians, screeners."""

    name: ClassVar[str]
    version: ClassVar[int]
    """Goes up whenever equal work would give other bytes."""

    def __init__(self, host: Host | None = None) -> None:
        self.host = host or Host()

    def check(self) -> None:
        """Find out whether the engine can work, as cheaply as will tell; models load their weights.

        Called after a failure, while another engine stands in. Raises EngineError.
        """


def load_engine(family: Family, name: str, *given: Any) -> Any:
    """A new engine, made with what is ``given``.

    Raises EngineError for an unknown name, with the nearest one that there is, and for an engine whose
    libraries are not installed here.
    """
    names = of_family(family)
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(sorted(names))}"
        raise EngineError(f"there is no {family} engine called {name!r}; {hint}")
    module, _, maker = CATALOGUE[name].place.partition(":")
    try:
        return getattr(import_module(module), maker)(*given)
    except ImportError as error:
        raise explained(name, error, "") from error
