"""Flow field: thousands of hair-thin trails that follow one current."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three

TRAIL = 26
"""Points of a trail."""
BANDS = 5
"""Steps from a trail's dim tail to its bright head."""
TO_LINEAR = (np.linspace(0, 1, 256) ** 2.2).astype(np.float32)
AHEAD = 32
"""Steps that the current is followed through one shot."""


def _currents(scene: Scene, count: int) -> Field:
    """(steps, count, 2) places of particles that the curl of a noise carries: it never clots."""
    rng = scene.rng
    potential = cv2.GaussianBlur(fbm(rng, 256, 2, 4, 0.42), (0, 0), 2)
    gy, gx = np.gradient(potential * 256)
    span = 1.9 * scene.scale if scene.variant != "vortex" else 2.3
    place = np.stack(
        [
            rng.uniform(-scene.aspect / 2 - 0.6, scene.aspect / 2 + 0.6, count),
            rng.uniform(-0.95, 0.95, count),
        ],
        axis=1,
    )
    steps = TRAIL + AHEAD
    path = np.empty((steps, count, 2), np.float32)
    pace = 0.0125 * (0.8 + 0.3 * scene.energy)
    mean = float(np.hypot(gx, gy).mean())
    push = rng.uniform(-0.35, 0.35)
    for step in range(steps):
        path[step] = place
        i = ((place / span) % 1 * 255).astype(np.intp)
        speed = np.stack([gy[i[:, 1], i[:, 0]], -gx[i[:, 1], i[:, 0]]], axis=1) / mean
        if scene.variant == "vortex":
            radius = np.hypot(place[:, 0], place[:, 1])[:, None] + 0.12
            speed = 0.55 * speed + np.stack([-place[:, 1], place[:, 0]], axis=1) / radius * 1.1
        else:
            speed = speed + np.array([0.75, push])
        place = place + speed * pace
    return path


def flow(scene: Scene) -> Painter:
    """``stream`` runs across the picture, ``vortex`` turns about its middle."""
    rng, palette = scene.rng, scene.palette
    count = 2600
    path = _currents(scene, count)
    depth = (1 + 1.6 * rng.random(count)).astype(np.float32)
    group = np.clip((depth - 1) / 1.6 * 0.5 + rng.random(count) * 0.5, 0, 0.999)
    x, y = scene.grid
    haze = fbm(rng, 256, 2, 3)
    back = palette.paint(
        0.05 + 0.26 * cv2.resize(haze[:64, :112], (scene.width, scene.height), interpolation=cv2.INTER_CUBIC)
    )
    back *= three(1.1 - 0.9 * (x * x * 0.3 + y * y))
    shades = [
        palette.at(0.42),
        palette.at(0.62),
        palette.at(0.8),
        palette.at(0.94),
        palette.accent(0, 0.68),
        palette.accent(1, 0.74),
    ]
    members = [np.flatnonzero((group * len(shades)).astype(int) == index) for index in range(len(shades))]
    scale = scene.height

    def paint(moment: Moment) -> Picture:
        ink = np.zeros((scene.height, scene.width, 3), np.uint8)
        start = moment.t / scene.seconds * (AHEAD - 2)
        first, part = int(start), np.float32(start % 1)
        trail = path[first : first + TRAIL] * (1 - part) + path[first + 1 : first + 1 + TRAIL] * part
        px, py, _ = moment.pose.project(trail[..., 0], trail[..., 1], depth)
        dots = np.stack([(px + scene.aspect / 2) * scale, (py + 0.5) * scale], axis=-1)
        points = np.round(dots * 16).astype(np.int32).transpose(1, 0, 2)
        run = (TRAIL - 1) // BANDS
        for band in range(BANDS):
            piece = np.ascontiguousarray(points[:, band * run : (band + 1) * run + 1])
            strength = ((band + 1) / BANDS) ** 1.1
            for who, shade in zip(members, shades, strict=True):
                colour = (255 * np.clip(shade * strength, 0, 1) ** (1 / 2.2)).tolist()
                cv2.polylines(ink, list(piece[who]), False, colour, 1, cv2.LINE_AA, 4)
        lines = TO_LINEAR.take(ink)
        return np.asarray(back + lines * 1.5)

    return paint
