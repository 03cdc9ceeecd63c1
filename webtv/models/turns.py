"""A lock that is given in the order in which it was asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from threading import Condition

_LOOK_UP_S = 0.2


class Turns:
    """Whoever waits longest is next: a plain lock may go to its last holder again and again.

    Safe to use from several threads. Who has the turn may take it again, and gives it back as often.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._queue: deque[Hashable] = deque()
        """Who has the turn, and who waits for it, in order."""
        self._depth = 0

    def take(self, who: Hashable, *, while_waiting: Callable[[], None] = lambda: None) -> None:
        """Returns when it is the turn of ``who``. What ``while_waiting`` raises gives up the place."""
        with self._changed:
            if self._queue and self._queue[0] == who:
                self._depth += 1
                return
            self._queue.append(who)
            try:
                while self._queue[0] != who:
                    while_waiting()
                    self._changed.wait(_LOOK_UP_S)
            except BaseException:
                self._queue.remove(who)
                self._changed.notify_all()
                raise
            self._depth = 1

    def give_back(self, who: Hashable) -> None:
        with self._changed:
            if not self._queue or self._queue[0] != who:
                raise RuntimeError(f"it is not the turn of {who}")
            self._depth -= 1
            if not self._depth:
                self._queue.popleft()
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many wait behind whoever has the turn."""
        with self._changed:
            return max(0, len(self._queue) - 1)
