"""Silk: folds of cloth with fine threads, lit from the side."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample
from webtv.generator.video.procedural.scene import Moment, Painter, Picture, Scene, tint

TAU = np.float32(2 * np.pi)


def silk(scene: Scene) -> Painter:
    """``ribbon`` has broad folds, ``thread`` shows the weave, ``smoke`` is soft."""
    rng, palette = scene.rng, scene.palette
    base = fbm(rng, 256, 2, 3, 0.36)
    x, y = scene.grid
    folds = np.float32({"thread": 4.5, "smoke": 2.2}.get(scene.variant, 3.2) * rng.uniform(0.85, 1.2))
    threads = {"thread": 0.16, "smoke": 0.0}.get(scene.variant, 0.07)
    span = np.float32(0.30 / scene.scale)
    lean = rng.uniform(-0.6, 0.6)
    c, s = np.float32(np.cos(lean)), np.float32(np.sin(lean))
    offset = rng.random(2).astype(np.float32)
    pace = 0.045 * scene.energy
    accent = palette.accent(0, 0.7)
    rim = palette.at(0.95)

    def paint(moment: Moment) -> Picture:
        px, py = moment.pose.onto(x, y)
        u = (c * px + s * py) * span * 0.55 + offset[0]
        v = (c * py - s * px) * span * 1.35 + offset[1]
        t = np.float32(moment.t * pace)
        a = sample(base, u + t * 0.5, v)
        b = sample(base, u * 1.3 + 0.37, v - t * 0.35)
        psi = sample(base, u + 0.34 * a, v + 0.30 * b)
        phase = psi * folds + a * 1.4 - t * 0.8
        wave = np.sin(TAU * phase)
        height = wave * 0.5 + psi * 0.6
        gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) * np.float32(scene.height / 320 * 9)
        gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) * np.float32(scene.height / 320 * 9)
        norm = 1 / np.sqrt(gx * gx + gy * gy + 1)
        diffuse = np.clip((0.62 - gx * 0.55 - gy * 0.5) * norm, 0, 1)
        sheen = np.clip((0.82 - gx * 0.4 + gy * 0.35) * norm, 0, 1) ** 14
        tone = 0.07 + diffuse * 0.62 + (a - 0.5) * 0.28
        if threads:
            fine = np.sin(TAU * (psi * folds * 16 + b * 9))
            tone += np.float32(threads) * fine * norm * diffuse
        cloth = palette.paint(tone)
        edge = np.clip(b * 2 - 0.75, 0, 1) * diffuse
        return np.asarray(cloth + tint(sheen * 1.1, rim) + tint(edge * 0.5, accent))

    return paint
