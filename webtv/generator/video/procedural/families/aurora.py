"""Aurora: curtains of light over snowy hills, mirrored in still water."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep
from webtv.generator.video.procedural.palette import oklch
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three, tint
from webtv.generator.video.procedural.sky import stars

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
    sway = fbm(rng, 256, 3, 3, 0.45)
    rays = fbm(rng, 512, 10, 5, 0.62)
    low = palette.accent(0, 0.74) if palette.chroma > 0.3 else oklch(0.74, 0.17, 160)
    high = palette.accent(1, 0.6)
    base = np.linspace(-0.12, 0.2, CURTAINS) + rng.uniform(-0.05, 0.05, CURTAINS)
    phase = rng.random(CURTAINS)
    ripple = fbm(rng, 256, 4, 5, 0.55)
    pace = np.float32(0.028 * scene.energy)

    def curtains(px: Field, py: Field, t: float) -> tuple[Field, Field]:
        light = np.zeros(px.shape, np.float32)
        violet = np.zeros(px.shape, np.float32)
        for index in range(CURTAINS):
            shift = np.float32(phase[index])
            lean = px + (py + 0.3) * px * 0.25
            fold = sample(
                sway,
                lean * 0.16 + shift + t * pace,
                np.full_like(px, shift) + t * pace * 0.7,
            )
            foot = np.float32(base[index]) + (fold - 0.5) * 0.5 - 0.06
            up = foot - py
            ray = sample(
                rays,
                lean * 0.42 + fold * 1.1 + t * pace * 1.6,
                np.full_like(px, shift) + py * 0.012,
            )
            reach = 0.10 + 0.30 * ray
            rising = np.where(up > 0, np.exp(-np.maximum(up, 0) / reach), np.exp(np.minimum(up, 0) * 55))
            fade = np.clip(
                sample(sway, px * 0.1 + shift * 3 - t * pace, np.full_like(px, shift + 0.4)) * 2 - 0.5,
                0.05,
                1,
            )
            glow = rising * (0.15 + ray**2 * 1.5) * fade
            light += glow
            violet += glow * np.clip(up * 2.6, 0, 1)
        return light, violet

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        picture = backdrop.seen(scene, pose)
        px, py = pose.onto(x, y, 20)
        small = (scene.width // 2, scene.height // 2)
        light, violet = curtains(
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
            picture = _lake(picture, moment)
        return picture

    def _lake(picture: Picture, moment: Moment) -> Picture:
        px, py = moment.pose.onto(x, y, 5)
        below = np.maximum(py - np.float32(shore), 0)
        z = 1 / (below + 0.05)
        t = moment.t
        wave = sample(ripple, px * z * 0.04, z * 0.3 + t * 0.05) - 0.5
        map_x = (x + wave * below * 0.12 + np.float32(scene.aspect / 2)) * np.float32(scene.height)
        map_y = (y - 2 * below + wave * (below + 0.02) * 0.8 + 0.5) * np.float32(scene.height)
        seen = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        share = smoothstep(0, 0.01, below)
        dim = share * (0.85 - below * 0.6)
        return np.asarray(picture * three(1 - share) + seen * three(dim))

    return paint
