"""Loads engines by name. A family of engines is a table: name to ``module:class``, imported on demand."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from webtv.errors import EngineError


def load_engine(family: str, table: Mapping[str, str], name: str) -> Any:
    """A new engine. Raises EngineError for an unknown name, with the nearest one that there is."""
    place = table.get(name)
    if place is None:
        near = get_close_matches(name, table, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of: {', '.join(sorted(table))}"
        raise EngineError(f"there is no {family} called {name!r}; {hint}")
    module, _, maker = place.partition(":")
    return getattr(import_module(module), maker)()
