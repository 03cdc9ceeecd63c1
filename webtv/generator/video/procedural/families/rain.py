"""Rain: lights of a street out of focus behind a wet window, drops sliding down it."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three, tint
from webtv.generator.video.procedural.sprites import Swarm

SIZE = 640


def _drops(rng: np.random.Generator, count: int, radius: tuple[float, float], tall: float) -> Field:
    """(SIZE, SIZE, 3): x and y of each drop's surface slope and its cover. Tiles."""
    out = np.zeros((SIZE, SIZE, 3), np.float32)
    for _ in range(count):
        r = float(rng.uniform(*radius) ** 1.0)
        half = int(r * tall) + 2
        axis_y, axis_x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
        squeeze = 1 + 0.25 * np.clip(-axis_y / (r * tall), 0, 1)
        qx, qy = axis_x / r * squeeze, axis_y / (r * tall)
        d = np.hypot(qx, qy)
        mask = smoothstep(1.05, 0.85, d)
        rows = (np.arange(-half, half + 1) + int(rng.integers(SIZE))) % SIZE
        columns = (np.arange(-half, half + 1) + int(rng.integers(SIZE))) % SIZE
        at = np.ix_(rows, columns)
        bulge = np.clip(d, 0, 1)
        new = np.dstack([qx * bulge, qy * bulge, np.ones_like(d)]) * mask[..., None]
        out[at] = out[at] * (1 - mask[..., None]) + new
    return out


def rain(scene: Scene) -> Painter:
    """``window`` has drops on the glass, ``street`` looks through falling streaks."""
    rng, palette, light = scene.rng, scene.palette, scene.light
    gx, gy = plate_grid(scene, scene.height * 0.5)
    noise = fbm(rng, 256, 2, 4)
    soft = sample(noise, gx * 0.3, gy * 0.4)
    tone = 0.05 + light.horizon * 0.26 * np.exp(-((gy - 0.02) ** 2) * 7) * (0.4 + soft) + 0.07 * soft
    wall = Plate(
        cv2.GaussianBlur(palette.paint(tone.astype(np.float32)), (0, 0), 5).astype(np.float32),
        9.0,
        scene.height * 0.5,
    )
    lamps = [
        Swarm(scene, 60, (0.03, 0.085), (1.8, 3.2), False),
        Swarm(scene, 110, (0.006, 0.024), (3.2, 7.0), False),
    ]
    shades = np.stack(
        [palette.accent(0, 0.72), palette.accent(1, 0.7), palette.at(0.9), palette.accent(2, 0.68)]
    )
    for swarm in lamps:
        swarm.y = (swarm.y * 0.42 + 0.02).astype(np.float32)
    colours = [shades[rng.integers(0, 4, len(swarm.x))] * 0.42 for swarm in lamps]
    still = _drops(rng, 260, (2.0, 9.0), 1.1)
    running = _drops(rng, 38, (8, 17), 1.35)
    x, y = scene.grid
    streaks = _streaks(rng)
    flow = np.float32(0.10 * scene.energy)
    drift = np.float32(0.035 * scene.energy)

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        picture = wall.seen(scene, pose)
        for index, (swarm, colour) in enumerate(zip(lamps, colours, strict=True)):
            swarm.add(
                picture,
                pose,
                drift * t / (index + 1),
                0,
                colour,
                0.8 + 0.2 * np.sin(t + swarm.phase * 20),
            )
        px, py = pose.onto(x, y, 1)
        if scene.variant == "street":
            for depth, gain in ((0.5, 0.55), (0.9, 0.35)):
                fall = sample(
                    streaks,
                    px * np.float32(0.6 * depth + 0.3),
                    py * 0.5 * np.float32(depth + 0.3) - t * np.float32(0.10 / depth**0.5 * scene.energy),
                )
                picture += tint(fall * np.float32(gain), palette.at(0.9))
            return picture
        unit = np.float32(SIZE / 1.35)
        fixed = _glass(still, px * unit, py * unit)
        moving = _glass(running, px * unit, (py - t * flow) * unit)
        cover = np.maximum(fixed[..., 2], moving[..., 2])
        bend = fixed[..., :2] * (1 - moving[..., 2:]) + moving[..., :2]
        at_x = (x - bend[..., 0] * 0.30 + np.float32(scene.aspect / 2)) * np.float32(scene.height)
        at_y = (y - bend[..., 1] * 0.36 + 0.5) * np.float32(scene.height)
        seen = cv2.remap(picture, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        edge = np.clip(np.hypot(bend[..., 0], bend[..., 1]), 0, 1)
        shade = 1 + cover * (0.28 - edge * edge * 0.75)
        spot = np.exp(-((bend[..., 0] + 0.33) ** 2 + (bend[..., 1] + 0.38) ** 2) * 40) * cover
        return np.asarray(seen * three(shade) + tint(spot * 0.5, palette.at(0.97)))

    return paint


def _glass(drops: Field, u: Field, v: Field) -> Field:
    return cv2.remap(drops, u % np.float32(SIZE - 1), v % np.float32(SIZE - 1), cv2.INTER_LINEAR)


def _streaks(rng: np.random.Generator) -> Field:
    field = np.zeros((512, 512), np.float32)
    for _ in range(170):
        column, row = int(rng.integers(512)), int(rng.integers(512))
        length = int(rng.integers(14, 40))
        rows = (row + np.arange(length)) % 512
        field[rows, column] = np.maximum(
            field[rows, column], np.linspace(0.1, 1, length) * rng.uniform(0.3, 1)
        )
    return cv2.GaussianBlur(field, (0, 0), 0.7)
