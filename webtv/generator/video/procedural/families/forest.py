"""Forest: rows of trees fading into mist, shafts of light between them, motes in the air."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep
from webtv.generator.video.procedural.plate import MARGIN_X, MARGIN_Y, Mist, Plate
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three, tint
from webtv.generator.video.procedural.sky import sky, sun_place
from webtv.generator.video.procedural.sprites import Swarm

DEPTHS = (12.0, 7.5, 4.8, 3.0, 1.9, 1.25)


def forest(scene: Scene) -> Painter:
    """``pines`` seen from outside over misty ridges, ``trunks`` from within, ``ridges`` of hills alone."""
    rng, light, palette = scene.rng, scene.light, scene.palette
    horizon = 0.1
    sun = sun_place(scene, horizon)
    air = sky(scene, horizon, sun, None)
    plates = [_row(scene, index) for index in range(len(DEPTHS))]
    half = (scene.width // 2, scene.height // 2)
    x, y = (cv2.resize(axis, half, interpolation=cv2.INTER_AREA) for axis in scene.grid)
    mist = Mist(scene, palette.at(min(1.0, light.horizon + 0.08)), 0.42, 0.85 * light.haze)
    rays = fbm(rng, 256, 6, 2, 0.5)
    motes = Swarm(scene, 70, size=(0.002, 0.006), depth=(1.0, 3.0))
    glow = palette.at(0.95) * np.array([1.1, 1, 0.85], np.float32) * np.float32(light.sun)
    source = (sun[0], sun[1] - 0.12)

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        picture = air(moment)
        for index, plate in enumerate(plates):
            plate.lay(picture, scene, pose)
            if index == len(plates) - 1:
                break
            mist.lay(picture, moment, plate.depth)
        px, py = pose.onto(x, y, 6)
        angle = np.arctan2(px - np.float32(source[0]), py - np.float32(source[1]))
        far = np.hypot(px - np.float32(source[0]), py - np.float32(source[1]))
        shaft = sample(rays, angle * np.float32(0.16 * 3), far * 0.02 + np.float32(0.03 * t))
        beam = (
            np.clip(shaft * 2 - 0.9, 0, 1)
            * np.exp(-far * 1.5)
            * 0.5
            * smoothstep(0.04, 0.3, far)
            * smoothstep(-0.1, 0.35, py - np.float32(source[1]))
        )
        picture += tint(cv2.resize(beam, (scene.width, scene.height)), glow)
        wander = 0.02 * np.sin(t * 0.7 + motes.phase * 6), 0.015 * np.cos(t * 0.5 + motes.phase * 9)
        motes.add(picture, pose, wander[0], wander[1] - 0.01 * t, glow * 0.8)
        return picture

    return paint


def _row(scene: Scene, index: int) -> Plate:
    light, palette = scene.light, scene.palette
    nearness = index / (len(DEPTHS) - 1)
    density = float(scene.height)
    columns, rows = round((scene.aspect + 2 * MARGIN_X) * density), round((1 + 2 * MARGIN_Y) * density)
    body = np.zeros((rows, columns), np.uint8)
    draw = {"trunks": _trunks, "ridges": _ridge}.get(scene.variant, _pines)
    draw(scene.rng, body, density, nearness)
    alpha = body.astype(np.float32) / 255
    tone = light.horizon * 0.84 * (1 - nearness) ** 1.3 + light.ground * (0.3 + 0.8 * nearness)
    fall = np.linspace(0.06, -0.02, rows, dtype=np.float32)[:, None] * np.ones((1, columns), np.float32)
    image = palette.paint(np.clip(tone + fall, 0.01, 1)) * alpha[..., None]
    return Plate(np.dstack([image, alpha]).astype(np.float32), DEPTHS[index], density)


def _profile(rng: np.random.Generator, columns: int, density: float, rough: float) -> Field:
    """A line of hills, in picture heights about 0."""
    line = np.zeros(columns, np.float32)
    weight = 1.0
    for octave in range(7):
        count = max(4, int(columns / density * 1.3 * 2**octave))
        knots = rng.uniform(-1, 1, (1, count)).astype(np.float32)
        line += weight * cv2.resize(knots, (columns, 1), interpolation=cv2.INTER_CUBIC)[0]
        weight *= rough
    return line


def _ridge(rng: np.random.Generator, body: NDArray[np.uint8], density: float, nearness: float) -> Field:
    rows, columns = body.shape
    top = 0.02 + 0.34 * nearness + _profile(rng, columns, density, 0.46) * (0.13 - 0.05 * nearness)
    line = (top + 0.5 + MARGIN_Y) * density
    points = np.stack([np.arange(columns), line], axis=1)
    shape = np.vstack([points, [[columns, rows], [0, rows]]])
    cv2.fillPoly(body, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return line


def _pines(rng: np.random.Generator, body: NDArray[np.uint8], density: float, nearness: float) -> None:
    line = _ridge(rng, body, density, nearness)
    columns = body.shape[1]
    x = 0.0
    while x < columns:
        tall = density * (0.05 + 0.26 * nearness**1.4) * float(rng.uniform(0.55, 1.2))
        foot = float(line[min(int(x), columns - 1)]) + tall * 0.1
        _pine(rng, body, x, foot, tall)
        x += tall * float(rng.uniform(0.16, 0.5)) * (1 if rng.random() < 0.85 else 3)


def _pine(rng: np.random.Generator, body: NDArray[np.uint8], x: float, foot: float, tall: float) -> None:
    tiers = int(np.clip(tall / 4, 5, 20))
    left, right = [], []
    lean = rng.uniform(-0.02, 0.02) * tall
    for tier in range(tiers):
        part = tier / tiers
        wide = tall * 0.19 * (part + 0.05) ** 0.85
        y = foot - tall * (1 - part)
        sway = lean * (1 - part)
        left += [
            (x + sway - wide * rng.uniform(0.75, 1.15), y + tall / tiers * 1.15),
            (x + sway - wide * 0.38, y + tall / tiers * 0.9),
        ]
        right += [
            (x + sway + wide * rng.uniform(0.75, 1.15), y + tall / tiers * 1.15),
            (x + sway + wide * 0.38, y + tall / tiers * 0.9),
        ]
    outline = np.array([(x + lean, foot - tall), *right, *reversed(left)])
    cv2.fillPoly(body, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)


def _trunks(rng: np.random.Generator, body: NDArray[np.uint8], density: float, nearness: float) -> None:
    rows, columns = body.shape
    _ridge(rng, body, density, 0.45 + nearness * 0.45)
    x = 0.0
    while x < columns:
        wide = density * (0.012 + 0.055 * nearness**1.5) * float(rng.uniform(0.6, 1.4))
        lean = density * float(rng.uniform(-0.05, 0.05))
        edge = np.array(
            [
                (x - wide / 2 + lean, 0),
                (x + wide / 2 + lean, 0),
                (x + wide * 0.62, rows),
                (x - wide * 0.62, rows),
            ]
        )
        cv2.fillPoly(body, [np.round(edge * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        for _ in range(int(rng.integers(2, 6))):
            y = float(rng.uniform(0.05, 0.6)) * rows
            side = 1 if rng.random() < 0.5 else -1
            _branch(
                rng,
                body,
                x + lean * (1 - y / rows),
                y,
                side,
                density * float(rng.uniform(0.06, 0.2)),
                wide * 0.3,
            )
        x += density * float(rng.uniform(0.05, 0.2)) * (0.6 + nearness * 1.6)


def _branch(  # noqa: PLR0917 - the numbers of one drawing
    rng: np.random.Generator,
    body: NDArray[np.uint8],
    x: float,
    y: float,
    side: int,
    length: float,
    wide: float,
) -> None:
    points = [(x, y)]
    angle = rng.uniform(-0.9, -0.3)
    for _ in range(5):
        angle += rng.uniform(-0.3, 0.25)
        x += side * np.cos(angle) * length / 5
        y += np.sin(angle) * length / 5
        points.append((x, y))
    line = np.round(np.array(points) * 16).astype(np.int32)
    cv2.polylines(body, [line[:3]], False, 255, max(1, round(wide)), cv2.LINE_AA, 4)
    cv2.polylines(body, [line], False, 255, max(1, round(wide * 0.5)), cv2.LINE_AA, 4)


def hill_plate(scene: Scene, depth: float, top: float, rough: float, nearness: float) -> Plate:
    """A single line of bare hills, as other families need before their skies."""
    density = float(scene.height)
    columns, rows = round((scene.aspect + 2 * MARGIN_X) * density), round((1 + 2 * MARGIN_Y) * density)
    line = (top + 0.5 + MARGIN_Y + _profile(scene.rng, columns, density, 0.46) * rough) * density
    body = np.clip(np.arange(rows, dtype=np.float32)[:, None] - line[None] + 0.5, 0, 1)
    tone = scene.light.horizon * 0.8 * (1 - nearness) ** 1.3 + scene.light.ground * (0.3 + 0.8 * nearness)
    image = three(body) * scene.palette.at(tone)
    return Plate(np.dstack([image, body]).astype(np.float32), depth, density)
