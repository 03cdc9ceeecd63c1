"""Skyline: rows of buildings in haze, windows lit, one behind another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.noise import fbm
from webtv.generator.video.procedural.plate import MARGIN_X, MARGIN_Y, Mist, Plate
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three
from webtv.generator.video.procedural.sky import sky, sun_place
from webtv.generator.video.procedural.sprites import Swarm
from webtv.generator.video.procedural.water import mirrored

DEPTHS = (14.0, 8.0, 4.6, 2.6, 1.5)
TAU = 2 * np.pi


def skyline(scene: Scene) -> Painter:
    """``towers`` of a modern city, an ``oldtown`` of domes and gables, or ``harbour`` over water."""
    rng, light, palette = scene.rng, scene.light, scene.palette
    base = 0.26 if scene.variant == "harbour" else 0.44
    horizon = 0.24
    sun = sun_place(scene, 0.02)
    air = sky(scene, horizon, sun, None)
    plates = [_row(scene, index, base) for index in range(len(DEPTHS))]
    ripples = fbm(rng, 256, 4, 5, 0.55)
    mist = Mist(scene, palette.at(light.horizon + 0.05) * 0.9, base, 0.7 * light.haze)
    traffic = Swarm(scene, 90, (0.002, 0.006), (1.6, 9.0))
    traffic.y = (base + 0.015 + 0.02 * rng.random(90)).astype(np.float32)
    way = np.where(traffic.phase < 0.5, 1, -1) * (0.7 + 0.6 * traffic.phase)
    shades = np.where((traffic.phase < 0.5)[:, None], palette.at(0.95), palette.accent(0, 0.66)).astype(
        np.float32
    )
    power = np.full(90, 0.25 + light.lamps, np.float32)

    def paint(moment: Moment) -> Picture:
        pose = moment.pose
        picture = air(moment)
        for index, plate in enumerate(plates):
            plate.lay(picture, scene, pose)
            if index < len(plates) - 1:
                mist.lay(picture, moment, plate.depth)
        traffic.add(picture, pose, way * np.float32(0.075 * moment.t), 0, shades, power)
        if scene.variant == "harbour":
            picture = mirrored(picture, scene, moment, base, DEPTHS[-1], ripples)
        return picture

    return paint


def _row(scene: Scene, index: int, base: float) -> Plate:
    """One row of buildings as a premultiplied plate."""
    rng, light, palette = scene.rng, scene.light, scene.palette
    depth = DEPTHS[index]
    nearness = index / (len(DEPTHS) - 1)
    density = scene.height * (1.0 if index < 3 else 0.8)
    columns, rows = round((scene.aspect + 2 * MARGIN_X) * density), round((1 + 2 * MARGIN_Y) * density)
    ground = round((base + 0.5 + MARGIN_Y) * density)
    body = np.zeros((rows, columns), np.uint8)
    lamps, hue, facade = (np.zeros((rows, columns), np.float32) for _ in range(3))
    drawing = _Drawing(density, nearness, ground, body, lamps, hue, facade)
    reach = (
        (0.36 + 0.18 * rng.random()) * (1.0 - 0.25 * nearness) * (0.62 if scene.variant == "oldtown" else 1.0)
    )
    left = 0.0
    while left < columns:
        wide = density * float(rng.uniform(0.032, 0.10)) * (0.55 + nearness * 1.0)
        centre = (left / columns - 0.5) * 2
        bulge = 1 - 0.35 * centre * centre + 0.25 * np.sin(centre * 9 + index * 2)
        tall = density * reach * float(0.35 + 0.9 * rng.random() ** 1.7) * bulge
        _building(scene, drawing, int(left), int(ground - tall), max(3, int(wide)))
        left += wide * float(rng.uniform(0.75, 1.25))
    cv2.rectangle(body, (0, ground), (columns, rows), 255, -1)
    alpha = body.astype(np.float32) / 255
    tone = light.horizon * 0.86 * (1 - nearness) ** 1.5 + light.ground * (0.25 + nearness)
    solid = palette.paint(np.clip(tone + facade * 0.05 * (0.3 + light.ground * 2), 0, 1).astype(np.float32))
    rise = np.clip((ground - np.arange(rows)) / (density * 0.5), 0, 1).astype(np.float32)[:, None]
    solid *= (0.75 + 0.5 * rise)[..., None]
    strength = light.lamps * (0.35 + 0.9 * nearness)
    warm = palette.at(0.9) * np.array([1.15, 0.95, 0.7], np.float32)
    cool = palette.accent(0, 0.75) * 1.3
    shine = three(lamps * (1 - hue)) * warm + three(lamps * hue) * cool
    image = solid * alpha[..., None] + shine * np.float32(2.4 * strength) * alpha[..., None]
    return Plate(np.dstack([image, alpha]).astype(np.float32), depth, density)


@dataclass
class _Drawing:
    """A row of buildings as it is drawn: what is solid, lit, coloured, and each facade's own shade."""

    density: float
    nearness: float
    ground: int
    body: NDArray[np.uint8]
    lamps: Field
    hue: Field
    facade: Field

    def light(self, rows: slice, columns: slice, power: float, hue: float) -> None:
        self.lamps[rows, columns] = power
        self.hue[rows, columns] = hue


def _building(scene: Scene, drawing: _Drawing, left: int, top: int, wide: int) -> None:
    rng = scene.rng
    cv2.rectangle(drawing.body, (left, top), (left + wide, drawing.ground), 255, -1)
    drawing.facade[max(top, 0) : drawing.ground, left : left + wide] = rng.uniform(-1, 1)
    if scene.variant == "oldtown":
        _roof(rng, drawing.body, left, top, wide)
    elif rng.random() < 0.4:
        _crown(rng, drawing, left, top, wide)
    _windows(rng, drawing, left, top, wide)
    if scene.light.name == "neon" and rng.random() < 0.5:
        drawing.light(slice(max(0, top), drawing.ground), slice(left + wide - 2, left + wide), 0.9, 1)


def _crown(rng: np.random.Generator, drawing: _Drawing, left: int, top: int, wide: int) -> None:
    """A set-back storey and perhaps a mast with its warning lamp."""
    inset = max(1, wide // 4)
    step = int(drawing.density * rng.uniform(0.01, 0.05))
    cv2.rectangle(drawing.body, (left + inset, top - step), (left + wide - inset, top), 255, -1)
    if rng.random() < 0.6:
        middle, tip = left + wide // 2, top - step - int(drawing.density * rng.uniform(0.03, 0.1))
        cv2.line(drawing.body, (middle, tip), (middle, top), 255, 1, cv2.LINE_AA)
        drawing.light(slice(max(0, tip - 1), max(0, tip + 1)), slice(middle, middle + 2), 2, 1)


def _windows(rng: np.random.Generator, drawing: _Drawing, left: int, top: int, wide: int) -> None:
    size = max(2, round(drawing.density * (0.004 + 0.005 * drawing.nearness)))
    gap = size + max(1, round(size * 0.8))
    down = np.arange(top + gap, drawing.ground - gap, round(gap * 1.3))
    across = np.arange(left + max(1, size // 2), left + wide - size, gap)
    lit = rng.random((down.size, across.size)) < rng.uniform(0.08, 0.5)
    glow = rng.uniform(0.25, 1.0, lit.shape) ** 1.5
    hue = float(rng.random() < 0.25)
    for i, j in zip(*np.nonzero(lit), strict=True):
        rows = slice(max(0, down[i]), max(0, down[i] + size))
        drawing.light(rows, slice(across[j], across[j] + max(1, size - 1)), glow[i, j], hue)


def _roof(rng: np.random.Generator, body: NDArray[np.uint8], left: int, top: int, wide: int) -> None:
    kind = rng.random()
    middle = left + wide // 2
    if kind < 0.5:
        peak = np.array(
            [[left - 1, top], [middle, top - int(wide * rng.uniform(0.35, 0.8))], [left + wide + 1, top]]
        )
        cv2.fillPoly(body, [peak.astype(np.int32)], 255, cv2.LINE_AA)
    elif kind < 0.78:
        cv2.ellipse(body, (middle, top), (wide // 2, int(wide * 0.6)), 0, 180, 360, 255, -1, cv2.LINE_AA)
        cv2.line(body, (middle, top - int(wide * 0.95)), (middle, top), 255, 1, cv2.LINE_AA)
    else:
        tip = np.array(
            [
                [middle - wide // 4, top],
                [middle, top - int(wide * rng.uniform(1.3, 2.4))],
                [middle + wide // 4, top],
            ]
        )
        cv2.fillPoly(body, [tip.astype(np.int32)], 255, cv2.LINE_AA)
