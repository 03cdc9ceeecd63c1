"""The engines of one worker, each made when it is first asked for and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webtv.errors import EngineError
from webtv.generator.video import load_video_backend
from webtv.models.host import Host
from webtv.postprocess.interpolate import load_interpolator
from webtv.postprocess.music import load_musician
from webtv.postprocess.screen import load_screener

_LOADERS: dict[str, Callable[[str, Host], Any]] = {
    "video": load_video_backend,
    "interpolator": load_interpolator,
    "musician": load_musician,
    "screener": load_screener,
}
"""By step."""


class Roster:
    """Engines that share a host. Safe to use from several threads."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._engines: dict[tuple[str, str], Any] = {}

    def engine(self, step: str, name: str) -> Any:
        """The engine of that name. Raises what its making raises; it is then made anew next time."""
        if step not in _LOADERS:
            raise EngineError(f"there is no step called {step!r}")
        made = self._engines.get((step, name))
        if made is not None:
            return made
        # Model libraries load parts of themselves when first used, which two threads must not do at once.
        with self.host.turn():
            if (step, name) not in self._engines:
                self._engines[step, name] = _LOADERS[step](name, self.host)
            return self._engines[step, name]
