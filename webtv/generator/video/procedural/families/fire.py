"""Fire: flames that lick upward, with sparks."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep
from webtv.generator.video.procedural.palette import oklch
from webtv.generator.video.procedural.scene import Moment, Painter, Picture, Scene, tint
from webtv.generator.video.procedural.sprites import Swarm


def fire(scene: Scene) -> Painter:
    """``flames`` stand in a row, ``campfire`` is one fire in the dark, ``plasma`` fills the picture."""
    rng, palette = scene.rng, scene.palette
    x, y = scene.grid
    noise, detail = fbm(rng, 512, 4, 5, 0.5), fbm(rng, 512, 6, 5, 0.55)
    offset = rng.random(2).astype(np.float32)
    natural = palette.chroma < 0.9 or (palette.hues[0] % 360) < 110
    ramp = _heat(scene, natural)
    sparks = Swarm(scene, 130, (0.0018, 0.007), (0.9, 3.0))
    wall = palette.at(0.10)
    pace = np.float32(0.11 * (0.7 + 0.45 * scene.energy))

    span = {"campfire": (0.62, 1.75), "plasma": (0.62, 1.5)}.get(scene.variant, (0.60, 1.85))

    def paint(moment: Moment) -> Picture:
        t = moment.t
        px, py = moment.pose.onto(x, y, 1.5)
        up = 0.55 - py
        u, v = px * 0.30 + offset[0], py * 0.17 + offset[1]
        a = sample(noise, u, v + t * pace * 0.55)
        b = sample(
            detail,
            u * 1.6 + 0.16 * (a - 0.5),
            v * 1.5 + t * pace + 0.14 * a,
        )
        c = sample(
            detail,
            u * 2.6 + 0.22 * (b - 0.5),
            v * 2.2 + t * pace * 1.25,
        )
        body = a * 0.55 + b * 0.75 + c * 0.35
        if scene.variant == "plasma":
            shape = 0.15 * np.ones_like(up)
        elif scene.variant == "campfire":
            lean = px + (b - 0.5) * up * 0.35
            shape = 0.62 - up * 0.72 - np.abs(lean) * 1.9 / (1.15 - np.minimum(up, 0.95) * 0.55)
        else:
            shape = 0.42 - up * 1.02
        heat = smoothstep(*span, body + shape)
        tongue = np.clip(heat, 0, 1)
        place = tongue * 511
        picture = cv2.remap(ramp, place, np.zeros_like(place), cv2.INTER_LINEAR)
        dark = smoothstep(0.7, -0.4, up) * 0.5 + 0.35
        picture += tint((1 - tongue) * dark * (0.5 + a), wall)
        rise = (-moment.t * (0.16 + 0.16 * sparks.phase)).astype(np.float32)
        swing = (0.05 * np.sin(moment.t * 1.6 + sparks.phase * 40)).astype(np.float32)
        fade = smoothstep(-0.55, 0.4, sparks.y) * 2.2
        sparks.add(picture, moment.pose, swing, rise, ramp[0, 400], fade)
        return picture

    return paint


def _heat(scene: Scene, natural: bool) -> Picture:
    """(1, 512, 3): nothing, ember, flame, white heat. Fire of other colours takes the palette's accents."""
    hues = (
        (28.0, 48.0, 85.0)
        if natural
        else (
            scene.palette.hues[0],
            scene.palette.hues[min(1, len(scene.palette.hues) - 1)],
            scene.palette.hues[-1],
        )
    )
    stops = np.array([0, 0.18, 0.42, 0.68, 0.88, 1.0])
    colours = np.stack(
        [
            oklch(0.02, 0, hues[0]),
            oklch(0.36, 0.15, hues[0]),
            oklch(0.60, 0.21, hues[0]),
            oklch(0.78, 0.18, hues[1]) * 1.4,
            oklch(0.92, 0.10, hues[2]) * 1.9,
            oklch(0.98, 0.03, hues[2]) * 2.4,
        ]
    )
    places = np.linspace(0, 1, 512)
    return np.stack([np.interp(places, stops, colours[:, i]) for i in range(3)], axis=1).astype(np.float32)[
        None
    ]
