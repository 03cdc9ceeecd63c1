"""``webtv render``: one clip, without a station."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webtv.cli.options import epilog

app = typer.Typer()


@app.command(
    epilog=epilog(
        "render --theme 'Whales of light crossing a midnight sea'",
        "render --theme 'Comets over ice moons' --seconds 8 --shots 2 --seed 7 -o comets.mp4",
        exits="0 ok, 1 the clip cannot be made or written",
        files="the clip; its manifest is printed as JSON",
    )
)
def render(
    theme: Annotated[str, typer.Option(help="What the clip shows, in your own words.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the MP4 file goes.")] = Path(
        "clip.mp4"
    ),
    style: Annotated[str, typer.Option(help="How it looks.")] = "",
    seconds: Annotated[float, typer.Option(min=4, max=60, help="Length; rounded to whole quanta.")] = 12.8,
    shots: Annotated[int, typer.Option(min=1, max=12, help="How many shots are cut together.")] = 4,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same clip.")] = 0,
) -> None:
    """Make one clip from a theme, without a station."""
    from webtv.render.single import render_file

    typer.echo(render_file(theme, style, seconds=seconds, shots=shots, seed=seed, output=output))
