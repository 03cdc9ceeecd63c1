"""What makes clips of orders: a child of the daemon, a unit that systemd starts, one day another machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from webtv.domain import RenderOrder
from webtv.errors import EngineError
from webtv.models.settings import HostSettings
from webtv.render.artefacts import Artefact
from webtv.render.health import Health
from webtv.render.messages import Running

OnProgress = Callable[[str, str, float], None]
"""Called with the step, its engine and the finished share of the order, 0 to 1."""


class ExecutorLostError(EngineError):
    """An executor ended, or had to be ended.

    ``at_work`` names the engines that may be why, ``order_id`` the order whose engines they are: None when it
    may have been any, and empty when it was none.
    """

    def __init__(
        self, message: str, at_work: tuple[Running, ...] = (), *, order_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.at_work, self.order_id = at_work, order_id

    def blames(self, order_id: str) -> bool:
        """Whether that order may be why."""
        return self.order_id in (None, order_id)


class Executor(Protocol):
    """One device's engines, wherever they are. Orders and what is made travel as bytes: no path is shared.

    Once a method has raised ``ExecutorLostError`` all do, and it makes nothing any more.
    """

    device: str
    """By which its engines are known in ``health``."""
    at_once: int
    """How many orders it takes at once. More only wait."""
    health: Health
    """Which engines rest. It notes there those that fail, and those that work."""

    async def render(self, order: RenderOrder, init: bytes | None, on_progress: OnProgress) -> Artefact:
        """Make a clip whose initialisation segment is ``init``.

        Cancelled, it ends when the order has been let go, and nothing is left of it.

        Raises:
            ClipRejected: the clip was made, lies in the artefact store, and is not fit to air.
            ExecutorLostError: see there; nothing is left of the order.
            EngineError: it could not be made; nothing is left of it.
        """

    async def check(self, step: str, engine: str) -> str:
        """Why an engine does not work, or nothing when it does. Raises ExecutorLostError."""

    async def lost(self) -> None:
        """Returns when it has ended by itself."""

    def raise_if_lost(self) -> None:
        """Raises ExecutorLostError."""

    async def close(self) -> None:
        """End it, whatever it has in hand: those orders raise ExecutorLostError, which blames none."""


StartExecutor = Callable[[HostSettings], Awaitable[Executor]]
"""Has one started for a device. Raises OSError, of which TimeoutError is one."""
