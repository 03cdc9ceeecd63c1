"""Terrain: a height field flown over, drawn column by column from front to back."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.generator.video.procedural.noise import fbm, ridged, sample, smoothstep, stretch
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, over, three
from webtv.generator.video.procedural.sky import sky, sun_place

SLICES = 150
SIZE = 512
RELIEF = {"mountain": 0.34, "dunes": 0.10, "canyon": 0.2, "hills": 0.13, "glacier": 0.3, "clouds": 0.13}


def _heights(scene: Scene) -> Field:
    """(SIZE, SIZE) heights 0..1 of one tile of land."""
    rng = scene.rng
    if scene.variant == "dunes":
        bend = fbm(rng, SIZE, 2, 3, 0.4)
        u = np.linspace(0, 1, SIZE, endpoint=False, dtype=np.float32)
        gx, gy = np.meshgrid(u, u)
        saw = (gx * 3 + gy * 5 + 1.6 * bend) % 1
        crest = np.minimum(saw / 0.72, (1 - saw) / 0.28)
        return stretch(
            cv2.GaussianBlur(crest, (0, 0), 2.2, borderType=cv2.BORDER_REFLECT) * (0.4 + bend) + 0.5 * bend
        )
    if scene.variant == "canyon":
        land = fbm(rng, SIZE, 4, 6, 0.48) * 7
        step = np.floor(land)
        return stretch(step + smoothstep(0.55, 0.98, land - step) + 0.12 * (land - step))
    if scene.variant == "clouds":
        billow = 1 - np.abs(2 * fbm(rng, SIZE, 4, 2, 0.4) - 1)
        puffs = 1 - np.abs(2 * fbm(rng, SIZE, 16, 4, 0.5) - 1)
        return cv2.GaussianBlur(stretch(billow + 0.26 * puffs), (0, 0), 2.4)
    if scene.variant == "hills":
        return fbm(rng, SIZE, 4, 5, 0.36)
    return stretch(ridged(rng, SIZE, 3, 6, 0.40) + 0.9 * fbm(rng, SIZE, 2, 3, 0.5))


def _albedo(scene: Scene, land: Field, relief: float, sun_x: float) -> Picture:
    """Lit colour of the tile: slope towards the sun, hollows darker, snow or sand above."""
    light, palette = scene.light, scene.palette
    slope = np.float32(relief * SIZE * 0.34)
    wide = cv2.copyMakeBorder(land, 4, 4, 4, 4, cv2.BORDER_WRAP)
    gx = cv2.Sobel(wide, cv2.CV_32F, 1, 0, ksize=3)[4:-4, 4:-4] * slope / 4
    gy = cv2.Sobel(wide, cv2.CV_32F, 0, 1, ksize=3)[4:-4, 4:-4] * slope / 4
    norm = 1 / np.sqrt(gx * gx + gy * gy + 1)
    side = np.float32(np.sign(sun_x) * 0.8)
    diffuse = np.clip((0.42 - gx * side * 1.0 - gy * 0.35) * norm, 0, 1.2)
    if scene.variant == "clouds":
        diffuse = 0.3 + 0.55 * diffuse  # light goes through cloud, so its shadows are never deep
    hollow = np.clip(0.5 + (land - cv2.GaussianBlur(land, (0, 0), 14)) * 2.2, 0.15, 1)
    grit = fbm(scene.rng, SIZE, 32, 4, 0.6)
    tone = light.ground + 0.12 + 0.3 * (land - 0.4) + 0.10 * (grit - 0.5)
    if scene.variant in ("mountain", "glacier"):
        line = 0.5 if scene.variant == "mountain" else 0.2
        tone += 0.42 * smoothstep(line, line + 0.2, land + 0.22 * (grit - 0.5) + 0.25 * (norm - 0.75))
    if scene.variant == "canyon":
        tone += 0.10 * np.sin(land * 60 + grit * 5)
    if scene.variant == "dunes":
        tone += 0.24
    if scene.variant == "clouds":
        tone = light.zenith * 0.9 + 0.2 + (light.horizon - light.zenith + 0.25) * (land - 0.3)
    base = palette.paint(tone.astype(np.float32))
    sun = palette.at(0.92) * np.array([1.1 + light.warmth, 1, 0.9 - light.warmth], np.float32)
    shade = palette.at(light.zenith * 0.8 + 0.05) * 0.5 + 0.12
    lit = three(diffuse) * sun * np.float32(1.25 * max(light.sun, 0.5)) + three(hollow) * shade
    return np.asarray(base * lit * 1.1, np.float32)


def terrain(scene: Scene) -> Painter:
    """``mountain``, ``glacier``, ``dunes``, ``canyon`` or ``hills``."""
    rng, light, palette = scene.rng, scene.light, scene.palette
    relief = RELIEF.get(scene.variant, 0.3)
    land = _heights(scene)
    horizon = -0.06 + float(rng.uniform(-0.06, 0.06))
    sun = sun_place(scene, horizon)
    colour = cv2.copyMakeBorder(_albedo(scene, land, relief, sun[0]), 0, 1, 0, 1, cv2.BORDER_WRAP)
    air = sky(scene, horizon, sun)
    start = rng.random(2).astype(np.float32)
    columns = ((np.arange(scene.width, dtype=np.float32) + 0.5) / scene.height - scene.aspect / 2)[None]
    depth = np.geomspace(0.05, 2.6, SLICES, dtype=np.float32)[:, None]
    focal = 0.95
    altitude = relief * {"dunes": 1.25, "hills": 1.2}.get(scene.variant, 0.98) + 0.05
    mist = palette.paint(np.full((1, 1), light.horizon + 0.06, np.float32))[0, 0]
    glow = palette.at(0.95) * np.float32(0.5 * light.sun)
    pace = 0.05 * (0.7 + 0.4 * scene.energy)
    rows_of = np.arange(scene.height, dtype=np.float32)[:, None]

    def paint(moment: Moment) -> Picture:
        pose = moment.pose
        flat = pose.__class__(x=0, y=0, z=0, yaw=pose.yaw, pitch=pose.pitch, zoom=pose.zoom)
        picture = air(Moment(moment.t, flat))
        ray = (columns / pose.zoom) + pose.yaw
        eye = (start[0] + pose.x * 0.35, start[1] + pose.z * 0.5 + pace * moment.t)
        height = altitude + pose.y * 0.2
        heights = sample(land, eye[0] + ray * depth / focal, eye[1] - 0 + depth + ray * 0) * np.float32(
            relief
        )
        tops = (horizon + pose.pitch + (height - heights) * focal / depth) * pose.zoom
        rows = np.minimum.accumulate((tops + 0.5) * scene.height, axis=0)
        layer, part = _visible(rows, scene.height, rows_of)
        ground = layer < SLICES
        z = _between(depth[:, 0], layer, part)
        ray_all = np.broadcast_to(ray, z.shape)
        u, v = eye[0] + ray_all * z / focal, eye[1] + z
        surface = cv2.remap(colour, (u % 1) * SIZE, (v % 1) * SIZE, cv2.INTER_LINEAR)
        low = sample(land, u, v)
        fog = 1 - np.exp(
            -z * z * np.float32(0.9 * light.haze) - z * np.float32(1.1 * light.haze) * np.exp(-low * 3.2)
        )
        sunward = np.exp(-np.abs(ray_all - sun[0]) * 2.5) * fog
        veil = three(fog)
        surface = surface * (1 - veil) + mist * veil + three(sunward) * glow
        edge = cv2.GaussianBlur(ground.astype(np.float32), (0, 0), 0.9)
        return _roll(over(picture, surface, edge), pose.roll)

    return paint


def _visible(rows: Field, height: int, rows_of: Field) -> tuple[NDArray[np.intp], Field]:
    """Per pixel the slice that it shows (SLICES: none) and how far it lies towards the slice behind.

    ``rows`` is the running top of the land, (SLICES, W). Counting how many slices end above a pixel
    replaces the usual march along each ray.
    """
    width = rows.shape[1]
    edge = np.clip(np.ceil(rows), 0, height).astype(np.intp)
    ends = np.bincount((edge * width + np.arange(width)).ravel(), minlength=(height + 1) * width)
    ends = ends.reshape(height + 1, width)
    hidden = np.cumsum(ends[::-1], axis=0)[::-1]
    layer = hidden[1:]  # slices whose top lies below this pixel: the next one covers it
    here = np.minimum(layer, SLICES - 1)
    before = np.maximum(here - 1, 0)
    column = np.arange(width)
    top = rows.ravel().take(here * width + column)
    bottom = rows.ravel().take(before * width + column)
    part = np.clip((bottom - rows_of) / np.maximum(bottom - top, 1e-3), 0, 1).astype(np.float32)
    return layer, part


def _between(depth: Field, layer: NDArray[np.intp], part: Field) -> Field:
    here = np.minimum(layer, SLICES - 1)
    far = depth.take(here)
    near = depth.take(np.maximum(here - 1, 0))
    return np.asarray(near + (far - near) * part, np.float32)


def _roll(picture: Picture, angle: float) -> Picture:
    if not angle:
        return picture
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), float(np.degrees(angle)), 1.0 + abs(angle) * 1.4
    )
    return cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
