"""What ``ltx`` and ``wan`` share: one pipeline of diffusers films one shot per call."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from webtv.domain import Rung, Shot, Take
from webtv.engines import Engine
from webtv.generator.video.diffusion import Meter, as_take, native_size, shortage_forgiven


@dataclass(frozen=True)
class Effort:
    """What a rung spends on a take."""

    pixels: int
    """Of a frame, at most about."""
    frames: int
    """At most."""
    fps: float
    """At which a shot is filmed while ``frames`` suffice."""
    steps: int


@dataclass(frozen=True)
class TakePlan:
    """One call of the pipeline."""

    shot: Shot
    width: int
    height: int
    frames: int
    steps: int

    @property
    def fps(self) -> float:
        """The rate at which the frames cover the shot."""
        return self.frames / self.shot.seconds


StepDone = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]
"""diffusers' ``callback_on_step_end``."""


class PipelineEngine(Engine):
    """A video backend around one pipeline. A shot alone fills a GPU, so each call films one."""

    batch = 1
    learned = True
    rungs: ClassVar[Mapping[Rung, Effort]]
    multiple: ClassVar[int]
    """Sides of a frame are whole multiples of it."""
    stride: ClassVar[int]
    """Frames to a latent: a video has a multiple of it, and one."""

    @abstractmethod
    def load(self) -> Any:
        """The pipeline, in main memory. Raises EngineError and whatever the libraries raise."""

    @abstractmethod
    def call(self, pipe: Any, plan: TakePlan, step_done: StepDone) -> torch.Tensor:
        """The video of ``plan``, (F, 3, H, W) in [0, 1]."""

    @abstractmethod
    def spare(self, pipe: Any) -> None:
        """Make ``pipe`` decode piece by piece from now on, which takes less memory and more time."""

    @property
    def dtype(self) -> torch.dtype:
        """bfloat16 on a GPU: what the weights were trained and published in, and T5 overflows in float16."""
        return torch.float32 if self.host.device == "cpu" else torch.bfloat16

    def film(
        self,
        shots: Sequence[Shot],
        *,
        width: int,
        height: int,
        rung: Rung = "standard",
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Take]:
        """See ``VideoBackend.film``."""
        steps = self.rungs[rung].steps
        meter = Meter(progress, len(shots) * (steps + 1))  # decoding counts as a step
        for shot in shots:
            plan = self.plan(shot, width, height, rung)
            take = self._take(plan, meter)
            meter.finish(steps + 1)
            yield take

    def check(self) -> None:
        with self.host.using(self.name, self.load):
            pass

    def plan(self, shot: Shot, width: int, height: int, rung: Rung) -> TakePlan:
        """What to ask of the model for ``shot`` in a house of that size."""
        effort = self.rungs[rung]
        wide, high = native_size(width, height, pixels=effort.pixels, multiple=self.multiple)
        latents = round((min(shot.seconds * effort.fps, effort.frames) - 1) / self.stride)
        return TakePlan(shot, wide, high, max(1, latents) * self.stride + 1, effort.steps)

    def _take(self, plan: TakePlan, meter: Meter) -> Take:
        with shortage_forgiven():  # other models then make room, and this one takes less
            return self._attempt(plan, meter, spare=False)
        return self._attempt(plan, meter, spare=True)

    def _attempt(self, plan: TakePlan, meter: Meter, *, spare: bool) -> Take:
        def step_done(_pipe: Any, step: int, _timestep: Any, _tensors: dict[str, Any]) -> dict[str, Any]:
            meter.at(step + 1)
            return {}

        with self.host.using(self.name, self.load) as pipe:
            if spare:
                self.spare(pipe)
            return as_take(self.call(pipe, plan, step_done), plan.shot.seconds)
