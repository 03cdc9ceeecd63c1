"""Shots become takes. A backend is one module and one row in the table, loaded when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from webtv.domain import Shot, Take
from webtv.engines import load_engine

VIDEO_BACKENDS: dict[str, str] = {
    "procedural": "webtv.generator.video.procedural:Procedural",
}
"""Name of each backend and where its class is."""


class VideoBackend(Protocol):
    """Makes takes.

    ``version`` must be raised whenever the pixels of an unchanged shot change. ``make`` may be called from
    several threads at once.
    """

    name: str
    version: int

    def make(
        self,
        shot: Shot,
        *,
        frames: int = 24,
        width: int = 576,
        height: int = 320,
        progress: Callable[[float], None] | None = None,
    ) -> Take:
        """Picture ``shot`` as ``frames`` frames that cover all of ``shot.seconds``.

        The take has (frames, height, width, 3) uint8 RGB at ``frames / shot.seconds`` frames a second.
        ``progress`` is told the finished part, rising to 1. Raises EngineError.
        """
        ...


def load_video_backend(name: str) -> VideoBackend:
    """The backend called ``name``. Raises EngineError, which names the nearest valid one."""
    return cast("VideoBackend", load_engine("video backend", VIDEO_BACKENDS, name))
