"""Ocean: an open sea to the horizon, sky mirrored in it and a road of glitter under the sun."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, ridged, smoothstep
from webtv.generator.video.procedural.palette import STEPS
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, over, three, tint
from webtv.generator.video.procedural.sky import FAR, gradient, sky, sun_place

SIZE = 256


def _slopes(field: Field, wavelength: float) -> Field:
    """(SIZE+1, SIZE+1, 3) of d/du, d/dv and height, closed so that it tiles."""
    wide = cv2.copyMakeBorder(field, 2, 2, 2, 2, cv2.BORDER_WRAP)
    gx = cv2.Sobel(wide, cv2.CV_32F, 1, 0, ksize=3)[2:-2, 2:-2]
    gy = cv2.Sobel(wide, cv2.CV_32F, 0, 1, ksize=3)[2:-2, 2:-2]
    strength = np.float32(wavelength / max(float(gx.std()), 1e-6))
    stacked = np.dstack([gx * strength, gy * strength, field])
    return cv2.copyMakeBorder(stacked, 0, 1, 0, 1, cv2.BORDER_WRAP)


@dataclass(frozen=True)
class _Waves:
    """The surface at every pixel of the sea: slopes across and along, heights of swell and chop, nearness."""

    across: Field
    along: Field
    crest: Field
    chop: Field
    near: Field


class _Surface:
    """Three nets of waves that drift through one another."""

    def __init__(self, scene: Scene, rough: float) -> None:
        self.swell = _slopes(fbm(scene.rng, SIZE, 4, 3, 0.4), 0.11 * rough)
        self.fine = _slopes(ridged(scene.rng, SIZE, 4, 5, 0.5), 0.10 * rough**0.5)
        self.wind = 0.06 * (0.6 + 0.5 * scene.energy)

    def at(self, x: Field, z: Field, t: float) -> _Waves:
        """Waves at (x, z) of the sea's plane, z away from the camera."""
        way = self.wind * t
        near = 1 / (1 + z * z * 0.06)
        one = _look(self.swell, x * 0.22, z * 0.34 + way)
        two = _look(self.swell, x * 0.5 + way * 0.6, z * 0.62 + way * 1.2)
        chop = _look(self.fine, x * 0.7 - way, z * 1.1 + way * 1.5)
        calm = near * 0.8 + 0.2  # far waves are smaller than a pixel
        return _Waves(
            across=(one[..., 0] + two[..., 0] * 0.7 + chop[..., 0] * near) * calm,
            along=(one[..., 1] + two[..., 1] * 0.7 + chop[..., 1] * near) * calm,
            crest=one[..., 2] * 0.55 + two[..., 2] * 0.45,
            chop=chop[..., 2],
            near=near,
        )


class _Water:
    """The colours of the sea and how it takes the light."""

    def __init__(self, scene: Scene, horizon: float, sun: tuple[float, float]) -> None:
        light, palette = scene.light, scene.palette
        heights = np.linspace(horizon, horizon - 1, STEPS, dtype=np.float32)[:, None]
        strip = gradient(scene, np.zeros((STEPS, 1), np.float32), heights, horizon, (9.0, 0.0))
        self.sky = np.ascontiguousarray(strip.transpose(1, 0, 2))
        self.deep = palette.at(light.zenith * 0.55 + 0.02) * 0.7
        self.green = palette.at(min(0.75, light.zenith + 0.28)) * 0.8
        self.foam = palette.at(0.96) * (0.5 + 0.4 * light.sun) * (scene.variant == "storm")
        warm = np.array([1.1 + light.warmth, 1, 0.88 - light.warmth], np.float32)
        self.gold = palette.at(0.95) * warm * np.float32(1.5 * light.sun)
        self.sun_x, self.sun_rise = sun[0], max(0.03, horizon - sun[1]) * 0.8

    def lit(self, x: Field, below: Field, waves: _Waves) -> Picture:
        """Sky mirrored after Fresnel (Schlick's approximation), the water's own colour, glitter, foam."""
        grazing = np.clip(below / np.sqrt(below * below + 0.7) + waves.along * 0.75, 0.015, 1)
        share = three(0.03 + 0.97 * (1 - grazing) ** 4)
        bounce = np.clip(grazing * 1.1 + np.abs(waves.across) * 0.3, 0, 1) * (STEPS - 1)
        mirrored = cv2.remap(self.sky, bounce, np.zeros_like(bounce), cv2.INTER_LINEAR)
        water = self.deep + tint(smoothstep(0.35, 0.85, waves.crest) * waves.near, self.green)
        off = x - self.sun_x + waves.across * 0.85
        rise = grazing - self.sun_rise
        spark = np.exp(-off * off * 34 - rise * rise * 14)
        spark = spark * (0.35 + 2.6 * np.clip(waves.chop * 1.6 - 0.5, 0, 1) ** 2)
        picture = water * (1 - share) + mirrored * share + tint(spark, self.gold)
        if self.foam.any():
            cap = smoothstep(0.62, 0.8, waves.crest + waves.chop * 0.18) * smoothstep(0.3, 0.75, waves.chop)
            picture += tint(cap * waves.near, self.foam)
        return np.asarray(picture)


def ocean(scene: Scene) -> Painter:
    """``calm`` is a lake, ``swell`` an open sea, ``storm`` has white crests."""
    rng = scene.rng
    horizon = float(rng.uniform(-0.14, 0.0)) - 0.04
    sun = sun_place(scene, horizon)
    air = sky(scene, horizon, sun)
    surface = _Surface(scene, {"calm": 0.45, "storm": 1.7}.get(scene.variant, 1.0))
    water = _Water(scene, horizon, sun)
    x, y = scene.grid
    height = float(0.16 * scene.scale**0.3)
    far = scene.palette.at(scene.light.horizon)

    def paint(moment: Moment) -> Picture:
        pose = moment.pose
        picture = air(moment)
        px, py = pose.onto(x, y, FAR)
        first = 0 if pose.roll else max(0, int(py[:, 0].searchsorted(horizon)) - 1)
        below = py[first:] - np.float32(horizon)
        z = (height + pose.y * 0.06) / np.maximum(below, 0.004)
        waves = surface.at(px[first:] * z + pose.x * 0.5, z + pose.z * 0.5, moment.t)
        lit = water.lit(px[first:], below, waves)
        lit = over(lit, far, np.exp(-np.maximum(below, 0) * 16) * np.float32(0.75 * scene.light.haze))
        picture[first:] = over(picture[first:], lit, smoothstep(0.0, 0.006, below))
        return picture

    return paint


def _look(slopes: Field, u: Field, v: Field) -> Field:
    return cv2.remap(
        slopes, (u - np.floor(u)) * np.float32(SIZE), (v - np.floor(v)) * np.float32(SIZE), cv2.INTER_LINEAR
    )
