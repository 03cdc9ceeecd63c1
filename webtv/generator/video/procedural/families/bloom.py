"""Bloom: a flower that opens, or seeds that set in a spiral."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, over, three, tint

Head = Callable[[Picture, Field, Field, Moment], Picture]
"""Paints a flower on a picture; its places are in picture heights from the flower's middle."""

GOLDEN = np.pi * (3 - np.sqrt(5))
"""Angle between successive seeds (Helmut Vogel, 1979)."""


def bloom(scene: Scene) -> Painter:
    """``dahlia`` has many pointed petals, ``rose`` few broad ones, ``spiral`` is a head of seeds."""
    rng, palette = scene.rng, scene.palette
    gx, gy = plate_grid(scene, scene.height * 0.5)
    noise = fbm(rng, 256, 2, 4)
    soft = sample(noise, gx * 0.25, gy * 0.25)
    tone = 0.05 + 0.20 * soft + 0.10 * scene.light.horizon * np.exp(-(gx * gx + gy * gy) * 1.2)
    ground = palette.paint(tone.astype(np.float32)) + tint(
        (soft**3 * 0.35).astype(np.float32), palette.accent(1, 0.5)
    )
    backdrop = Plate(cv2.GaussianBlur(ground, (0, 0), 6).astype(np.float32), 6.0, scene.height * 0.5)
    x, y = scene.grid
    centre = np.float32(rng.uniform(-0.2, 0.2)), np.float32(rng.uniform(-0.06, 0.06))
    paint_head = _seeds(scene) if scene.variant == "spiral" else _petals(scene)

    def paint(moment: Moment) -> Picture:
        picture = backdrop.seen(scene, moment.pose)
        px, py = moment.pose.onto(x, y)
        k = np.float32(1 / scene.scale**0.7)
        return paint_head(picture, (px - centre[0]) * k, (py - centre[1]) * k, moment)

    return paint


def _petals(scene: Scene) -> Head:
    rng, palette = scene.rng, scene.palette
    broad = scene.variant == "rose"
    rings = 7 if broad else 10
    counts = rng.integers(5, 8) if broad else rng.integers(11, 19)
    sharp = np.float32(0.55 if broad else 0.9)
    phase = (np.arange(rings) * (0.5 * 2 * np.pi / counts) + rng.uniform(-0.2, 0.2, rings)).astype(np.float32)
    outer = np.linspace(0.52, 0.07, rings)
    veins = fbm(rng, 256, 6, 4, 0.6)
    tip, core = palette.accent(0, 0.72), palette.accent(2, 0.7)
    warm = scene.light.warmth
    angle_of_light = np.float32(rng.uniform(-2.6, -0.6))

    def paint(picture: Picture, qx: Field, qy: Field, moment: Moment) -> Picture:
        radius = np.hypot(qx, qy)
        angle = np.arctan2(qy, qx)
        open_ = moment.t / scene.seconds
        for ring in range(rings):
            grow = float(outer[ring] * (0.86 + 0.2 * open_ * (1 - 0.4 * ring / rings)))
            part = _box(radius, grow + 0.08)
            if part is not None:
                turn = (
                    angle[part]
                    + phase[ring]
                    + np.float32(moment.t * 0.045 * (1 if ring % 2 else -1) * scene.energy)
                )
                picture[part] = _ring(picture[part], radius[part], angle[part], turn, np.float32(grow), ring)
        heart = smoothstep(0.075, 0.02, radius)
        dots = 0.6 + 0.4 * np.sin(angle * 21 + radius * 300)
        return np.asarray(
            over(picture, (core * np.float32(1.2 + warm)).astype(np.float32), heart * dots * 0.9)
        )

    def _ring(
        below: Picture, radius: Field, angle: Field, turn: Field, grow: np.float32, ring: int
    ) -> Picture:
        local = turn * np.float32(counts / (2 * np.pi))
        across = np.abs(local - np.floor(local) - 0.5) * 2
        edge = grow * (1 - sharp * 0.36 * across ** np.float32(2.2 if broad else 1.4))
        pixel = np.float32(2.0 / scene.height)
        mask = smoothstep(pixel, -pixel, radius - edge)
        lift = np.minimum(radius / grow, 1)
        vein = sample(veins, local * 0.8 + np.float32(ring * 0.3), lift * 0.16)
        side = 0.75 + 0.25 * np.cos(angle - angle_of_light)
        square = lift * lift
        tone = np.float32(0.12 + 0.025 * ring) + square * 0.46 + (vein - 0.5) * 0.24 - across * 0.14
        petal = palette.paint(tone) * three(side * (0.45 + 0.7 * lift))
        petal += tint(square * square * (1 - across * 0.6) * 0.6, tip)
        dark = smoothstep(0.055 + 0.06 * float(grow), 0.0, radius - edge) * (1 - mask)
        return over(below * three(1 - dark * 0.55), petal, mask)

    return paint


def _box(radius: Field, reach: float) -> tuple[slice, slice] | None:
    """The part of the picture within ``reach`` of the flower's middle."""
    inside = radius < reach
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows.size == 0:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _seeds(scene: Scene) -> Head:
    rng, palette = scene.rng, scene.palette
    count = 620
    index = np.arange(count, dtype=np.float32)
    twist = rng.choice([0.0, 0.0018, -0.0014])
    ramp = [
        palette.at(0.35),
        palette.at(0.55),
        palette.accent(0, 0.68),
        palette.accent(1, 0.72),
        palette.at(0.88),
    ]

    def paint(picture: Picture, qx: Field, qy: Field, moment: Moment) -> Picture:
        t = moment.t
        height, width = qx.shape
        scale = np.float32(1 / (qx[0, 1] - qx[0, 0] + np.float32(1e-9)))
        turn = np.float32(GOLDEN + twist) * index + np.float32(0.09 * t * scene.energy)
        far = 0.0245 * np.sqrt(index + np.float32(1 + 5 * t))
        swell = 1 + 0.28 * np.sin(far * 15 - t * 1.8)
        sx, sy = far * np.cos(turn), far * np.sin(turn)
        c, s = np.cos(moment.pose.roll), np.sin(moment.pose.roll)
        zx = (
            (sx - qx[height // 2, width // 2]) * scale * c
            + (sy - qy[height // 2, width // 2]) * scale * s
            + width / 2
        )
        zy = (
            (sy - qy[height // 2, width // 2]) * scale * c
            - (sx - qx[height // 2, width // 2]) * scale * s
            + height / 2
        )
        size = (0.006 + 0.0155 * far / 0.6) * swell * scale
        tint_of = (far * 7 - t * 0.35) % len(ramp)
        for i in range(count - 1, -1, -1):
            low = int(tint_of[i])
            part = tint_of[i] - low
            shade = ramp[low] * (1 - part) + ramp[(low + 1) % len(ramp)] * part
            centre = (round(float(zx[i]) * 16), round(float(zy[i]) * 16))
            cv2.circle(
                picture, centre, round(float(size[i]) * 16), (shade * 0.5).tolist(), -1, cv2.LINE_AA, 4
            )
            lit = (round(float(zx[i] - size[i] * 0.16) * 16), round(float(zy[i] - size[i] * 0.2) * 16))
            cv2.circle(picture, lit, round(float(size[i]) * 11), (shade * 1.25).tolist(), -1, cv2.LINE_AA, 4)
        return picture

    return paint
