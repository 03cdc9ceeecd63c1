"""The device as a worker shares it out: an engine that waits for it is not taken for one that hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from webtv.models.host import Host, Model
from webtv.render.progress import current_run


class TimedHost(Host):
    """A host that stops an engine's clock while it waits, and marks it as loading while it loads.

    An engine of a cancelled order waits no longer.
    """

    def _wait_for_turn(self, who: int) -> None:
        if (run := current_run()) is None:
            super()._wait_for_turn(who)
            return
        with run.paused():
            self._turns.take(who, while_waiting=run.raise_if_cancelled)

    @contextmanager
    def using(self, key: str, load: Callable[[], Model]) -> Iterator[Model]:
        run = current_run()

        def timed_load() -> Model:
            with run.loading() if run else nullcontext():
                return load()

        with super().using(key, timed_load) as model:
            yield model
