"""Several takes into one clip: where each begins and ends, and the pictures in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from webtv.domain import RenderOrder
from webtv.errors import EngineError

DISSOLVE_S = 0.5


@dataclass(frozen=True)
class Cut:
    """A shot's place in the clip, in frames. Its first ``dissolve`` frames overlap the shot before."""

    shot: int
    start: int
    frames: int
    dissolve: int = 0


def cut_list(order: RenderOrder) -> list[Cut]:
    """Share the order's frames among its shots by their seconds; together they are exactly the order's.

    A dissolve is centred on the joint and shorter than half of either neighbour. Each shot has at least one
    frame; should a clip have fewer frames than shots, the last shots are left out.
    """
    shots = order.script.shots[: order.frames]
    joints = _joints([shot.seconds for shot in shots], order.frames)
    spans = [end - start for start, end in pairwise(joints)]
    wanted = round(DISSOLVE_S * order.format.fps)
    dissolves = [0] * (len(shots) + 1)
    for index, shot in enumerate(shots[1:], 1):
        if shot.transition == "dissolve":
            dissolves[index] = min(wanted, (min(spans[index - 1], spans[index]) - 1) // 2)
    cuts = []
    for index, span in enumerate(spans):
        early = dissolves[index] // 2
        late = dissolves[index + 1] - dissolves[index + 1] // 2
        cuts.append(Cut(index, joints[index] - early, early + span + late, dissolves[index]))
    return cuts


def assemble(
    order: RenderOrder, pictures: Sequence[Iterator[NDArray[np.uint8]]]
) -> Iterator[NDArray[np.uint8]]:
    """The clip's pictures in order, one at a time: ``order.frames`` of them.

    ``pictures`` has one iterator for each cut of ``cut_list``, which yields that cut's ``frames`` pictures,
    (H, W, 3) uint8; no more than two are ever read at once. Raises EngineError when one ends early.
    """
    cuts = cut_list(order)
    if len(pictures) != len(cuts):
        raise EngineError(f"order {order.id} has {len(cuts)} cuts, but {len(pictures)} takes were handed in")
    return _joined(cuts, [_all_of(cut, stream) for cut, stream in zip(cuts, pictures, strict=True)])


def _joined(cuts: list[Cut], streams: list[Iterator[NDArray[np.uint8]]]) -> Iterator[NDArray[np.uint8]]:
    for index, (cut, stream) in enumerate(zip(cuts, streams, strict=True)):
        for step in range(1, cut.dissolve + 1):
            share = step / (cut.dissolve + 1)
            yield _mixed(next(streams[index - 1]), next(stream), share)
        overlapped = cuts[index + 1].dissolve if index + 1 < len(cuts) else 0
        for _ in range(cut.frames - cut.dissolve - overlapped):
            yield next(stream)


def _mixed(first: NDArray[np.uint8], second: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    # on gamma-coded values, as vision mixers do
    return np.asarray(cv2.addWeighted(first, 1 - share, second, share, 0), np.uint8)


def _all_of(cut: Cut, stream: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    for number in range(cut.frames):
        picture = next(stream, None)
        if picture is None:
            raise EngineError(
                f"the take of shot {cut.shot + 1} ended after {number} of {cut.frames} pictures"
            )
        yield picture


def _joints(seconds: list[float], frames: int) -> list[int]:
    """Ascending frame numbers from 0 to ``frames``, with at least one frame between any two."""
    shots, total = len(seconds), sum(seconds)
    joints = [0]
    for index, until in enumerate(accumulate(seconds), 1):
        latest = frames - (shots - index)
        joints.append(min(latest, max(joints[-1] + 1, round(frames * until / total))))
    return joints
