"""Nebula: gas lit by young stars, layers of stars in depth, and worlds before it."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, ridged, sample, smoothstep, warped
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three, tint
from webtv.generator.video.procedural.sky import stars
from webtv.generator.video.procedural.sprites import Swarm


def nebula(scene: Scene) -> Painter:
    """``cloud`` is gas alone, ``planet`` hangs a world before it, ``ringed`` gives that world rings."""
    rng, palette = scene.rng, scene.palette
    x, y = scene.grid
    gas, dust = fbm(rng, 512, 2, 7, 0.55), ridged(rng, 512, 2, 6, 0.55)
    offset = rng.random(2).astype(np.float32)
    density = float(scene.height)
    shape = plate_grid(scene, density)[0].shape
    fields = [
        Plate(stars(scene, shape, count), depth, density) for count, depth in ((1500, 24.0), (420, 8.0))
    ]
    bright = Swarm(scene, 60, (0.002, 0.007), (2.5, 6.0))
    core = rng.uniform(-0.45, 0.45), rng.uniform(-0.2, 0.2)
    world = _World(scene) if scene.variant in ("planet", "ringed") else None
    span = np.float32(0.26 / scene.scale**0.5)
    pace = np.float32(0.010 * scene.energy)
    white = palette.at(0.97)
    shades = np.stack([palette.at(0.95), palette.accent(0, 0.85), palette.accent(1, 0.85)])[
        rng.integers(0, 3, 60)
    ]
    gain = 0.55 if world else 1.0

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        px, py = pose.onto(x, y, 10)
        u, v = px * span + offset[0], py * span + offset[1]
        cloud = warped(gas, u + t * pace * 0.4, v, 0.34, (float(t * pace), float(-t * pace * 0.7)))
        lane = warped(
            dust,
            u * 1.2 + 0.4,
            v * 1.2 - t * pace * 0.5,
            0.16,
        )
        far = np.hypot(px - np.float32(core[0]), (py - np.float32(core[1])) * 1.3)
        heart = np.exp(-far * 2.1)
        dense = smoothstep(0.25, 0.95, cloud + heart * 0.28)
        dark = smoothstep(0.3, 0.8, lane) * 0.75
        tone = 0.03 + dense * (0.5 + 0.42 * heart) * (1 - dark * 0.6)
        picture = palette.paint(tone) * np.float32(gain)
        rim = np.clip(cloud - 0.45, 0, 1) * (1 - dark) * np.exp(-far * 1.1)
        picture += tint(rim * np.float32(0.9 * gain), palette.accent(0, 0.66))
        picture += tint(np.clip(lane - 0.55, 0, 1) * dense * np.float32(0.9 * gain), palette.accent(1, 0.62))
        for plate in fields:
            picture += tint(plate.seen(scene, pose) * (1 - dense * 0.6), white)
        twinkle = (0.75 + 0.25 * np.sin(moment.t * 1.5 + bright.phase * 30)).astype(np.float32) * np.float32(
            1.6
        )
        bright.add(picture, pose, 0, 0, shades, twinkle)
        if world is not None:
            world.hang(picture, moment)
        return picture

    return paint


class _World:
    """A lit sphere that turns, with air at its limb and perhaps rings."""

    def __init__(self, scene: Scene) -> None:
        rng = scene.rng
        self.scene = scene
        side = -1 if rng.random() < 0.5 else 1
        self.centre = side * float(rng.uniform(0.12, 0.42)), float(rng.uniform(-0.06, 0.14))
        self.radius = float(rng.uniform(0.2, 0.32)) * scene.scale**0.4
        self.rings = scene.variant == "ringed"
        banded = rng.random() < 0.5 or self.rings
        self.skin = _skin(rng, banded)
        self.tilt = float(rng.uniform(-0.5, 0.5))
        sun = np.array([-side * rng.uniform(0.5, 0.9), rng.uniform(-0.6, -0.1), 0.5])
        self.sun = (sun / np.linalg.norm(sun)).astype(np.float32)
        self.air = scene.palette.accent(0, 0.72)
        self.depth = 3.0

    def hang(self, picture: Picture, moment: Moment) -> None:
        scene, palette = self.scene, self.scene.palette
        x, y = scene.grid
        px, py = moment.pose.onto(x, y, self.depth)
        qx, qy = (
            (px - np.float32(self.centre[0])) / np.float32(self.radius),
            (py - np.float32(self.centre[1])) / np.float32(self.radius),
        )
        c, s = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        rx, ry = c * qx + s * qy, c * qy - s * qx
        r2 = qx * qx + qy * qy
        height = np.sqrt(np.clip(1 - r2, 0, 1))
        edge = np.float32(2.0 / (self.radius * scene.height))
        r = np.sqrt(r2)
        mask = smoothstep(1 + edge * 0.5, 1 - edge, r)
        turn = np.float32(0.02 * moment.t)
        u = np.arctan2(rx, height + np.float32(1e-3)) * 0.159 + turn
        v = np.arcsin(np.clip(ry, -1, 1)) * 0.318 + 0.5
        land = sample(self.skin, u, v)
        sun = qx * self.sun[0] + qy * self.sun[1] + height * self.sun[2]
        day = smoothstep(-0.12, 0.75, sun)
        body = palette.paint(0.14 + land * 0.72) * np.dstack([day * 1.5 + 0.012] * 3)
        limb = (1 - height) ** 3 * mask * smoothstep(-0.3, 0.5, sun)
        halo = (
            np.exp(-np.maximum(r - 1, 0) * 13)
            * (1 - mask)
            * smoothstep(-0.5, 0.8, qx * self.sun[0] + qy * self.sun[1])
        )
        front = self._ring(rx, ry, True) if self.rings else None
        if self.rings:
            self._lay_ring(picture, self._ring(rx, ry, False))
        cover = three(mask)
        picture *= 1 - cover
        picture += body * cover + tint(limb * 1.1 + halo * 0.7, self.air)
        if front is not None:
            self._lay_ring(picture, front)

    def _ring(self, rx: Field, ry: Field, front: bool) -> Field:
        far = np.hypot(rx, ry * 4.2)
        grain = 0.55 + 0.45 * np.sin(far * 24 + np.sin(far * 61))
        band = (
            smoothstep(1.3, 1.36, far)
            * smoothstep(2.25, 2.1, far)
            * grain
            * (1 - smoothstep(1.74, 1.78, far) * smoothstep(1.88, 1.84, far))
        )
        half = ry > 0 if front else ry <= 0
        return np.asarray(band * half, np.float32)

    def _lay_ring(self, picture: Picture, band: Field) -> None:
        cover = three(band * 0.75)
        picture *= 1 - cover
        picture += cover * self.scene.palette.at(0.84) * 0.9


def _skin(rng: np.random.Generator, banded: bool) -> Field:
    """(512, 512) tones of a world's surface: bands and storms, or lands and seas."""
    noise = fbm(rng, 512, 4, 6, 0.55)
    if not banded:
        return np.asarray(np.where(noise > 0.52, 0.35 + noise * 0.7, noise * 0.55), np.float32)
    step = np.linspace(0, 1, 512, endpoint=False, dtype=np.float32)
    u, v = np.meshgrid(step, step)
    stripes = cv2.resize(rng.random((26, 1)).astype(np.float32), (1, 512), interpolation=cv2.INTER_CUBIC)[
        :, 0
    ]
    swirl = warped(noise, u, v * 2, 0.2)
    rows = np.clip((v + (swirl - 0.5) * 0.05) * 511, 0, 511).astype(np.intp)
    return np.asarray(np.clip(stripes[rows] * 0.8 + swirl * 0.3, 0, 1), np.float32)
