"""The device that engines run on: where their weights lie, and which models it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from webtv.errors import EngineError
from webtv.models.settings import HostSettings

if TYPE_CHECKING:
    import torch

Model = TypeVar("Model")


class Host:
    """One worker's device. Safe to use from several threads; one model is at work at a time."""

    def __init__(self, settings: HostSettings | None = None) -> None:
        self.settings = settings or HostSettings()
        self._lock = RLock()
        self._held: dict[str, Any] = {}

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
        """
        folder = self.settings.folder / repository
        if not folder.is_dir():
            raise EngineError(f"weights of {repository} are missing")
        return folder

    @contextmanager
    def using(self, key: str, load: Callable[[], Model]) -> Iterator[Model]:
        """The model called ``key`` on the device, loaded if need be, and nobody else at work meanwhile.

        ``load`` returns a module or pipeline (whatever has ``to(device)``) in main memory. Other models make
        room when memory is short. Hold it for one piece of work, never across a ``yield``.

        Raises:
            EngineError: a library is missing, weights are damaged, or the device's memory does not suffice.
        """
        with self._lock:
            if key not in self._held:
                model: Any = load()
                self._held[key] = model.to(self.device)
            yield self._held[key]
