"""Takes a stream back from an RTMP server, and measures its joints."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av

from webtv.domain import AAC_FRAME, SAMPLE_RATE, HouseFormat


def reader(url: str, path: Path) -> subprocess.Popen[bytes]:
    """An FFmpeg that copies what the server sends into an FLV file until it is ended."""
    argv = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-rw_timeout",
        "15000000",
        "-i",
        url,
        "-c",
        "copy",
        "-y",
        str(path),
    ]
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL)


@dataclass(frozen=True)
class Joints:
    """``joints`` clip boundaries were crossed; ``worst_ms`` is the largest error of any timestamp, where one
    millisecond is FLV's own rounding; between the first and the last joint there were so many samples."""

    joints: int
    worst_ms: int
    video_samples: int
    audio_samples: int


def measure(path: Path, house: HouseFormat, clip_frames: int) -> Joints:
    """Measure an FLV recording of clips that are all ``clip_frames`` long, one GOP or less."""
    video, keyframes, audio = [], [], []
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "video":
                video.append(packet.dts)
                keyframes.append(packet.is_keyframe)
            else:
                audio.append(packet.dts)
    joints = [index for index, key in enumerate(keyframes) if key]
    assert joints, "no keyframe was read back"
    assert {b - a for a, b in pairwise(joints)} <= {clip_frames}, "frames are missing"
    first, last = joints[0], joints[-1]
    spanned = [dts for dts in audio if video[first] <= dts + 1 < video[last]]
    worst = max(_worst(video, 1000 / house.fps), _worst(audio, 1000 * AAC_FRAME / SAMPLE_RATE))
    samples = (last - first) * house.frame_samples, len(spanned) * AAC_FRAME
    return Joints(len(joints) - 1, worst, *samples)


def _worst(times_ms: Sequence[int], step_ms: float) -> int:
    """Largest distance of a timestamp from an even beat that starts with the first one."""
    return max(abs(time - times_ms[0] - round(index * step_ms)) for index, time in enumerate(times_ms))


def missed_s(recordings: Sequence[Path], clips: Sequence[Path], house: HouseFormat) -> list[float]:
    """Between each recording and the next: how much of the rundown is in neither, negative where in both.

    The rundown repeats ``clips``, told apart by their keyframes; what is missed is less than half of them.
    """
    known = [picture for clip in clips for picture in _pictures(clip)]
    found = []
    for path in recordings:
        sent = _pictures(path)
        begin = known.index(sent[0])
        found.append((begin, begin + len(sent)))
    half = len(known) // 2
    gaps = [begin - end for (_, end), (begin, _) in pairwise(found)]
    return [((gap + half) % len(known) - half) / house.fps for gap in gaps]


def _pictures(path: Path) -> list[str]:
    """A hash of each coded picture. Parameter sets are left out: FFmpeg repeats them before keyframes."""
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    return [_slices_hash(packet) for packet in packets]


def _slices_hash(packet: bytes) -> str:
    digest, at = hashlib.sha256(), 0
    while at < len(packet):
        begin = at + 4
        at = begin + int.from_bytes(packet[at:begin])
        if packet[begin] & 0x1F in {1, 5}:  # slices, of a keyframe or another picture
            digest.update(packet[begin:at])
    return digest.hexdigest()
