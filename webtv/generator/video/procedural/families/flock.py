"""Flock: birds that wheel as one before a great sky, or butterflies in a bright haze."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.families.forest import hill_plate
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, over, tint
from webtv.generator.video.procedural.sky import sky, sun_place

TAU = 2 * np.pi


def flock(scene: Scene) -> Painter:
    """``birds`` are many and far, ``geese`` fly in a wedge, ``butterflies`` are few, near and coloured."""
    rng, palette = scene.rng, scene.palette
    horizon = 0.36
    sun = sun_place(scene, horizon - 0.06)
    air = sky(scene, horizon, sun, float(rng.uniform(0.4, 0.65)))
    hills = [hill_plate(scene, 12.0, 0.30, 0.05, 0.25), hill_plate(scene, 6.0, 0.40, 0.05, 0.75)]
    wings = _Wings(scene)
    shades = [palette.at(0.04), palette.at(0.10), palette.at(0.2)]
    if scene.variant == "butterflies":
        shades = [palette.accent(0, 0.62), palette.accent(1, 0.6), palette.at(0.12)]

    def paint(moment: Moment) -> Picture:
        picture = air(moment)
        for plate in hills:
            plate.lay(picture, scene, moment.pose)
        for group, shade in enumerate(shades):
            mask = wings.mask(group, len(shades), moment).astype(np.float32) / 255
            if scene.variant == "butterflies" and group < 2:
                glow = cv2.GaussianBlur(mask, (0, 0), scene.height / 90)
                picture += tint(glow * 0.2, shade)
            picture = over(picture, shade.astype(np.float32), mask * np.float32(0.96 - 0.16 * group))
        return picture

    return paint


class _Wings:
    def __init__(self, scene: Scene) -> None:
        rng = scene.rng
        self.scene = scene
        self.count = {"geese": 23, "butterflies": 36}.get(scene.variant, 230)
        self.depth = np.sort(rng.uniform(1.2, 3.6, self.count)).astype(np.float32)
        self.phase = rng.random(self.count) * TAU
        self.size = rng.uniform(0.8, 1.2, self.count) * {"geese": 0.05, "butterflies": 0.06}.get(
            scene.variant, 0.017
        )
        self.size = self.size * scene.scale**0.4
        self.lane = rng.normal(0, 1, (self.count, 2))
        self.way = 1.0 if rng.random() < 0.5 else -1.0
        self.turn = rng.uniform(0, TAU)

    def _places(self, t: float) -> tuple[Field, Field]:
        scene = self.scene
        if scene.variant == "geese":
            order = np.arange(self.count)
            arm = (order + 1) // 2
            side = np.where(order % 2, 1, -1)
            x = 0.3 - arm * 0.065 + 0.085 * (t - scene.seconds / 2)
            y = -0.16 + side * arm * 0.018 - arm * 0.006 + 0.006 * np.sin(t * 1.3 + self.phase)
            return self.way * x, y
        if scene.variant == "butterflies":
            x = self.lane[:, 0] * 0.5 + 0.07 * np.sin(t * 0.9 + self.phase) + 0.03 * t
            y = self.lane[:, 1] * 0.22 + 0.06 * np.sin(t * 1.5 + self.phase * 2) - 0.02 * t
            return x, y
        a = self.turn + 0.33 * t * scene.energy
        spread = self.lane * [0.26, 0.10]
        c, s = np.cos(a * 0.6), np.sin(a * 0.6)
        wave = 0.05 * np.sin(spread[:, 0] * 6 + t * 1.4)
        x = (
            0.16 * np.cos(a)
            + spread[:, 0] * (0.9 + 0.25 * c)
            + spread[:, 1] * s
            + 0.01 * np.sin(t * 2 + self.phase)
        )
        y = -0.12 + 0.05 * np.sin(a * 1.3) + spread[:, 1] * (0.9 - 0.3 * c) + spread[:, 0] * s * 0.3 + wave
        return x, y

    def mask(self, group: int, groups: int, moment: Moment) -> NDArray[np.uint8]:
        scene, t = self.scene, moment.t
        x, y = self._places(t)
        bx, by = self._places(t + 0.05)
        px, py, near = moment.pose.project(x.astype(np.float32), y.astype(np.float32), self.depth)
        heading = np.arctan2(by - y, bx - x)
        mask = np.zeros((scene.height, scene.width), np.uint8)
        rate = {"geese": 5.0, "butterflies": 6.5}.get(scene.variant, 6.0)
        for i in range(group, self.count, groups):
            beat = float(np.sin(t * rate + self.phase[i]))
            size = float(self.size[i] * near[i] / self.depth[i] ** 0.5)
            shape = (
                _butterfly(size, beat, float(self.phase[i]))
                if scene.variant == "butterflies"
                else _bird(size, beat, float(heading[i]))
            )
            shape = (shape + np.array([px[i] + scene.aspect / 2, py[i] + 0.5])) * scene.height * 16
            cv2.fillPoly(mask, [np.round(shape).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return mask


def _bird(size: float, beat: float, heading: float) -> NDArray[np.float64]:
    """Body and two raked wings; ``beat`` -1..1 lifts the wing tips."""
    tip = -0.55 * beat
    shape = np.array(
        [
            (0.42, 0.0),
            (0.12, -0.06),
            (-0.05, tip * 0.55 - 0.10),
            (-0.28, tip - 0.28),
            (-0.12, tip * 0.4 - 0.02),
            (-0.5, 0.06),
            (-0.08, 0.09),
            (-0.02, tip * 0.5 + 0.04),
            (-0.1, tip * 0.85 + 0.3),
            (0.12, tip * 0.3 + 0.1),
        ]
    )
    flip = 1 if np.cos(heading) >= 0 else -1
    lean = float(np.clip(np.sin(heading), -0.5, 0.5))
    x, y = shape[:, 0] * flip * size, shape[:, 1] * size
    return np.stack([x - lean * y * flip, y + lean * x * flip], axis=1)


def _butterfly(size: float, beat: float, angle: float) -> NDArray[np.float64]:
    fold = 0.35 + 0.65 * abs(beat)
    wing = np.array(
        [
            (0, -0.1),
            (0.25, -0.5),
            (0.62, -0.55),
            (0.6, -0.15),
            (0.3, 0.02),
            (0.48, 0.25),
            (0.34, 0.5),
            (0.12, 0.4),
            (0, 0.16),
        ]
    )
    left = wing[::-1] * [-1, 1]
    shape = np.vstack([wing, left]) * [fold, 1] * size
    c, s = np.cos(np.sin(angle) * 0.7), np.sin(np.sin(angle) * 0.7)
    return np.stack([c * shape[:, 0] - s * shape[:, 1], s * shape[:, 0] + c * shape[:, 1]], axis=1)
