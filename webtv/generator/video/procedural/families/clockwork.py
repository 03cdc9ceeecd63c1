"""Clockwork: wheels of brass and steel that turn one another, in depth."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, smoothstep
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three
from webtv.generator.video.procedural.sprites import Swarm

DENSITY = 260
MODULE = 0.0135
"""Pitch radius per tooth: wheels of one module mesh."""


def clockwork(scene: Scene) -> Painter:
    """``watch`` has fine bright wheels, ``engine`` fewer and heavier ones."""
    palette, light = scene.palette, scene.light
    heavy = scene.variant == "engine"
    gx, gy = plate_grid(scene, scene.height * 0.5)
    glow = np.exp(-((gx - 0.2) ** 2 + (gy + 0.2) ** 2) * 1.8)
    tone = 0.05 + (0.1 + 0.3 * light.horizon) * glow
    backdrop = Plate(palette.paint(tone.astype(np.float32)), 9.0, scene.height * 0.5)
    layers = [_train(scene, depth, heavy) for depth in (3.6, 2.0, 1.15)]
    dust = Swarm(scene, 60, (0.0015, 0.006), (0.9, 3.0))
    haze = palette.at(light.horizon * 0.7)
    white = palette.at(0.93) * 0.5
    k = scene.height
    shine = _shine(round(1.6 * scene.width))

    def paint(moment: Moment) -> Picture:
        pose = moment.pose
        picture = backdrop.seen(scene, pose)
        for depth, wheels in layers:
            veil = np.float32(0.16 * (depth - 1) ** 0.7)
            for wheel in wheels:
                px, py, near = pose.project(np.float32(wheel.x), np.float32(wheel.y), depth)
                centre = (float(px) + scene.aspect / 2) * k, (float(py) + 0.5) * k
                size = float(near) * k / DENSITY
                wheel.draw(picture, centre, size, wheel.angle(moment.t) - pose.roll, haze, veil, shine)
        dust.add(
            picture, pose, 0.02 * moment.t + dust.phase * 0, 0.02 * np.sin(moment.t + dust.phase * 9), white
        )
        return picture

    return paint


class _Wheel:
    def __init__(self, x: float, y: float, teeth: int, rate: float, first: float, face: Field) -> None:
        self.x, self.y, self.teeth, self.rate, self.first, self.face = x, y, teeth, rate, first, face

    def angle(self, t: float) -> float:
        return self.first + self.rate * t

    def draw(  # noqa: PLR0917 - the numbers of one drawing
        self,
        picture: Picture,
        centre: tuple[float, float],
        size: float,
        angle: float,
        haze: Field,
        veil: np.float32,
        shine: Field,
    ) -> None:
        """Turn the face (relief and cover) and light it from above left in the picture's own frame."""
        height, width = picture.shape[:2]
        half = self.face.shape[0] / 2 * size + 2
        left, right = max(0, int(centre[0] - half)), min(width, int(centre[0] + half) + 1)
        top, bottom = max(0, int(centre[1] - half)), min(height, int(centre[1] + half) + 1)
        if left >= right or top >= bottom:
            return
        c, s = np.cos(angle) / size, np.sin(angle) / size
        middle = self.face.shape[0] / 2
        dx, dy = left - centre[0], top - centre[1]
        matrix = np.array([[c, s, c * dx + s * dy + middle], [-s, c, -s * dx + c * dy + middle]])
        seen = cv2.warpAffine(
            self.face, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        alpha = seen[..., 4]
        relief = seen[..., 3]
        edge = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) + cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3)
        row, column = round(centre[1]) - top, round(centre[0]) - left
        reach = shine.shape[0] // 2
        brushed = shine[
            reach - row : reach - row + bottom - top, reach - column : reach - column + right - left
        ]
        lit = np.clip(brushed * (1 + np.clip(edge * 0.9, -0.8, 1.6)), 0.08, 3)
        body = seen[..., :3] * three(lit)
        body = body + (haze - body) * veil
        part = picture[top:bottom, left:right]
        shade = cv2.blur(cv2.blur(alpha, (9, 9)), (9, 9))
        part *= 1 - three(shade) * 0.45
        cover = three(alpha)
        part += (body - part) * cover


def _shine(half: int) -> Field:
    """How turned metal shines round its middle, lit from above left; it stays while the wheel turns."""
    axis = np.arange(-half, half, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    along = 2 * (np.arctan2(y, x) - 0.75)
    return np.asarray(0.62 + 0.5 * np.cos(along) ** 2)


def _train(scene: Scene, depth: float, heavy: bool) -> tuple[float, list[_Wheel]]:
    """Wheels that mesh, each set against one already placed, without overlap."""
    rng = scene.rng
    scale = scene.scale**0.4
    few, many = (12, 30) if heavy else (8, 24)
    module = MODULE * (1.35 if heavy else 0.95) * scale
    wheels: list[_Wheel] = []
    teeth = int(rng.integers(few, many)) + 6
    rate = 0.32 * scene.energy * 16 / teeth * (1 if rng.random() < 0.5 else -1)
    wheels.append(
        _make(scene, rng.uniform(-0.4, 0.4), rng.uniform(-0.15, 0.15), teeth, rate, rng.uniform(0, 6), module)
    )
    for _ in range(60):
        if len(wheels) >= (4 if heavy else 6):
            break
        parent = wheels[int(rng.integers(len(wheels)))]
        teeth = int(rng.integers(few, many))
        way = float(rng.uniform(0, 2 * np.pi))
        far = module * (parent.teeth + teeth)
        x, y = parent.x + far * np.cos(way), parent.y + far * np.sin(way) * 1.0
        if abs(x) > 1.15 or abs(y) > 0.62:
            continue
        if any(
            np.hypot(x - o.x, y - o.y) < module * (o.teeth + teeth) + module * 2.2
            for o in wheels
            if o is not parent
        ):
            continue
        ratio = -parent.teeth / teeth
        first = way + np.pi + np.pi / teeth + (way - parent.first) * parent.teeth / teeth
        wheels.append(_make(scene, x, y, teeth, parent.rate * ratio, first, module))
    return depth, wheels


def _make(scene: Scene, x: float, y: float, teeth: int, rate: float, first: float, module: float) -> _Wheel:  # noqa: PLR0917 - the numbers of one drawing
    return _Wheel(float(x), float(y), teeth, rate, float(first), _face(scene, teeth, module))


def _face(scene: Scene, teeth: int, module: float) -> Field:
    """(n, n, 5): colour, relief and cover of one wheel at DENSITY pixels per picture height."""
    rng, palette = scene.rng, scene.palette
    radius = teeth * module * DENSITY
    tooth = 1.05 * module * DENSITY
    half = int(radius + tooth) + 4
    axis = np.arange(-half, half, dtype=np.float32) + 0.5
    x, y = np.meshgrid(axis, axis)
    r, a = np.hypot(x, y), np.arctan2(y, x)
    profile = np.clip(np.sin(a * teeth) * 2.0, -1, 1)
    cover = smoothstep(0.8, -0.8, r - (radius + profile * tooth * 0.85))
    rim = radius - tooth * 2.6
    hub = radius * float(rng.uniform(0.2, 0.3))
    arms = int(rng.choice([4, 5, 6]))
    width = radius * 0.10
    spoke = np.full_like(r, 1e3)
    for k in range(arms):
        way = 2 * np.pi * k / arms
        spoke = np.minimum(
            spoke,
            np.where(x * np.cos(way) + y * np.sin(way) > 0, np.abs(x * np.sin(way) - y * np.cos(way)), 1e3),
        )
    solid = np.maximum(smoothstep(0.8, -0.8, rim - r), smoothstep(0.8, -0.8, r - hub))
    solid = np.maximum(solid, smoothstep(0.8, -0.8, spoke - width))
    if teeth < 13:
        solid = np.ones_like(r)
    bore = smoothstep(-0.8, 0.8, r - max(2.0, hub * 0.3))
    cover = cover * solid * bore
    groove = 0.35 * np.exp(-(((r - rim * 1.08) / 1.6) ** 2)) + 0.35 * np.exp(-(((r - hub * 0.75) / 1.6) ** 2))
    relief = cv2.GaussianBlur(cover, (0, 0), 1.4) - groove * cover
    grit = fbm(rng, 256, 16, 4, 0.6)
    scratch = cv2.resize(grit, (2 * half, 2 * half)) - 0.5
    metal = float(rng.choice([0.46, 0.56, 0.68]))
    colour = palette.paint((metal + 0.10 * scratch + 0.05 * np.sin(r * 1.3)).astype(np.float32))
    if rng.random() < 0.35:
        colour = colour * 0.45 + palette.accent(0, 0.6) * 0.5
    return np.dstack([colour, relief, cover]).astype(np.float32)
