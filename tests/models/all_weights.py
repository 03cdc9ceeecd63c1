"""Tiny random weights of every model, in one folder, each laid out as its repository is.

Those of an engine are saved by ``save_NAME(folder)`` in ``tests/models/tiny_NAME.py``.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from webtv.models.catalogue import with_weights


def save(engine: str, folder: Path) -> Path:
    """The weights of one engine. Returns the folder."""
    getattr(import_module(f"tests.models.tiny_{engine}"), f"save_{engine}")(folder)
    return folder


def save_all(folder: Path) -> Path:
    """The weights of all engines. Returns the folder."""
    for engine in with_weights():
        save(engine, folder)
    return folder
