"""Reef: the light under water, and what drifts in it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.noise import fbm, ridged, sample, smoothstep
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scalar, Scene, over, tint
from webtv.generator.video.procedural.sprites import Swarm

Drawer = Callable[[Picture, Moment], Picture]
TAU = 2 * np.pi


def reef(scene: Scene) -> Painter:
    """``jellyfish``, ``fish``, ``kelp`` or ``deep`` (light alone)."""
    rng, palette, light = scene.rng, scene.palette, scene.light
    x, y = scene.grid
    beams, web = fbm(rng, 256, 6, 4, 0.6), ridged(rng, 256, 5, 2, 0.4)
    murk = fbm(rng, 256, 2, 4)
    sun_x = float(rng.uniform(-0.35, 0.35))
    top = 0.35 + 0.45 * light.horizon
    floor = 0.3 if scene.variant in ("fish", "kelp") else 9.0
    plankton = Swarm(scene, 90, (0.0015, 0.006), (0.9, 4.0))
    draw: Drawer = {"jellyfish": _jellyfish, "fish": _fish, "kelp": _kelp}.get(scene.variant, _nothing)(scene)
    white = palette.at(0.94)
    pace = np.float32(scene.energy)

    def paint(moment: Moment) -> Picture:
        pose, t = moment.pose, moment.t * pace
        px, py = pose.onto(x, y, 12)
        cloudy = sample(murk, px * 0.25 + t * 0.01, py * 0.3)
        near_sun = np.exp(-np.hypot((px - np.float32(sun_x)) * 0.8, py + 0.75) * 1.7)
        tone = 0.10 + np.float32(top) * near_sun * 1.25 + (cloudy - 0.5) * 0.1
        tone += 0.10 * (0.3 - py)
        picture = palette.paint(tone)
        angle = np.arctan2(px - np.float32(sun_x), py + 1.15)
        far = py + 1.15
        ray = sample(
            beams,
            angle * 0.8 + t * 0.012,
            t * 0.03 + far * 0.02,
        )
        shaft = np.clip(ray * 2.1 - 0.85, 0, 1) * np.exp(-far * 1.05) * 1.15
        picture += tint(shaft, white * 0.9)
        if floor < 1:
            picture = _bed(scene, picture, px, py, web, floor, t)
        picture = draw(picture, moment)
        drift = (0.03 * np.sin(moment.t * 0.6 + plankton.phase * TAU)).astype(np.float32)
        plankton.add(picture, pose, drift, drift * 0.6 - 0.012 * moment.t, white * 0.55)
        return picture

    return paint


def _bed(  # noqa: PLR0917 - the places and the time of one picture
    scene: Scene, picture: Picture, px: Field, py: Field, web: Field, floor: float, t: Scalar
) -> Picture:
    """The sea floor, with the net of light that waves cast on it: where two drifting nets both are bright."""
    below = np.maximum(py - np.float32(floor), 0)
    z = 0.12 / (below + 0.05)
    u, v = px * z * 1.3, z * 1.6
    one = sample(web, u + t * 0.03, v + t * 0.02)
    two = sample(
        web,
        u * 0.83 - t * 0.025 + 0.4,
        v * 0.9 + 0.3,
    )
    net = np.minimum(one, two) ** 2 * 2.2
    sand = scene.palette.paint(0.26 + net * 0.5 * np.exp(-z * 0.5))
    cover = smoothstep(0, 0.12, below)
    return over(picture, sand, cover * 0.9)


def _nothing(scene: Scene) -> Drawer:
    return lambda picture, moment: picture


def _jellyfish(scene: Scene) -> Drawer:
    rng, palette = scene.rng, scene.palette
    count = 6
    depth = np.sort(rng.uniform(1.1, 4.5, count))[::-1]
    depth[-1] = 1.0
    home = np.column_stack([rng.uniform(-0.8, 0.8, count), rng.uniform(-0.3, 0.3, count)])
    home[-1] = rng.uniform(-0.25, 0.25), -0.1
    size = 0.17 * scene.scale**0.5 * rng.uniform(0.8, 1.2, count)
    phase = rng.random(count) * TAU
    tilt = rng.uniform(-0.35, 0.35, count)
    shades = [palette.accent(int(i), 0.74) for i in rng.integers(0, 3, count)]
    ribs = rng.integers(7, 12, count)

    def draw(picture: Picture, moment: Moment) -> Picture:
        t = moment.t * scene.energy
        for i in range(count):
            beat = np.sin(t * 2.0 + phase[i])
            jx = home[i, 0] + 0.02 * np.sin(t * 0.5 + phase[i])
            jy = home[i, 1] - 0.035 * t + 0.014 * np.cos(t * 2.0 + phase[i])
            px, py, near = moment.pose.project(np.float32(jx), np.float32(jy), float(depth[i]))
            radius = float(size[i] * near / depth[i] ** 0.8)
            body = (float(px), float(py), radius, float(beat), float(t * 2.0 + phase[i]), float(tilt[i]))
            picture = _one_jelly(
                scene, picture, body, shades[i] * np.float32(1 / depth[i] ** 0.6), int(ribs[i])
            )
        return picture

    return draw


def _one_jelly(
    scene: Scene,
    picture: Picture,
    body: tuple[float, float, float, float, float, float],
    shade: Field,
    ribs: int,
) -> Picture:
    """Bell (a dome with a lit rim and ribs) and trailing tentacles; both only add light."""
    cx, cy, radius, beat, phase, tilt = body
    scale = scene.height
    wide, tall = 1 + 0.13 * beat, 1 - 0.12 * beat
    box = [
        int((cx + scene.aspect / 2 - radius * 1.6) * scale),
        int((cy + 0.5 - radius * 1.6) * scale),
        int((cx + scene.aspect / 2 + radius * 1.6) * scale),
        int((cy + 0.5 + radius * 1.6) * scale),
    ]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(scene.width, box[2]), min(scene.height, box[3])
    c, s = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
    lines = np.zeros((scene.height, scene.width), np.uint8)
    for k in range(11):
        place = (k / 10 - 0.5) * 1.5
        along = np.linspace(0, 1, 22)
        length = radius * (2.6 + 0.9 * np.sin(k * 2.4)) * (1 + 0.06 * beat)
        sway = radius * 0.16 * along * np.sin(phase * 0.8 - along * 5 + k * 0.9) + place * radius * wide * (
            1 - 0.35 * along
        )
        down = radius * 0.12 + along * length
        tx, ty = cx + c * sway - s * down, cy + s * sway + c * down
        points = np.stack([(tx + scene.aspect / 2) * scale, (ty + 0.5) * scale], axis=1)
        points16 = np.round(points * 16).astype(np.int32)
        for part, power in ((slice(0, 9), 150), (slice(8, 16), 95), (slice(15, 22), 48)):
            cv2.polylines(
                lines, [points16[part]], False, power, 2 if k % 3 == 0 and radius > 0.1 else 1, cv2.LINE_AA, 4
            )
    picture += tint(lines.astype(np.float32) * np.float32(0.9 / 255), shade)
    if right <= left or bottom <= top:
        return picture
    gx = (scene.grid[0][top:bottom, left:right] - np.float32(cx)) / np.float32(radius)
    gy = (scene.grid[1][top:bottom, left:right] - np.float32(cy)) / np.float32(radius)
    qx, qy = (c * gx + s * gy) / np.float32(wide), (c * gy - s * gx) / np.float32(tall)
    r = np.hypot(qx, qy * 1.12)
    skirt = 0.16 + 0.05 * np.cos(qx * np.float32(ribs * 2))
    inside = smoothstep(1.02, 0.96, r) * smoothstep(skirt.max() + 0.03, 0.10, qy - skirt * 0.5)
    rim = np.exp(-np.abs(r - 0.97) * 13) + np.exp(-np.abs(qy - 0.12) * 12) * 0.6
    rib = 0.5 + 0.5 * np.cos(np.arctan2(qx, 0.5 - qy) * np.float32(ribs * 3))
    heart = np.exp(-((qx / 0.42) ** 2 + ((qy + 0.3) / 0.3) ** 2) * 2)
    bell = inside * (0.20 + 0.65 * rim + 0.18 * rib * r + 0.6 * heart)
    picture[top:bottom, left:right] += tint(bell * 1.05, shade)
    return picture


def _fish(scene: Scene) -> Drawer:
    rng, palette = scene.rng, scene.palette
    count = 150
    depth = np.sort(rng.uniform(1.0, 4.0, count))[::-1].astype(np.float32)
    lane = np.clip(rng.normal(0, 0.13, count), -0.3, 0.3).astype(np.float32)
    start = rng.normal(0, 0.42, count).astype(np.float32)
    size = (0.056 * scene.scale**0.5 * rng.uniform(0.7, 1.25, count)).astype(np.float32)
    phase = rng.random(count) * TAU
    way = 1.0 if rng.random() < 0.5 else -1.0
    dark, lit = palette.at(0.10), palette.at(0.62)
    flash = palette.accent(0, 0.74)

    def place(u: Field) -> tuple[Field, Field]:
        return way * u, (0.17 * np.sin(u * 2.1 + 0.6) + lane * (0.75 + 0.25 * np.cos(u * 1.7)) - 0.06).astype(
            np.float32
        )

    def draw(picture: Picture, moment: Moment) -> Picture:
        t = moment.t * scene.energy
        u = (start + 0.11 * t - 0.2 + 0.02 * np.sin(t * 1.3 + phase)).astype(np.float32)
        ax, ay = place(u)
        bx, by = place(u + 0.02)
        px, py, near = moment.pose.project(ax, ay, depth)
        heading = np.arctan2(by - ay, bx - ax)
        for band in range(3):
            mask = np.zeros((scene.height, scene.width), np.uint8)
            members = range(band * count // 3, (band + 1) * count // 3)
            for i in members:
                length = float(size[i] * near[i] / depth[i] ** 0.75)
                shape = _fish_outline(length, float(np.sin(t * 7 + phase[i])), float(heading[i]))
                shape += [px[i] + scene.aspect / 2, py[i] + 0.5]
                cv2.fillPoly(
                    mask, [np.round(shape * scene.height * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
                )
            alpha = mask.astype(np.float32) / 255
            body = lit * (0.7 - 0.22 * band) * 0.6 + dark * (0.2 + 0.4 * band)
            shadow = cv2.GaussianBlur(alpha, (0, 0), scene.height / 200)
            lit_back = np.clip(alpha - np.roll(shadow, 2, axis=0), 0, 1)
            picture = over(picture, body.astype(np.float32), alpha * 0.9)
            picture += tint(lit_back * 0.9, flash)
        return picture

    return draw


def _fish_outline(length: float, wag: float, heading: float) -> NDArray[np.float64]:
    s = np.array([0, 0.12, 0.3, 0.55, 0.78, 1.0, 0.92, 1.0, 0.78, 0.55, 0.3, 0.12])
    half = np.array([0, 0.10, 0.17, 0.14, 0.045, 0.17, 0, -0.17, -0.045, -0.14, -0.17, -0.10])
    bend = 0.10 * wag * s * s
    x, y = (0.5 - s) * length, (half + bend) * length
    c, n = np.cos(heading), np.sin(heading)
    return np.stack([c * x - n * y, n * x + c * y], axis=1)


def _kelp(scene: Scene) -> Drawer:
    rng, palette = scene.rng, scene.palette
    count = 26
    depth = np.sort(rng.uniform(0.9, 4.5, count))[::-1]
    foot = rng.uniform(-1.5, 1.5, count)
    tall = rng.uniform(0.6, 1.25, count)
    phase = rng.random(count) * TAU
    along = np.linspace(0, 1, 26)

    def draw(picture: Picture, moment: Moment) -> Picture:
        t = moment.t * scene.energy
        for i in range(count):
            sway = 0.10 * along**1.4 * np.sin(t * 0.9 + phase[i] - along * 3.2) + 0.04 * along * np.sin(
                phase[i] * 3
            )
            px, py, near = moment.pose.project(
                (foot[i] + sway).astype(np.float32),
                (0.62 - along * tall[i]).astype(np.float32),
                float(depth[i]),
            )
            wide = (
                0.020
                * near
                / depth[i] ** 0.7
                * (1 - along**3 * 0.9)
                * (1 + 0.45 * np.sin(along * 40 + phase[i]))
            )
            left = np.stack([px - wide + scene.aspect / 2, py + 0.5], axis=1)
            right = np.stack([px + wide + scene.aspect / 2, py + 0.5], axis=1)
            outline = np.vstack([left, right[::-1]])
            haze = float(np.clip((depth[i] - 0.9) / 3.6, 0, 1))
            shade = palette.at(0.06 + 0.26 * haze) * 1.0
            cv2.fillPoly(
                picture,
                [np.round(outline * scene.height * 16).astype(np.int32)],
                shade.tolist(),
                cv2.LINE_AA,
                4,
            )
        return picture

    return draw
