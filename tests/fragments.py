"""What a viewer gets of a segment, read straight from the file that is on air."""

from __future__ import annotations

from pathlib import Path

from webtv.broadcaster.hls import published
from webtv.clock import Instant
from webtv.media.fmp4 import read_fragment, read_index
from webtv.timeline import Timeline


def fragment(timeline: Timeline, segment: int, file: Path, now: Instant) -> bytes | None:
    """None while it is not published."""
    if (place := published(timeline, segment, now)) is None:
        return None
    airing, number = place
    shift = airing.start_quanta * timeline.format.quantum_samples
    return bytes(read_fragment(file, read_index(file).fragments[number], shift=shift, sequence=segment))
