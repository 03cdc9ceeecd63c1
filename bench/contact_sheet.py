"""Draw ``docs/contact-sheet.jpg``: what the procedural backend makes of prompts, a family a row.

    python bench/contact_sheet.py [OUT.jpg]

Prints a table with the median time of a take in each family, on one core.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from time import thread_time

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from webtv.domain import Movement, Shot
from webtv.generator.video.procedural import Procedural
from webtv.generator.video.procedural.words import look_of

OUT = Path(__file__).parent.parent / "docs" / "contact-sheet.jpg"
CELL = (314, 174)
LABEL = 17
GAP = 4

ROWS: dict[str, str] = {
    "terrain": (
        "alpine peaks and a lone climber / a camel caravan on desert dunes / a red mesa canyon / a "
        "sea of clouds from a balloon / an iceberg on the glacier"
    ),
    "ocean": (
        "a long ocean swell / a still lake / breakers in a gale, the storm raging / an ocean at the "
        "horizon / a calm bay lagoon"
    ),
    "reef": (
        "a bloom of jellyfish / a school of fish on a shoal / kelp and seagrass / glass jellyfish "
        "medusa / a trout shoal of fish"
    ),
    "skyline": (
        "skyscrapers downtown / an old church spire and chimneys / a venice canal quay / a metropolis "
        "of neon towers / a medieval castle town"
    ),
    "forest": (
        "pine and fir in the taiga / a birch trunk in the jungle / a misty ridge and valley / a wolf "
        "among fir trees / an oak canopy and moss"
    ),
    "aurora": (
        "aurora borealis on a fjord lake / aurora on the tundra snowfield / northern polar lights "
        "lake / an igloo, tundra aurora / reindeer under the aurora borealis lake"
    ),
    "nebula": (
        "a nebula and its galaxy / an alien planet / ringed saturn and its rings / an interstellar "
        "nebula / the planet mars and a probe"
    ),
    "flock": (
        "a murmuration of starlings / wild geese on migration / butterflies and moths / a swarm of "
        "swallows / a butterfly, a dragonfly"
    ),
    "bloom": (
        "a dahlia and a daisy / a lotus, a rose, a peony / a seed spiral of fibonacci / a sunflower "
        "dahlia aster / a camellia rose"
    ),
    "particles": (
        "embers and sparks / snowflakes in a snowfall / fireflies / bokeh party lights / sakura "
        "blossom petals"
    ),
    "fire": (
        "a wildfire inferno blaze / a bonfire hearth candle / solar plasma fusion / an inferno flame "
        "/ lava and burning flames"
    ),
    "rain": (
        "raindrops on a wet window / a downpour and umbrellas / drizzle on the window glass / a "
        "monsoon street / a raindrop, a rainy window"
    ),
    "ink": (
        "ink and calligraphy brush / dye swirling, ink, nightmare ghost / watercolour ink on paper / "
        "incense and perfume vapour dye / a brush, ink, a haiku"
    ),
    "silk": (
        "a silk ribbon and velvet / loom thread weave / a red silk dress ballerina / a flowing satin "
        "scarf of silk / a weave of wool threads on a loom"
    ),
    "flow": (
        "a magnetic stream of wind / a whirlpool vortex / a breeze of wind in hair / a tornado vortex "
        "whirl / magnetic field lines"
    ),
    "kaleidoscope": (
        "a mandala of symmetry, crystal star disco / a carousel rosette, stained baroque mask / a "
        "persian tile lattice / a kaleidoscope, geometric rave disco / a moorish mosaic tile carpet"
    ),
    "tunnel": (
        "a hyperspace wormhole / a corridor in a maze / a cavern, a vein, a neuron / a subway tunnel "
        "pipe / a labyrinth hallway vault"
    ),
    "clockwork": (
        "a clockwork watch / a flywheel, turbine and piston / a brass orrery cog / an assembly mill "
        "turbine / the gears of a clockmaker"
    ),
}
"""Subjects of each family's row, between slashes."""

PALETTES = (
    "teal and orange",
    "indigo and gold",
    "crimson and slate blue",
    "emerald and rose",
    "violet and amber",
    "navy and coral",
    "soft pastel",
    "magenta and cyan",
    "jade and cream",
)
LIGHTS = (
    "warm golden hour light",
    "cold moonlight",
    "deep twilight haze",
    "pink and blue neon haze",
    "soft overcast light",
    "clear midday sun",
    "dull storm light",
)
MOVES = (
    Movement(kind="pan", direction="right", speed="slow"),
    Movement(),
    Movement(kind="dolly", direction="in", speed="slow"),
    Movement(kind="orbit", direction="left", speed="slow"),
    Movement(kind="crane", direction="up", speed="slow"),
)


def shot(row: int, column: int, subject: str, take: int) -> Shot:
    place = row * 5 + column
    return Shot(
        subject=subject,
        action="",
        setting="",
        framing="medium shot",
        movement=MOVES[place % 5],
        light=LIGHTS[(row * 3 + column) % len(LIGHTS)],
        palette=PALETTES[(row * 2 + column * 2) % len(PALETTES)],
        style="",
        seconds=3.2,
        seed=1000 * take + place,
    )


def main(out: Path) -> None:
    cv2.setNumThreads(1)
    backend = Procedural()
    columns = 5
    width, height = columns * (CELL[0] + GAP) + GAP, len(ROWS) * (CELL[1] + LABEL + GAP) + GAP
    sheet = Image.new("RGB", (width, height), (12, 12, 14))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(11)
    print(f"{'family':14} {'ms per take':>11}  luma  least motion")
    for row, (family, subjects) in enumerate(ROWS.items()):
        times, lumas, motions = [], [], []
        for column, subject in enumerate(subjects.split(" / ")):
            planned = _of_family(family, row, column, subject)
            look = look_of(planned)
            start = thread_time()
            take = backend.make(planned)
            times.append(1000 * (thread_time() - start))
            lumas.append(float((take.frames[::6] @ np.array([0.2126, 0.7152, 0.0722])).mean() / 255))
            motions.append(
                min(
                    float(cv2.absdiff(a, b).mean())
                    for a, b in zip(take.frames, take.frames[1:], strict=False)
                )
            )
            left, top = GAP + column * (CELL[0] + GAP), GAP + row * (CELL[1] + LABEL + GAP)
            sheet.paste(
                Image.fromarray(take.frames[len(take.frames) // 2]).resize(CELL, Image.Resampling.LANCZOS),
                (left, top),
            )
            text = f"{look.family}/{look.variant}: {subject}; {planned.palette}"
            draw.text(
                (left + 2, top + CELL[1] + 2), _fit(draw, text, font, CELL[0] - 4), (150, 150, 156), font
            )
        print(f"{family:14} {median(times):11.0f}  {min(lumas):.2f}-{max(lumas):.2f}  {min(motions):.2f}")
    out.parent.mkdir(exist_ok=True)
    sheet.save(out, quality=84, optimize=True)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {width}x{height}")


def _of_family(family: str, row: int, column: int, subject: str) -> Shot:
    """The first shot of ``subject`` that is shown by ``family``: one subject may suit several."""
    shots = (shot(row, column, subject, take) for take in range(1, 30))
    return next(planned for planned in shots if look_of(planned).family == family)


def _fit(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int
) -> str:
    if draw.textlength(text, font) <= width:
        return text
    while draw.textlength(text + "…", font) > width:
        text = text[:-1]
    return text + "…"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OUT)
