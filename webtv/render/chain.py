"""From a render order to a finished, inspected clip file: the whole chain in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from queue import Full, Queue
from threading import Event

from webtv import __version__
from webtv.domain import Manifest, RenderOrder, Shot
from webtv.postprocess import conform as conforming
from webtv.postprocess.edit import assemble, cut_list
from webtv.postprocess.inspect import Inspection, inspect
from webtv.postprocess.overlay import Overlay
from webtv.render.crew import Crew, Picture

Progress = Callable[[str, float], None]
"""Called with the name of the step and the share of the whole order that is done, 0 to 1."""

_AHEAD = 32
"""Pictures of a shot that may wait: about 57 MB at 1024x576."""
_SHOTS_AT_ONCE = 2


def render(order: RenderOrder, folder: Path, *, init: bytes | None, progress: Progress) -> Manifest:
    """Make ``folder/<order id>.mp4`` and return its manifest.

    ``init`` is the channel's initialisation segment, to which the clip must be equal.

    Raises:
        ClipRejected: the clip was made and is not fit to air; the file is left for quarantine.
        EngineError: an engine could not do its work; no file is left.
    """
    began = time.monotonic()
    path = folder / f"{order.id}.mp4"
    crew, house = Crew(order.engines), order.format

    def pictures_of(shot: Shot, frames: int) -> Iterator[Picture]:
        yield from crew.interpolate(crew.film(shot, house), frames, house)

    with ThreadPoolExecutor(_SHOTS_AT_ONCE + 1) as pool, _Stage(pool) as stage:
        sound = pool.submit(lambda: crew.compose(order.script.music, order.samples))
        shots = [
            stage.run_ahead(pictures_of(order.script.shots[cut.shot], cut.frames)) for cut in cut_list(order)
        ]
        progress("music", 0.02)
        bed = sound.result()
        pictures = _overlaid(assemble(order, shots), Overlay(house, order.label, order.caption))
        try:
            conforming.conform(
                pictures,
                bed,
                house,
                path,
                progress=lambda done: progress("pictures", 0.05 + 0.85 * done / order.frames),
            )
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    progress("checks", 0.92)
    seen = inspect(path, house, order.quanta, init=init)
    progress("done", 1.0)
    return _manifest(
        order,
        seen,
        render_seconds=time.monotonic() - began,
        engines=crew.worked | {"conform": f"libx264 {conforming.VERSION}"},
    )


def _overlaid(pictures: Iterator[Picture], overlay: Overlay) -> Iterator[Picture]:
    for number, picture in enumerate(pictures):
        overlay.draw(picture, number)
        yield picture


def _manifest(
    order: RenderOrder, seen: Inspection, *, render_seconds: float, engines: dict[str, str]
) -> Manifest:
    return Manifest(
        id=order.id,
        channel=order.channel,
        title=order.script.title,
        quanta=order.quanta,
        format=order.format,
        order=order,
        engines=engines,
        prompts=tuple(shot.prompt for shot in order.script.shots),
        theme_revision=order.theme_revision,
        loudness=seen.loudness,
        bytes=seen.size,
        sha256=seen.sha256,
        init_sha256=seen.init_sha256,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        render_seconds=round(render_seconds, 3),
        webtv=__version__,
    )


class _Stage:
    """Runs iterators ahead of their reader on other threads, each by a bounded count of pictures.

    Leaving it stops what still runs, so that a failed order leaves no thread behind.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool, self._struck = pool, Event()

    def __enter__(self) -> _Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._struck.set()

    def run_ahead(self, pictures: Iterator[Picture]) -> Iterator[Picture]:
        queue: Queue[Picture | BaseException | None] = Queue(_AHEAD)
        self._pool.submit(self._fill, pictures, queue)
        return _drain(queue)

    def _fill(self, pictures: Iterator[Picture], queue: Queue[Picture | BaseException | None]) -> None:
        try:
            for picture in pictures:
                if not self._put(queue, picture):
                    return
            self._put(queue, None)
        except BaseException as error:  # raised again where the pictures are read
            self._put(queue, error)

    def _put(
        self, queue: Queue[Picture | BaseException | None], item: Picture | BaseException | None
    ) -> bool:
        while not self._struck.is_set():
            try:
                queue.put(item, timeout=0.2)
            except Full:
                continue
            return True
        return False


def _drain(queue: Queue[Picture | BaseException | None]) -> Iterator[Picture]:
    while (item := queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
