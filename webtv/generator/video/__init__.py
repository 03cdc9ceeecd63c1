"""Shots become takes. A backend is one module and one row of the catalogue, loaded when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, cast

from webtv.domain import Rung, Shot, Take
from webtv.engines import load_engine
from webtv.models.host import Host


class VideoBackend(Protocol):
    """Makes takes; ``webtv.engines.Engine`` is its base. Called from several threads at once."""

    name: str
    version: int
    """Goes up whenever the pixels of an unchanged shot change."""
    batch: int
    """How many shots one call of ``film`` does best at once."""
    learned: bool
    """Whether the pictures come from a trained model, which may show what must not air."""

    def film(
        self,
        shots: Sequence[Shot],
        *,
        width: int,
        height: int,
        rung: Rung = "standard",
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Take]:
        """Yield one take of each shot, in order, each as soon as it is made.

        ``width`` and ``height`` are the house format's: a backend films at the size nearest to it that it is
        good at, and the interpolator brings takes to the house size. A take is (F, H, W, 3) uint8 RGB and its
        frames cover all of ``shot.seconds``. Equal calls give equal takes on one machine; a shot alone
        and in company, takes that are equal but for rounding. ``progress`` is told the finished part of all
        shots, rising to 1; it raises Cancelled when the order is withdrawn, which a backend lets pass. Raises
        EngineError.
        """
        ...

    def check(self) -> None: ...


def load_video_backend(name: str, host: Host | None = None) -> VideoBackend:
    """The backend called ``name``. Raises EngineError, which names the nearest valid one."""
    return cast("VideoBackend", load_engine("video", name, host))
