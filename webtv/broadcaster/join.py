"""Where a push joins the rundown, and the playlist that it follows. Pure functions of a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from webtv.domain import slot_name
from webtv.errors import TargetError
from webtv.timeline import Timeline

LIST_S = 48 * 3600
"""How much a playlist holds: more than any push may last, see ``pusher.LONGEST_S``."""

_MOST_ENTRIES = 20_000
"""FFmpeg reads the whole list when it starts: 20 000 entries cost it 10 ms and 3 MB."""


@dataclass(frozen=True)
class Join:
    """A keyframe to begin with: ``inpoint_ns`` into the clip in ``slot``, on air at ``media_ns``."""

    slot: int
    inpoint_ns: int
    media_ns: int


def next_join(timeline: Timeline, from_ns: int) -> Join:
    """The first keyframe at or after ``from_ns`` where sound begins with the picture: on a whole quantum.

    Raises:
        TargetError: ``no_rundown`` when nothing is planned there.
    """
    house = timeline.format
    step_frames = max(house.gop_frames, house.quantum_frames)
    step_ns = step_frames * house.frame_samples * 1_000_000_000 / 48_000
    index = timeline.index_at(from_ns)
    if index is None:
        raise TargetError("no_rundown", "nothing is planned at this moment, so there is nothing to push")
    airing = timeline.airings[index]
    start_ns = timeline.start_ns(airing.start_quanta)
    steps = ceil((from_ns - start_ns) / step_ns)
    if steps * step_frames < airing.quanta * house.quantum_frames:
        inpoint_ns = int(steps * step_ns)
        return Join(airing.slot, inpoint_ns, start_ns + inpoint_ns)
    return Join(airing.slot + 1, 0, timeline.start_ns(airing.end_quanta))


def entries(timeline: Timeline) -> int:
    """How many slots a playlist names: two days of them, judged by the airings that are known."""
    quanta = sum(airing.quanta for airing in timeline.airings)
    airing_s = quanta * timeline.format.quantum_s / max(1, len(timeline.airings))
    return min(_MOST_ENTRIES, ceil(LIST_S / max(airing_s, 0.1)))


def playlist(join: Join, count: int) -> str:
    """An ffconcat list of ``count`` slots from ``join`` on, each opened by FFmpeg only when it is reached."""
    lines = ["ffconcat version 1.0", f"file '{slot_name(join.slot)}'"]
    if join.inpoint_ns:
        # Rounded up: FFmpeg seeks to the last keyframe that is not after the inpoint.
        lines.append(f"inpoint {ceil(join.inpoint_ns / 1000) / 1e6:.6f}")
    lines += [f"file '{slot_name(slot)}'" for slot in range(join.slot + 1, join.slot + count)]
    return "\n".join(lines) + "\n"
