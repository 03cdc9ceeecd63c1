"""Ink: clouds of dye that unfold in water, on light paper or in the dark."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import fbm, ridged, smoothstep, warped
from webtv.generator.video.procedural.scene import Field, Moment, Painter, Picture, Scene, three

SIZE = 640
SWIRL = 300
PARTS = 26
"""Steps of the current before the take begins."""


def _curl(rng: np.random.Generator, across: int, octaves: int) -> Field:
    """(SWIRL, SWIRL, 2) flow without sources: the curl of a noise, with unit mean speed."""
    potential = fbm(rng, SWIRL, across, octaves, 0.5)
    gy, gx = np.gradient(potential)
    speed = np.hypot(gx, gy).mean()
    return np.dstack([gy, -gx]).astype(np.float32) / np.float32(speed)


def _dyes(scene: Scene) -> Field:
    """(SIZE, SIZE, 3): three dyes as plumes with filaments; the amount of each is 0..1."""
    rng = scene.rng
    step = np.linspace(-1, 1, SIZE, dtype=np.float32)
    x, y = np.meshgrid(step, step)
    n = warped(fbm(rng, 512, 3, 6, 0.55), x * 0.5, y * 0.5, 0.4)
    thread = ridged(rng, SIZE, 5, 5, 0.55)
    layers = []
    for index in range(3):
        angle = rng.uniform(0, 2 * np.pi)
        far = rng.uniform(0.05, 0.34)
        cx, cy = far * np.cos(angle), far * np.sin(angle) * 0.7
        wide = rng.uniform(0.26, 0.42) * (1 - 0.12 * index)
        distance = np.hypot(x - cx, (y - cy) * 1.2) / wide
        body = smoothstep(1.15, 0.2, distance + (n - 0.5) * 1.9)
        layers.append(np.clip(body * (0.35 + 0.75 * n) + body * (thread - 0.45) * 0.55, 0, 1.2))
    return np.dstack(layers).astype(np.float32)


def ink(scene: Scene) -> Painter:
    """``paper`` is dark ink in bright water, ``dark`` is glowing dye in black water."""
    rng, palette = scene.rng, scene.palette
    dyes = _dyes(scene)
    broad, fine = _curl(rng, 3, 2), _curl(rng, 7, 3)
    current = broad + fine * 0.55
    x, y = scene.grid
    bright = scene.variant == "paper" or (scene.variant != "dark" and scene.light.zenith > 0.34)
    spread = 0.0125
    step = np.linspace(-1.35, 1.35, SWIRL, dtype=np.float32)
    places = np.dstack(np.meshgrid(step, step))
    for _ in range(PARTS):
        places = _back(places, current, spread)
    start = places
    shades = [palette.at(0.42), palette.accent(0, 0.55), palette.accent(1, 0.6)]
    absorb = [np.float32(-np.log(np.clip(shade, 0.015, 0.9))) for shade in shades]
    light_at = rng.uniform(-0.4, 0.4)
    state: dict[str, object] = {}
    pace = spread * 1.5 * scene.energy

    def paint(moment: Moment) -> Picture:
        seen = _advance(state, start, current, pace, moment.t)
        px, py = moment.pose.onto(x, y)
        px, py = px / np.float32(scene.scale**0.4), py / np.float32(scene.scale**0.4)
        unit = np.float32((SWIRL - 1) / 2.7)
        at = cv2.remap(
            seen,
            (px + 1.35) * unit,
            (py + 1.35) * unit,
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        half = np.float32(SIZE / 2)
        dye = cv2.remap(dyes, at[..., 0] * half + half, at[..., 1] * half + half, cv2.INTER_LINEAR)
        thick = dye.sum(axis=2)
        slope = cv2.Sobel(thick, cv2.CV_32F, 1, 0, ksize=3) + cv2.Sobel(thick, cv2.CV_32F, 0, 1, ksize=3)
        relief = np.clip(1 - slope * 0.32, 0.45, 1.7)
        ground = 1 - np.hypot(px - np.float32(light_at), py + 0.2) * 0.35
        if bright:
            depth = sum(dye[..., i, None] * (a * 1.5) for i, a in enumerate(absorb))
            paper = palette.paint(0.78 + 0.2 * ground)
            return np.asarray(
                paper * np.exp(-depth) * three(relief * 0.5 + 0.5),
                np.float32,
            )
        water = palette.paint(0.02 + 0.09 * ground)
        glow = sum(dye[..., i, None] * (shade * 1.25) for i, shade in enumerate(shades))
        veil = np.exp(-thick * 0.8)
        return np.asarray(
            water * three(veil) + glow * three(relief * (0.4 + 0.6 * thick)),
            np.float32,
        )

    return paint


def _back(places: Field, current: Field, length: float) -> Field:
    """One step of semi-Lagrangian advection (Jos Stam, "Stable Fluids", 1999) of the map of places itself."""
    unit = (SWIRL - 1) / 2.7
    index = np.arange(SWIRL, dtype=np.float32)
    gx, gy = np.meshgrid(index, index)
    return cv2.remap(
        places,
        gx - current[..., 0] * np.float32(length * unit),
        gy - current[..., 1] * np.float32(length * unit),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


STRIDE_S = 0.1


def _advance(state: dict[str, object], start: Field, current: Field, pace: float, t: float) -> Field:
    """The map of places at ``t``: whole strides are remembered, the rest is one shorter step."""
    wanted = int(t / STRIDE_S)
    done = int(state.get("done", 0))  # type: ignore[call-overload]
    places = state.get("places", start)
    if done > wanted:
        done, places = 0, start
    while done < wanted:
        places = _back(places, current, pace * STRIDE_S)  # type: ignore[arg-type]
        done += 1
    state["done"], state["places"] = done, places
    rest = t - wanted * STRIDE_S
    return _back(places, current, pace * rest) if rest > 1e-6 else places  # type: ignore[arg-type,return-value]
