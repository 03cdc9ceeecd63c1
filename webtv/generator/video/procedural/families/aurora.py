"""Aurora: curtains of light over snowy hills, mirrored in still water."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep
from webtv.generator.video.procedural.palette import oklch
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, tint
from webtv.generator.video.procedural.sky import stars
from webtv.generator.video.procedural.water import mirrored

CURTAINS = 4


def _hills(scene: Scene, depth: float, top: float, rough: float, tone: float) -> Plate:
    rng = scene.rng
    density = float(scene.height)
    x, y = plate_grid(scene, density)
    columns = x.shape[1]
    line = np.zeros(columns, np.float32)
    for octave in range(7):
        knots = rng.uniform(-1, 1, (1, 5 * 2**octave)).astype(np.float32)
        line += 0.44**octave * cv2.resize(knots, (columns, 1), interpolation=cv2.INTER_CUBIC)[0]
    edge = np.float32(top) - line[None] * np.float32(rough)
    alpha = np.clip((y - edge) * density + 0.5, 0, 1)
    snow = fbm(rng, 256, 4, 5, 0.6)
    faces = sample(snow, x * 0.6, y * 1.3) - sample(snow, x * 0.6 + 0.02, y * 1.3 + 0.012)
    shade = (
        tone + 0.12 * smoothstep(-0.02, 0.08, faces) * np.exp(-np.maximum(y - edge, 0) * 6) - 0.1 * (y - edge)
    )
    image = scene.palette.paint(np.clip(shade, 0.01, 1).astype(np.float32)) * alpha[..., None]
    return Plate(np.dstack([image, alpha]).astype(np.float32), depth, density)


def aurora(scene: Scene) -> Painter:
    """``lake`` mirrors the sky below the hills, ``hills`` fills the foreground with snow."""
    rng, palette = scene.rng, scene.palette
    x, y = scene.grid
    density = float(scene.height)
    gx, gy = plate_grid(scene, density)
    shore = 0.2 if scene.variant != "hills" else 0.75
    night = palette.paint(np.clip(0.04 + 0.12 * smoothstep(-0.5, 0.35, gy), 0, 1))
    backdrop = Plate(
        (night + tint(stars(scene, gx.shape, 1300) * 0.55, palette.at(0.96))).astype(np.float32),
        30.0,
        density,
    )
    rows = [_hills(scene, 10, 0.12, 0.085, 0.10), _hills(scene, 5, 0.19 if shore < 0.5 else 0.3, 0.06, 0.05)]
    low = palette.accent(0, 0.74) if palette.chroma > 0.3 else oklch(0.74, 0.17, 160)
    high = palette.accent(1, 0.6)
    ripples = fbm(rng, 256, 4, 5, 0.55)
    curtains = _Curtains(scene)

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        picture = backdrop.seen(scene, pose)
        px, py = pose.onto(x, y, 20)
        small = (scene.width // 2, scene.height // 2)
        light, violet = curtains.at(
            cv2.resize(px, small, interpolation=cv2.INTER_AREA),
            cv2.resize(py, small, interpolation=cv2.INTER_AREA),
            t,
        )
        light = cv2.resize(light, (scene.width, scene.height), interpolation=cv2.INTER_CUBIC)
        violet = np.minimum(
            cv2.resize(violet, (scene.width, scene.height), interpolation=cv2.INTER_CUBIC), light
        )
        picture += tint(np.maximum(light - violet, 0) * 1.15, low) + tint(violet * 1.3, high)
        ambient = 0.6 + 1.6 * np.float32(light.mean())
        for plate in rows:
            plate.lay(picture, scene, pose, (low * 0.9 + 0.5) * ambient)
        if shore < 0.5:
            picture = mirrored(picture, scene, moment, shore, 5, ripples)
        return picture

    return paint


class _Curtains:
    """Folded sheets of rays, sharp below and fading upward."""

    def __init__(self, scene: Scene) -> None:
        rng = scene.rng
        self.sway = fbm(rng, 256, 3, 3, 0.45)
        self.rays = fbm(rng, 512, 10, 5, 0.62)
        self.feet = (np.linspace(-0.12, 0.2, CURTAINS) + rng.uniform(-0.05, 0.05, CURTAINS)).tolist()
        self.shifts = rng.random(CURTAINS).tolist()
        self.pace = 0.028 * scene.energy

    def at(self, px: Field, py: Field, t: float) -> tuple[Field, Field]:
        """Light of all curtains at (px, py), and the part of it that is high enough to turn colour."""
        light, high = np.zeros_like(px), np.zeros_like(px)
        drift = t * self.pace
        lean = px + (py + 0.3) * px * 0.25
        for foot, shift in zip(self.feet, self.shifts, strict=True):
            same = np.full_like(px, shift)
            fold = sample(self.sway, lean * 0.16 + (shift + drift), same + drift * 0.7)
            up = foot + (fold - 0.5) * 0.5 - 0.06 - py
            ray = sample(self.rays, lean * 0.42 + fold * 1.1 + drift * 1.6, same + py * 0.012)
            above, below = np.maximum(up, 0), np.minimum(up, 0)
            rising = np.exp(-above / (0.10 + 0.30 * ray)) * np.exp(below * 55)
            fade = np.clip(sample(self.sway, px * 0.1 + (shift * 3 - drift), same + 0.4) * 2 - 0.5, 0.05, 1)
            glow = rising * (0.15 + ray**2 * 1.5) * fade
            light += glow
            high += glow * np.clip(up * 2.6, 0, 1)
        return light, high
