"""Takes from a remote Gradio Space, called with ``run(prompt, seed, frames, steps)``.

So the first AI WebTV filmed (https://huggingface.co/blog/ai-webtv): from a duplicated Zeroscope Space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from webtv.domain import Rung, Shot, Take
from webtv.engines import Engine
from webtv.errors import EngineError
from webtv.generator.video.space.video import pictures_of
from webtv.generator.video.space.visit import Visit
from webtv.models.settings import SpaceSettings

FRAMES = 24
STEPS: dict[Rung, int] = {"draft": 20, "standard": 35, "full": 50}
"""35 is what the first AI WebTV asked for; Zeroscope Spaces offer 10 to 50."""
SEEDS = 1_000_000
"""Spaces offer seeds by a slider and refuse those beyond its end, which is here for those that film with
Zeroscope, and further off for others."""


class Space(Engine):
    """Video backend ``space``. It films at the Space's own size; ``host.settings.space`` names the Space."""

    name = "space"
    version = 1
    batch = 1
    learned = True

    def film(
        self,
        shots: Sequence[Shot],
        *,
        width: int,
        height: int,
        rung: Rung = "standard",
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Take]:
        """See ``VideoBackend.film``. Each take has ``timeout_s``, from the first request to the last byte."""
        for number, shot in enumerate(shots):

            def report(done: float, before: int = number) -> None:
                if progress is not None:
                    progress((before + done) / len(shots))

            yield self._take(shot, STEPS[rung], report)

    def check(self) -> None:
        """Connect, and find the endpoint: nothing is filmed."""
        with Visit(self._settings, lambda _done: None) as visit:
            visit.find_endpoint()

    @property
    def _settings(self) -> SpaceSettings:
        settings = self.host.settings.space
        if settings is None:
            raise EngineError("the engine space needs a section `space:` with a url in webtv.yaml")
        return settings

    def _take(self, shot: Shot, steps: int, report: Callable[[float], None]) -> Take:
        with Visit(self._settings, report) as visit:
            video = visit.run(shot.prompt, shot.seed % SEEDS, FRAMES, steps)
        try:
            frames = pictures_of(video, at_least=FRAMES // 2)
        except EngineError as error:
            raise EngineError(f"Space {self._settings.url}: {error}") from error
        report(1.0)
        return Take(frames, fps=len(frames) / shot.seconds)
