"""The device that engines run on: where their weights lie, and which models it holds."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from webtv.errors import Cancelled
from webtv.models.catalogue import CATALOGUE
from webtv.models.faults import explained, out_of_memory
from webtv.models.memory import bytes_of, free_in_main_memory, free_on_gpu, moved, release
from webtv.models.settings import HostSettings
from webtv.models.store import folder_of
from webtv.models.turns import Turns

if TYPE_CHECKING:
    import torch

Model = TypeVar("Model")
_GB = 10**9
_OF_MAIN_MEMORY = 0.5
"""What models may take of it; the rest is for their work, and for the next one to be loaded."""


@dataclass
class _Held:
    model: Any
    size: int
    """Bytes of its weights."""
    on_device: bool


class Host:
    """One worker's device. Safe to use from several threads; one model is at work at a time, in turn."""

    def __init__(self, settings: HostSettings | None = None) -> None:
        self.settings = settings or HostSettings()
        self._turns = Turns()
        self._held: dict[str, _Held] = {}
        """By key, the least recently used first."""
        self._at_work: list[str] = []

    @property
    def device(self) -> str:
        return self.settings.device

    @property
    def half(self) -> torch.dtype:
        """float16 on a GPU; float32 on a CPU, which is slow at half precision."""
        import torch  # noqa: PLC0415 - only a worker with models loads torch

        return torch.float32 if self.device == "cpu" else torch.float16

    def weights(self, repository: str) -> Path:
        """The folder of a repository's weights, laid out as on the hub.

        Raises:
            EngineError: they are not there, or need ``accept_noncommercial``; the message says what to do.
            LookupError: the catalogue does not have the repository.
        """
        return folder_of(
            self.settings.folder, repository, accept_noncommercial=self.settings.accept_noncommercial
        )

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else uses the device, or makes ready to, meanwhile. Given in the order of asking."""
        who = get_ident()
        self._wait_for_turn(who)
        try:
            yield
        finally:
            self._turns.give_back(who)

    def _wait_for_turn(self, who: int) -> None:
        self._turns.take(who)

    @contextmanager
    def using(self, key: str, load: Callable[[], Model]) -> Iterator[Model]:
        """The model called ``key`` on the device, loaded if need be, and nobody else at work meanwhile.

        ``key`` begins with the engine's name, as in ``zeroscope XL``, or is a repository of the catalogue.
        ``load`` returns a module or pipeline (whatever has ``to(device)``) in main memory. Other models make
        room when memory is short. Hold it for one piece of work, never across a ``yield``.

        What the work itself raises goes through as it is; when it ran out of memory, models that are not at
        work have made room before the caller gets to try again.

        Raises:
            EngineError: a library is missing, weights are damaged, or the device's memory does not suffice.
        """
        with self.turn():
            try:
                model = self._bring(key, load)
            except Cancelled:
                raise
            except Exception as error:  # libraries raise what they like
                raise explained(_engine_of(key), error, self.device, loading=True) from error
            self._at_work.append(key)
            try:
                yield model
            except Exception as error:
                if out_of_memory(error):
                    self.empty()
                raise
            finally:
                self._at_work.pop()

    def empty(self) -> None:
        """Free what can be: models that are not at work leave the device; torch keeps nothing for later."""
        with self.turn():
            for key in self._idle():
                self._move_out(key)
            release(self.device)

    def _bring(self, key: str, load: Callable[[], Any]) -> Any:
        try:
            return self._placed(key, load)
        except Exception as error:
            if not out_of_memory(error):
                raise
            if isinstance(error, MemoryError):
                self._drop_parked()
        # Out of the handler, where the error no longer holds the tensors that did not fit.
        self.empty()
        return self._placed(key, load)

    def _placed(self, key: str, load: Callable[[], Any]) -> Any:
        held = self._held.pop(key, None)
        if held is None:
            _draw_no_bars()
            model = load()
            held = _Held(model, bytes_of(model), on_device=False)
        if not held.on_device:
            self._make_room(_engine_of(key), held.size)
            held.model = moved(held.model, self.device)
            held.on_device = True
        self._held[key] = held  # last, as the most recently used
        return held.model

    def _make_room(self, engine: str, size: int) -> None:
        for key in self._idle():
            if self._fits(engine, size):
                return
            self._move_out(key)
            release(self.device)

    def _fits(self, engine: str, size: int) -> bool:
        """By a budget, weights count; by what a GPU has free, what the work takes beside them does too."""
        budget = self._budget()
        if budget is not None:
            return self._taken(on_device=True) + size <= budget
        if self.device == "cpu":
            return True
        record = CATALOGUE.get(engine)
        return free_on_gpu(self.device) >= max(size, record.vram_gb * _GB if record else 0)

    def _budget(self) -> float | None:
        """Bytes that weights may take on the device, where somebody said so."""
        if self.settings.memory_gb is not None:
            return self.settings.memory_gb * _GB
        if self.device == "cpu" and self.settings.main_memory_gb is not None:
            return _OF_MAIN_MEMORY * self.settings.main_memory_gb * _GB
        return None

    def _taken(self, *, on_device: bool) -> int:
        return sum(held.size for held in self._held.values() if held.on_device == on_device)

    def _idle(self) -> list[str]:
        """Keys of the models that are on the device and not at work, the least recently used first."""
        return [key for key, held in self._held.items() if held.on_device and key not in self._at_work]

    def _may_wait(self, size: int) -> bool:
        free: float = free_in_main_memory()
        if self.settings.main_memory_gb is not None:
            free = min(free, self.settings.main_memory_gb * _GB - self._taken(on_device=False))
        return size <= _OF_MAIN_MEMORY * free

    def _drop_parked(self) -> None:
        """Models that wait in main memory are loaded anew when next asked for."""
        self._held = {key: held for key, held in self._held.items() if held.on_device}

    def _move_out(self, key: str) -> None:
        """To main memory where the device has its own and there is room enough, or away."""
        held = self._held[key]
        if self.device == "cpu" or not self._may_wait(held.size):
            del self._held[key]
            return
        held.model = moved(held.model, "cpu")
        held.on_device = False


def _draw_no_bars() -> None:
    """Libraries draw a bar for each part that they load, which makes a worker's log hard to read."""
    if hub := sys.modules.get("huggingface_hub"):
        hub.utils.disable_progress_bars()  # which transformers heeds when it is imported later
    for name in ("diffusers", "transformers"):
        if library := sys.modules.get(name):
            library.utils.logging.disable_progress_bar()


def _engine_of(key: str) -> str:
    for record in CATALOGUE.values():
        if any(weights.repository == key for weights in record.weights):
            return record.name
    named = re.match(r"\w+", key)
    return named[0] if named else key
