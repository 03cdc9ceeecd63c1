"""When in-between pictures are seen. FILM makes the one in the middle of two; others take more halving."""

from __future__ import annotations

from collections.abc import Iterable


def spread(frames: int, pictures: int) -> tuple[int, list[int]]:
    """How often the gap between two frames is halved, and the place of each picture in parts of such a gap.

    Place ``n << depth`` is frame n. Wanted times are spread evenly from the first frame to the last; each
    picture stands at the place nearest to its time, at most ``1 / 2^(depth + 1)`` of a gap away. The depth is
    the least that gives pictures places of their own, which keeps that below half of their spacing.
    """
    gaps, steps = frames - 1, max(1, pictures - 1)
    depth = 0
    while gaps and gaps << depth < steps:
        depth += 1
    parts = gaps << depth
    return depth, [(2 * number * parts + steps) // (2 * steps) for number in range(pictures)]


def rounds(places: Iterable[int], depth: int) -> list[list[int]]:
    """The places that have to be made for ``places`` to be seen, by rounds.

    Each place of round r (from 1) lies in the middle between two that are frames or of earlier rounds,
    ``1 << (depth - r)`` from either.
    """
    made: list[set[int]] = [set() for _ in range(depth)]
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        size = (place & -place).bit_length() - 1 if place else depth
        if size >= depth or place in made[depth - 1 - size]:
            continue
        made[depth - 1 - size].add(place)
        waiting += (place - (1 << size), place + (1 << size))
    return [sorted(places) for places in made]
