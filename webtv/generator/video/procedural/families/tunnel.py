"""Tunnel: flight through a corridor of panels and strips of light."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, smoothstep
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three, tint

SIZE = 512


def _panels(scene: Scene) -> tuple[Field, Field, Field]:
    """(SIZE, SIZE) tone, light of strips, and hue of strips, of one unrolled stretch of wall. Tiles."""
    rng = scene.rng
    grit = fbm(rng, SIZE, 8, 6, 0.6)
    tone = 0.26 + 0.22 * (grit - 0.5)
    lamp, hue = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    if scene.variant == "organic":
        vein = np.abs(fbm(rng, SIZE, 5, 4, 0.55) - 0.5)
        return tone + 0.25 * vein, smoothstep(0.035, 0.0, vein) * 0.9, fbm(rng, SIZE, 3, 2)
    across = int(rng.choice([8, 12, 16]))
    along = int(rng.choice([4, 6, 8]))
    wide, tall = SIZE // across, SIZE // along
    for i in range(along):
        for j in range(across):
            box = (slice(i * tall + 2, (i + 1) * tall - 2), slice(j * wide + 2, (j + 1) * wide - 2))
            tone[box] += rng.uniform(-0.1, 0.12)
            if rng.random() < 0.16:
                inset = (
                    slice(i * tall + tall // 3, i * tall + 2 * tall // 3),
                    slice(j * wide + wide // 4, j * wide + 3 * wide // 4),
                )
                lamp[inset] = rng.uniform(0.2, 0.7)
                hue[inset] = rng.random()
    for k in range(along):
        tone[k * tall : k * tall + 3] -= 0.16
    for k in range(across):
        tone[:, k * wide : k * wide + 2] -= 0.12
    for k in rng.choice(across, 4, replace=False):
        lamp[:, k * wide - 1 : k * wide + 3] = 1.3
        hue[:, k * wide - 1 : k * wide + 3] = float(rng.random() < 0.5)
    ring = int(rng.integers(along)) * tall
    lamp[ring : ring + 9] = np.maximum(lamp[ring : ring + 9], 1.5)
    hue[ring : ring + 9] = 0.5
    return tone.astype(np.float32), lamp, hue


def tunnel(scene: Scene) -> Painter:
    """``round`` and ``square`` have panels and lamps, ``organic`` has glowing veins."""
    rng, palette = scene.rng, scene.palette
    tone, lamp, hue = _panels(scene)
    wall = palette.paint(tone) * 1.25
    first, second = palette.accent(0, 0.72), palette.accent(1, 0.72)
    shine = tint(lamp * (1 - hue), first) + tint(lamp * hue, second)
    skin = np.dstack([wall, shine * np.float32(1.9 + scene.light.lamps)])
    skin = cv2.copyMakeBorder(skin[..., :3] + skin[..., 3:], 0, 1, 0, 1, cv2.BORDER_WRAP)
    x, y = scene.grid
    bend = rng.uniform(-0.05, 0.05, 2)
    repeat = np.float32(2 if scene.variant == "square" else 1)
    twist = np.float32(rng.uniform(-0.05, 0.05)) if scene.variant != "square" else 0
    pace = np.float32(0.11 * (0.7 + 0.4 * scene.energy))
    end = palette.at(min(0.95, scene.light.horizon + 0.2)) * 1.4
    mist = palette.at(0.35) * 0.6

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        px, py = pose.onto(x, y, 3)
        curve = np.sin(moment.t * 0.5 + 0.8)
        for _ in range(2):
            reach = 0.30 / np.maximum(np.hypot(px, py), 0.03)
            px = px + (np.float32(bend[0] * curve) * np.minimum(reach, 5)) * 0.35
            py = py + (np.float32(bend[1]) * np.minimum(reach, 5)) * 0.35
        if scene.variant == "square":
            ax, ay = np.abs(px) * 0.62, np.abs(py)
            radius = np.maximum(np.maximum(ax, ay), 0.012)
            side = ax > ay
            around = np.where(
                side,
                py / radius * 0.125 + 0.125,
                px * 0.62 / radius * 0.125 + 0.375,
            )
            around = np.where(side, around + (px > 0) * 0.5, around + (py > 0) * 0.5)
        else:
            radius = np.maximum(np.hypot(px, py), 0.012)
            around = np.arctan2(py, px) * np.float32(1 / (2 * np.pi))
        z = np.float32(0.20 * scene.scale**0.3) / radius
        u = around.astype(np.float32) * repeat + z * twist
        v = z * 0.55 + t * pace + np.float32(pose.z * 0.25)
        lit = cv2.remap(
            skin, (u - np.floor(u)) * np.float32(SIZE), (v - np.floor(v)) * np.float32(SIZE), cv2.INTER_LINEAR
        )
        fade = np.exp(-z * 0.62)
        far = np.exp(-radius * 9)
        picture = lit * three(fade * 1.5) + tint(1 - fade, mist)
        return np.asarray(picture + tint(far * 0.9, end))

    return paint
