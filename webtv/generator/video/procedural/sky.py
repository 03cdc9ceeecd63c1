"""Skies: gradient, sun or moon, stars and drifting clouds, as one plate far away."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, sample, smoothstep, warped
from webtv.generator.video.procedural.plate import Plate, plate_grid
from webtv.generator.video.procedural.scene import Field, Moment, Picture, Scene, over, three, tint

FAR = 30.0


def sun_place(scene: Scene, horizon: float) -> tuple[float, float]:
    """Where the sun or moon stands: on a third, as composition likes it."""
    side = -1 if scene.rng.random() < 0.5 else 1
    return side * float(scene.rng.uniform(0.16, 0.42)), horizon - scene.light.sun_y * float(
        scene.rng.uniform(0.8, 1.1)
    )


def gradient(scene: Scene, x: Field, y: Field, horizon: float, sun: tuple[float, float]) -> Picture:
    """Air without clouds: from the zenith's tone to the horizon's, brighter round the sun."""
    light, palette = scene.light, scene.palette
    height = np.clip((horizon - y) / 0.75, 0, 1)
    tone = light.horizon + (light.zenith - light.horizon) * height**0.62
    distance = np.hypot(x - sun[0], (y - sun[1]) * 1.25)
    tone = tone + np.float32(0.16 * min(light.sun, 1.3)) * np.exp(-distance * 3.2)
    picture = palette.paint(tone)
    second = palette.accent(0, 0.30 + 0.45 * light.horizon)
    band = np.exp(-np.abs(horizon - y) * 5.5) * np.exp(-np.abs(x - sun[0]) * 0.55) * 0.55
    picture = over(picture, second, band.astype(np.float32))
    warm = palette.at(0.93) * np.array([1.08 + light.warmth, 1, 0.9 - light.warmth], np.float32)
    halo = np.exp(-distance * 7) * np.float32(0.9 * light.sun) + np.exp(-distance * 2.4) * np.float32(
        0.18 * light.sun
    )
    return picture + tint(halo, warm)


def disc(scene: Scene, x: Field, y: Field, sun: tuple[float, float], radius: float) -> Picture:
    """The sun's or moon's own light, bright enough to bloom."""
    distance = np.hypot(x - sun[0], y - sun[1])
    mask = smoothstep(radius * 1.06, radius * 0.94, distance)
    strength = 7 * scene.light.sun if scene.light.name != "night" else 1.6
    return tint(mask * np.float32(strength), scene.palette.at(0.97))


def stars(scene: Scene, shape: tuple[int, int], count: int) -> Field:
    """Single points of light of many magnitudes."""
    field = np.zeros(shape, np.float32)
    rows = scene.rng.integers(1, shape[0] - 1, count)
    columns = scene.rng.integers(1, shape[1] - 1, count)
    power = (scene.rng.pareto(1.6, count).astype(np.float32) + 0.25).clip(0, 7) * 0.5
    np.maximum.at(field, (rows, columns), power)
    np.maximum.at(field, (rows, columns + 1), power * 0.35)
    np.maximum.at(field, (rows + 1, columns), power * 0.35)
    return field


def sky(
    scene: Scene, horizon: float, sun: tuple[float, float], cover: float | None = None
) -> Callable[[Moment], Picture]:
    """A whole sky. ``cover`` is the share of clouds (0..1), by default left to chance and the light."""
    light = scene.light
    density = float(scene.height)
    x, y = plate_grid(scene, density)
    image = gradient(scene, x, y, horizon, sun)
    if light.name in ("night", "dusk", "neon", "low"):
        fade = smoothstep(horizon + 0.02, horizon - 0.5, y) * (1.0 if light.name in ("night", "low") else 0.4)
        image += tint(stars(scene, image.shape[:2], 900) * fade, scene.palette.at(0.95))
    if light.name not in ("overcast", "storm"):
        image += disc(scene, x, y, sun, 0.045 if light.sun_y < 0.2 else 0.032)
    plate = Plate(image.astype(np.float32), FAR, density)
    texture = fbm(scene.rng, 512, 4, 6, 0.52)
    if cover is None:
        cover = {"overcast": 0.8, "storm": 0.85}.get(light.name, float(scene.rng.uniform(0.32, 0.62)))
    half = (scene.width // 2, scene.height // 2)
    grid_x, grid_y = (cv2.resize(axis, half, interpolation=cv2.INTER_AREA) for axis in scene.grid)
    lit = scene.palette.at(min(1.0, light.horizon + 0.14)) * np.float32(1 + 0.35 * light.sun)
    shade = scene.palette.at(light.zenith * 0.75 + 0.02)
    drift = 0.02 * scene.energy

    def paint(moment: Moment) -> Picture:
        air = plate.seen(scene, moment.pose)
        if cover <= 0.02:
            return air
        px, py = moment.pose.onto(grid_x, grid_y, FAR)
        up = np.maximum(horizon - py, 0.0) + 0.16
        u = px / up * 0.075 + np.float32(drift * moment.t)
        v = 0.06 / up
        thick = warped(texture, u, v * 2.4, 0.12, (0.004 * moment.t, 0))
        toward = sample(texture, u + 0.012, v * 2.4 + 0.03)
        mask = smoothstep(1 - cover, 1.25 - cover * 0.55, thick) * smoothstep(
            horizon + 0.01, horizon - 0.16, py
        )
        bright = np.clip(0.5 + (thick - toward) * 2.2, 0, 1)
        cover_and_light = cv2.resize(cv2.merge([mask * 0.85, bright]), (scene.width, scene.height))
        cloud = shade + (lit - shade) * three(cover_and_light[..., 1])
        return over(air, cloud, cover_and_light[..., 0])

    return paint
