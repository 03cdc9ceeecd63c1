"""Still water: what stands above a shore, mirrored below it and broken by ripples."""

from __future__ import annotations

import cv2
import numpy as np

from webtv.generator.video.procedural.noise import sample, smoothstep
from webtv.generator.video.procedural.scene import Field, Moment, Picture, Scene, three


def mirrored(
    picture: Picture, scene: Scene, moment: Moment, shore: float, depth: float, ripples: Field
) -> Picture:
    """``picture`` with everything below ``shore`` (y of a plane at ``depth``) turned to water.

    ``ripples`` is a noise that tiles.
    """
    x, y = scene.grid
    px, py = moment.pose.onto(x, y, depth)
    below = np.maximum(py - shore, 0)
    z = 1 / (below + 0.06)
    t = moment.t
    ripple = sample(ripples, px * z * 0.05 + 0.02 * t, z * 0.35 + 0.06 * t) - 0.5
    map_x = (x + ripple * below * 0.3 + scene.aspect / 2) * scene.height
    map_y = (y - below * 2 + ripple * (below + 0.025) * 1.1 + 0.5) * scene.height
    seen = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    seen = cv2.blur(seen, (1, max(1, scene.height // 64)))
    share = smoothstep(0, 0.012, below)
    dim = (0.78 - below * 0.65) * share
    return np.asarray(picture * three(1 - share) + seen * three(dim))
