"""One clip to a file, for ``webtv render``."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from webtv.clock import SystemClock
from webtv.config import ChannelConfig, StationConfig
from webtv.errors import WebtvError
from webtv.render.chain import render
from webtv.render.crew import Crew
from webtv.render.messages import OrderEvent, Progressed
from webtv.render.newsroom import Newsroom
from webtv.render.orders import brief_for, order_for
from webtv.render.progress import OrderProgress


def render_file(theme: str, style: str, *, seconds: float, shots: int, seed: int, output: Path) -> str:
    """Make a clip in the default house format; returns its manifest as JSON.

    Raises:
        WebtvError: the file cannot be written, the theme has words that must not air, or the clip could not
            be made.
    """
    if not output.parent.is_dir():
        raise WebtvError(f"{output.parent} is not a folder. Make it first, or choose another with -o")
    config = ChannelConfig(
        id="render",
        title="render",
        theme=theme,
        style=style,
        seed=seed,
        clip_seconds=seconds,
        shots_per_clip=shots,
    )
    newsroom = Newsroom.of(StationConfig(), SystemClock())
    script, writer = asyncio.run(newsroom.write(config, brief_for(config, 0, ())))
    order = order_for(config, script, writer)
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".webtv-render-") as folder, _bar() as bar:
            task = bar.add_task(order.script.title, total=1.0)

            def show(event: OrderEvent) -> None:
                if isinstance(event, Progressed):
                    bar.update(task, completed=event.done)

            manifest = render(
                order, Path(folder), init=None, crew=Crew(order.engines, progress=OrderProgress(show))
            )
            (Path(folder) / f"{order.id}.mp4").replace(output)
    except OSError as error:
        raise WebtvError(f"{output} cannot be written: {error.strerror}") from error
    return manifest.model_dump_json(indent=1)


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
