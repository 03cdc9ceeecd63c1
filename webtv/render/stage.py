"""Where a clip's pictures are made, ahead of the encoder: filming on one thread, interpolation on two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Full, Queue
from threading import Event, Lock, Semaphore
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from webtv.domain import MusicBrief, RenderOrder, Take
from webtv.models.turns import Turns
from webtv.postprocess.edit import Cut
from webtv.render.crew import Crew, Picture
from webtv.render.slow_motion import slowed

_PICTURES_AHEAD = 32
"""Pictures of a shot that may wait: about 57 MB at 1024x576."""
_SHOTS_AT_ONCE = 2
_TAKES_AHEAD = 2
"""Takes that may wait for an interpolator while the next one is filmed."""
_LOOK_UP_S = 0.2

Item = TypeVar("Item")
Pictures = Queue[Picture | BaseException]


class Stage:
    """Makes sound and pictures of one order on threads of its own, each bounded in how far it runs ahead.

    Enter it when it is the order's turn to film. The next order has its turn when all takes and the music are
    made, or this one fails. Leaving it cancels the order for whoever is still at work on it, and waits for
    their threads.
    """

    def __init__(self, order: RenderOrder, crew: Crew, turns: Turns) -> None:
        self._order, self._crew, self._turns = order, crew, turns
        self._pool = ThreadPoolExecutor(2 + _SHOTS_AT_ONCE)
        self._struck = Event()
        self._room = Semaphore(_SHOTS_AT_ONCE + _TAKES_AHEAD)
        self._parts_left = 2
        self._lock = Lock()

    def __enter__(self) -> Stage:
        self._turns.take(self, while_waiting=self._crew.progress.raise_if_cancelled)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._struck.set()
        if kind is not None:
            self._crew.progress.cancel()
        self._pool.shutdown()
        self._leave_device(parts=2)

    def sound(self, brief: MusicBrief, samples: int) -> Future[NDArray[np.float32]]:
        composing = self._pool.submit(self._crew.compose, brief, samples)
        composing.add_done_callback(lambda _: self._leave_device())
        return composing

    def pictures(self, cuts: Sequence[Cut]) -> list[Iterator[Picture]]:
        """An iterator of the pictures of each cut; what goes wrong is raised where they are read."""
        queues = [Pictures(_PICTURES_AHEAD) for _ in cuts]
        filming = self._pool.submit(self._film, cuts, queues)
        filming.add_done_callback(lambda _: self._leave_device())
        return [_drained(queue, cut.frames) for queue, cut in zip(queues, cuts, strict=True)]

    def _leave_device(self, parts: int = 1) -> None:
        """So many of the two parts that need the device are over."""
        with self._lock:
            before, self._parts_left = self._parts_left, max(0, self._parts_left - parts)
            if before and not self._parts_left:
                self._turns.give_back(self)

    def _film(self, cuts: Sequence[Cut], queues: Sequence[Pictures]) -> None:
        shots = [self._order.script.shots[cut.shot] for cut in cuts]
        number = 0
        try:
            takes = self._crew.film(shots, self._order.format, self._order.rung)
            for number, (shot, cut) in enumerate(zip(shots, cuts, strict=True)):
                if not self._wait_for_room():
                    return
                take = slowed(next(takes), shot.slow_motion)
                self._pool.submit(self._interpolate, take, cut.frames, queues[number])
        except BaseException as error:  # raised again where the pictures are read
            self._put(queues[number], error)

    def _interpolate(self, take: Take, frames: int, queue: Pictures) -> None:
        try:
            for picture in self._crew.interpolate(take, frames, self._order.format):
                if not self._put(queue, picture):
                    return
        except BaseException as error:
            self._put(queue, error)
        finally:
            self._room.release()

    def _wait_for_room(self) -> bool:
        while not self._struck.is_set():
            if self._room.acquire(timeout=_LOOK_UP_S):
                return True
        return False

    def _put(self, queue: Pictures, item: Picture | BaseException) -> bool:
        while not self._struck.is_set():
            try:
                queue.put(item, timeout=_LOOK_UP_S)
            except Full:
                continue
            return True
        return False


def _drained(queue: Pictures, frames: int) -> Iterator[Picture]:
    for _ in range(frames):
        item = queue.get()
        if isinstance(item, BaseException):
            raise item
        yield item
