"""Ocean: an open sea to the horizon, sky mirrored in it and a road of glitter under the sun."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, ridged, smoothstep
from webtv.generator.video.procedural.palette import STEPS
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three, tint
from webtv.generator.video.procedural.sky import gradient, sky, sun_place

SIZE = 256


def _slopes(field: Field, wavelength: float) -> Field:
    """(SIZE+1, SIZE+1, 3) of d/du, d/dv and height, closed so that it tiles."""
    wide = cv2.copyMakeBorder(field, 2, 2, 2, 2, cv2.BORDER_WRAP)
    gx = cv2.Sobel(wide, cv2.CV_32F, 1, 0, ksize=3)[2:-2, 2:-2]
    gy = cv2.Sobel(wide, cv2.CV_32F, 0, 1, ksize=3)[2:-2, 2:-2]
    strength = np.float32(wavelength / max(float(gx.std()), 1e-6))
    stacked = np.dstack([gx * strength, gy * strength, field])
    return cv2.copyMakeBorder(stacked, 0, 1, 0, 1, cv2.BORDER_WRAP)


def ocean(scene: Scene) -> Painter:
    """``calm`` is a lake, ``swell`` an open sea, ``storm`` has white crests."""
    rng, light, palette = scene.rng, scene.light, scene.palette
    rough = {"calm": 0.45, "storm": 1.7}.get(scene.variant, 1.0)
    horizon = float(rng.uniform(-0.14, 0.0)) - 0.04
    sun = sun_place(scene, horizon)
    air = sky(scene, horizon, sun)
    big = _slopes(fbm(rng, SIZE, 4, 3, 0.4), 0.11 * rough)
    fine = _slopes(ridged(rng, SIZE, 4, 5, 0.5), 0.10 * rough**0.5)
    x, y = scene.grid
    height = np.float32(0.16 * scene.scale**0.3)
    strip = gradient(
        scene,
        np.zeros((STEPS, 1), np.float32),
        np.linspace(horizon, horizon - 1, STEPS, dtype=np.float32)[:, None],
        horizon,
        (9.0, 0.0),
    )
    mirror = np.ascontiguousarray(strip.transpose(1, 0, 2))
    deep = palette.at(light.zenith * 0.55 + 0.02) * 0.7
    green = palette.at(min(0.75, light.zenith + 0.28)) * 0.8
    foam = palette.at(0.96) * np.float32(0.5 + 0.4 * light.sun)
    gold = (
        palette.at(0.95)
        * np.array([1.1 + light.warmth, 1, 0.88 - light.warmth], np.float32)
        * np.float32(light.sun)
    )
    wind = np.float32(0.085 * (0.6 + 0.5 * scene.energy))

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t
        picture = air(moment)
        px, py = pose.onto(x, y, 30)
        first = 0 if pose.roll else max(0, int((float(py[:, 0].searchsorted(horizon))) - 1))
        below = py[first:] - np.float32(horizon)
        sea = smoothstep(0.0, 0.006, below)
        z = (height + np.float32(pose.y * 0.06)) / np.maximum(below, 0.004)
        wx, wz = px[first:] * z + np.float32(pose.x * 0.5), z + np.float32(pose.z * 0.5)
        near = 1 / (1 + z * z * 0.06)
        one = _look(big, wx * 0.22, wz * 0.34 + t * wind)
        two = _look(
            big,
            wx * 0.5 + t * wind * 0.6,
            wz * 0.62 + t * wind * 1.2,
        )
        chop = _look(fine, wx * 0.7 - t * wind, wz * 1.1 + t * wind * 1.5)
        sx = (one[..., 0] + two[..., 0] * 0.7 + chop[..., 0] * near) * (near * 0.8 + 0.2)
        sz = (one[..., 1] + two[..., 1] * 0.7 + chop[..., 1] * near) * (near * 0.8 + 0.2)
        grazing = np.clip(below / np.sqrt(below * below + 0.7) + sz * 0.75, 0.015, 1)
        fresnel = 0.03 + 0.97 * (1 - grazing) ** 4
        bounce = np.clip(grazing * 1.1 + np.abs(sx) * 0.3, 0, 1)
        reflected = cv2.remap(mirror, bounce * np.float32(STEPS - 1), np.zeros_like(bounce), cv2.INTER_LINEAR)
        crest = one[..., 2] * 0.55 + two[..., 2] * 0.45
        water = deep + tint(smoothstep(0.35, 0.85, crest) * near, green)
        share = three(fresnel)
        lit = water * (1 - share) + reflected * share
        off = px[first:] - np.float32(sun[0]) + sx * 0.85
        rise = grazing - np.float32(max(0.03, horizon - sun[1]) * 0.8)
        spark = np.exp(-off * off * 34 - rise * rise * 14)
        spark = spark * (0.35 + 2.6 * np.clip(chop[..., 2] * 1.6 - 0.5, 0, 1) ** 2)
        lit += tint(spark * 1.5, gold)
        if scene.variant == "storm":
            cap = (
                smoothstep(0.62, 0.8, crest + chop[..., 2] * 0.18)
                * smoothstep(0.3, 0.75, chop[..., 2])
                * near
            )
            lit += tint(cap, foam)
        haze = np.exp(-below * 16) * np.float32(0.75 * light.haze)
        haze = three(haze)
        lit = lit * (1 - haze) + palette.at(light.horizon) * haze
        cover = three(sea)
        picture[first:] = picture[first:] * (1 - cover) + lit * cover
        return picture

    return paint


def _look(slopes: Field, u: Field, v: Field) -> Field:
    return cv2.remap(
        slopes, (u - np.floor(u)) * np.float32(SIZE), (v - np.floor(v)) * np.float32(SIZE), cv2.INTER_LINEAR
    )
