"""From a render order to a finished, inspected and screened clip file: the whole chain in one process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from webtv import __version__
from webtv.domain import Manifest, RenderOrder
from webtv.errors import ClipRejected
from webtv.models.turns import Turns
from webtv.postprocess import conform as conforming
from webtv.postprocess.edit import assemble, cut_list
from webtv.postprocess.inspect import Inspection, inspect
from webtv.postprocess.overlay import Overlay
from webtv.postprocess.screen.sample import Sampler
from webtv.render.crew import Crew, Picture
from webtv.render.progress import EngineRun
from webtv.render.stage import Stage

_ENCODER = f"libx264 {conforming.VERSION}"


def render(
    order: RenderOrder,
    folder: Path,
    *,
    init: bytes | None,
    crew: Crew | None = None,
    turns: Turns | None = None,
) -> Manifest:
    """Make ``folder/<order id>.mp4`` and return its manifest.

    ``init`` is the channel's initialisation segment, to which the clip must be equal. Orders that are made at
    once share ``turns``: one films, and the others encode, inspect and screen meanwhile.

    Raises:
        ClipRejected: the clip was made and is not fit to air; the file is left for quarantine.
        EngineError: an engine could not do its work; no file is left.
        Cancelled: the order was cancelled in the crew's progress; no file is left.
    """
    began = time.monotonic()
    crew = crew or Crew(order.engines)
    path = folder / f"{order.id}.mp4"
    sampler = Sampler(order.frames, order.format.fps)
    try:
        _conform(order, path, crew, sampler, turns or Turns())
        with EngineRun(crew.progress, "inspect", "inspect") as run:
            seen = inspect(path, order.format, order.quanta, init=init)
            run.report(1.0)
        crew.screen(sampler.kept)
        crew.progress.raise_if_cancelled()
    except ClipRejected:
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return _manifest(
        order,
        seen,
        render_seconds=time.monotonic() - began,
        engines=crew.worked | {"conform": _ENCODER},
    )


def _conform(order: RenderOrder, path: Path, crew: Crew, sampler: Sampler, turns: Turns) -> None:
    house = order.format
    with Stage(order, crew, turns) as stage:
        sound = stage.sound(order.script.music, order.samples)
        shots = stage.pictures(cut_list(order))
        bed = sound.result()
        pictures = _overlaid(assemble(order, shots), Overlay(house, order.label, order.caption))
        run = EngineRun(crew.progress, "conform", "libx264")

        def progress(count: int) -> None:
            run.report(count / order.frames)

        with run:
            conforming.conform(sampler.watching(_awaited(pictures, run)), bed, house, path, progress=progress)


def _awaited(pictures: Iterator[Picture], run: EngineRun) -> Iterator[Picture]:
    """``pictures``, for which the encoder waits in its own time."""
    while True:
        with run.paused():
            picture = next(pictures, None)
        if picture is None:
            return
        yield picture


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
