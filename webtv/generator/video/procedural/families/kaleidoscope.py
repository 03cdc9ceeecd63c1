"""Kaleidoscope: a turning painting of glass, seen between mirrors."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, ridged, smoothstep, warped
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scalar, Scene, three, tint

SIZE = 768


def _painting(scene: Scene) -> Picture:
    """(SIZE, SIZE, 3) of coloured glass: warped bands, leaded lines, stones of light. Tiles."""
    rng, palette = scene.rng, scene.palette
    step = np.linspace(0, 1, SIZE, endpoint=False, dtype=np.float32)
    u, v = np.meshgrid(step, step)
    base = fbm(rng, 512, 3, 5, 0.5)
    other = fbm(rng, 512, 4, 4, 0.5)
    one = warped(base, u, v, 0.5)
    two = warped(other, u, v, 0.35)
    bands = 0.5 + 0.5 * np.sin(2 * np.pi * (one * 5 + two * 2))
    picture = palette.paint(
        (0.06 + 0.52 * bands * (0.35 + 0.65 * two) + 0.25 * (one - 0.4)).astype(np.float32)
    )
    cell = np.floor(one * 9 + two * 3) % 4
    for index in range(3):
        mask = cv2.GaussianBlur((cell == index + 1).astype(np.float32), (0, 0), 1.1)
        picture += tint(mask * bands * 0.55, palette.accent(index, 0.66))
    lines = smoothstep(0.86, 0.97, warped(ridged(rng, 512, 3, 3, 0.5), u, v, 0.4))
    picture += tint(lines * 1.3, palette.at(0.95))
    for _ in range(46):
        centre = tuple(int(value) for value in rng.integers(30, SIZE - 30, 2))
        radius = int(rng.uniform(3, 20))
        shade = palette.accent(int(rng.integers(3)), float(rng.uniform(0.6, 0.9))) * np.float32(
            rng.uniform(0.8, 2.2)
        )
        cv2.circle(picture, centre, radius, shade.tolist(), -1 if radius < 9 else 2, cv2.LINE_AA)
    return np.asarray(picture, np.float32)


def kaleidoscope(scene: Scene) -> Painter:
    """``star`` folds round the middle, ``rose`` over rings too, ``lattice`` into triangles."""
    rng = scene.rng
    painting = _painting(scene)
    wide = cv2.copyMakeBorder(painting, 0, 1, 0, 1, cv2.BORDER_WRAP)
    x, y = scene.grid
    sectors = int(rng.choice([5, 6, 7, 8, 10, 12]))
    offset = rng.random(2)
    zoom = 0.46 / scene.scale
    spin = (0.075 + 0.04 * scene.energy) * (1 if rng.random() < 0.5 else -1)

    def paint(moment: Moment) -> Picture:
        px, py = moment.pose.onto(x, y)
        t = moment.t
        if scene.variant == "lattice":
            px, py, shade = _lattice(px, py, t * np.float32(spin * 0.5))
        else:
            px, py, shade = _mirrors(px, py, sectors, t * np.float32(spin * 0.6), scene.variant == "rose")
        angle = t * np.float32(spin) + 0.4
        c, s = np.cos(angle), np.sin(angle)
        u = (c * px - s * py) * np.float32(zoom) + np.float32(offset[0]) + t * 0.012
        v = (s * px + c * py) * np.float32(zoom) + np.float32(offset[1]) - t * 0.008
        seen = cv2.remap(
            wide, (u - np.floor(u)) * np.float32(SIZE), (v - np.floor(v)) * np.float32(SIZE), cv2.INTER_LINEAR
        )
        return np.asarray(seen * three(shade))

    return paint


def _mirrors(px: Field, py: Field, sectors: int, turn: Scalar, rose: bool) -> tuple[Field, Field, Field]:
    radius = np.hypot(px, py)
    angle = np.arctan2(py, px) + turn
    wedge = np.float32(np.pi / sectors)
    folded = np.abs((angle % (2 * wedge)) - wedge)
    if rose:
        radius = np.abs((radius * 1.4 + 0.25) % 1 - 0.5) + np.float32(0.12)
    light = 1.16 - 0.3 * folded / wedge - 0.25 * radius
    return radius * np.cos(folded) * 1.2, radius * np.sin(folded) * 1.2, light


def _lattice(px: Field, py: Field, turn: Scalar) -> tuple[Field, Field, Field]:
    c, s = np.cos(turn), np.sin(turn)
    px, py = c * px - s * py, s * px + c * py
    light = np.ones_like(px)
    for _ in range(3):
        for angle in (0.0, 2 * np.pi / 3, 4 * np.pi / 3):
            nx, ny = np.float32(np.cos(angle)), np.float32(np.sin(angle))
            beyond = np.maximum(px * nx + py * ny - 0.24, 0)
            px = px - 2 * beyond * nx
            py = py - 2 * beyond * ny
            light = light - 0.05 * (beyond > 0)
    return px * 1.4, py * 1.4, light + 0.1
