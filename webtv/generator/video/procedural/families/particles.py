"""Particles: points of light in depth before a soft, out-of-focus backdrop."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep, warped
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Moment, Painter, Picture, Scene, tint
from webtv.generator.video.procedural.sprites import Swarm, Values

Motion = Callable[[Swarm, float], tuple[Values, Values]]
TAU = 2 * np.pi


def _rise(swarm: Swarm, t: float) -> tuple[Values, Values]:
    swing = 0.05 * np.sin(t * 1.1 + swarm.phase * TAU) + 0.03 * np.sin(t * 1.9 + swarm.phase * 17)
    return swing.astype(np.float32), (-t * (0.10 + 0.08 * swarm.phase) / np.sqrt(swarm.depth)).astype(
        np.float32
    )


def _fall(swarm: Swarm, t: float) -> tuple[Values, Values]:
    swing = 0.06 * np.sin(t * 0.8 + swarm.phase * TAU) + 0.035 * t
    return swing.astype(np.float32), (t * (0.11 + 0.06 * swarm.phase) / np.sqrt(swarm.depth)).astype(
        np.float32
    )


def _wander(swarm: Swarm, t: float) -> tuple[Values, Values]:
    p = swarm.phase * TAU
    dx = 0.09 * np.sin(t * 0.55 + p) + 0.04 * np.sin(t * 1.1 + p * 3)
    dy = 0.06 * np.cos(t * 0.6 + p * 2) + 0.03 * np.sin(t * 1.3 + p * 5)
    return dx.astype(np.float32), dy.astype(np.float32)


def _breathe(swarm: Swarm, t: float) -> tuple[Values, Values]:
    p = swarm.phase * TAU
    return (0.05 * t * (0.5 + swarm.phase) + 0.02 * np.sin(t * 0.5 + p)).astype(np.float32), (
        0.03 * np.cos(t * 0.4 + p)
    ).astype(np.float32)


KINDS: dict[str, tuple[Motion, bool]] = {
    "embers": (_rise, True), "snow": (_fall, True), "fireflies": (_wander, True), "bokeh": (_breathe, False),
    "dust": (_wander, True), "petals": (_fall, False), "bubbles": (_rise, False),
}  # fmt: skip


def _backdrop(scene: Scene) -> Plate:
    """A blurred place: bands of tone, a glow, dark shapes below."""
    rng, palette, light = scene.rng, scene.palette, scene.light
    x, y = plate_grid(scene, scene.height * 0.5)
    noise = fbm(rng, 256, 2, 4, 0.5)
    n = warped(noise, x * 0.22, y * 0.3, 0.5)
    centre = rng.uniform(-0.4, 0.4), rng.uniform(-0.2, 0.25)
    glow = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2 * 1.6) * 3.2)
    bright = light.horizon * 0.5
    tone = (
        0.04
        + bright * (0.1 + 0.9 * n * n * 1.6) * (0.45 + 1.0 * glow)
        - 0.1 * smoothstep(0.0, 0.55, y + 0.2 * n)
    )
    picture = palette.paint(np.clip(tone, 0.02, 1).astype(np.float32))
    if scene.variant in ("dust", "fireflies", "petals"):
        along = x * 0.4 + y * 0.22
        rays = sample(noise, along, 0 * x + 0.3) * sample(noise, along * 3 + 0.2, 0 * x + 0.7)
        shafts = np.clip(rays * 3 - 0.6, 0, 1)
        picture += tint(
            shafts * np.exp(-(y + 0.7) * 1.4) * np.float32(0.34 * scene.light.sun), palette.at(0.9)
        )
    picture += tint((glow * n * 0.5).astype(np.float32), palette.accent(0, 0.6))
    return Plate(
        cv2.GaussianBlur(picture, (0, 0), scene.height / 90).astype(np.float32), 9.0, scene.height * 0.5
    )


def particles(scene: Scene) -> Painter:
    """``embers``, ``snow``, ``fireflies``, ``bokeh``, ``dust``, ``petals`` or ``bubbles``."""
    rng, palette = scene.rng, scene.palette
    move, soft = KINDS.get(scene.variant, KINDS["bokeh"])
    backdrop = _backdrop(scene)
    near = Swarm(scene, 46, (0.012, 0.05 if soft else 0.075), (0.75, 1.3), soft)
    middle = Swarm(scene, 210, (0.004, 0.014 if soft else 0.035), (1.4, 3.0), soft)
    far = Swarm(scene, 330, (0.002, 0.006 if soft else 0.014), (3.0, 7.0), True)
    swarms = [(far, 0.9), (middle, 1.5), (near, 0.42)]
    shades = np.stack([palette.at(0.92), palette.at(0.78), palette.accent(0, 0.78), palette.accent(1, 0.72)])
    if scene.variant == "snow":
        shades = np.stack([palette.at(0.97), palette.at(0.93), palette.at(0.9), palette.at(0.97)])
    if scene.variant == "embers":
        shades = np.stack(
            [palette.at(0.9), palette.accent(0, 0.7), palette.accent(0, 0.78), palette.at(0.8)]
        ) * np.array([1.5, 0.85, 0.45], np.float32)
    colours = [shades[rng.integers(0, len(shades), len(swarm.x))] for swarm, _ in swarms]
    pulse = 1.0 if scene.variant in ("fireflies", "bokeh") else 0.35

    def paint(moment: Moment) -> Picture:
        picture = backdrop.seen(scene, moment.pose)
        for (swarm, power), colour in zip(swarms, colours, strict=True):
            dx, dy = move(swarm, moment.t * scene.energy)
            beat = 0.5 + 0.5 * np.sin(moment.t * (0.8 + swarm.phase) * 1.3 + swarm.phase * 40)
            strength = ((1 - 0.75 * pulse) + 0.75 * pulse * beat * beat).astype(np.float32) * np.float32(
                power
            )
            swarm.add(picture, moment.pose, dx, dy, colour, strength)
        return picture

    return paint
