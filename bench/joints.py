"""Hundreds of joints in a row: pushed by both FFmpegs and taken back from nginx-rtmp, and as HLS.

The clips are as short as clips can be, half a second, so that there are many joints. Sound is decoded, too:
a click is a jump between two samples, so the jumps at joints are held against those within the clips.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from bench.stage import folder
from bench.table import Figure, report
from tests.airings import later, timeline
from tests.broadcaster.air import Air, some_clips
from tests.broadcaster.pushes import carried, playout, until
from tests.broadcaster.readback import measure, reader
from tests.clips import SMALL
from tests.fragments import fragment
from tests.ingests import nginx_rtmp
from webtv.domain import AAC_FRAME
from webtv.media.ffmpeg import find_ffmpeg, probe
from webtv.media.fmp4 import read_index, read_init

_CLIP_SAMPLES = SMALL.quantum_samples
_AROUND = 512


def main(*, quick: bool) -> None:
    joints = 20 if quick else 310
    with folder() as work:
        recordings = asyncio.run(_recorded(work, (joints + 4) * SMALL.quantum_s))
        figures, details = [], {}
        for version, path in recordings.items():
            found = measure(path, SMALL, SMALL.quantum_frames)
            details[version] = asdict(found)
            wrong = found.audio_samples - found.video_samples
            figures += [
                Figure(f"FFmpeg {version}: joints in a row", found.joints, "", "≥ 300"),
                Figure(
                    f"FFmpeg {version}: worst error of a timestamp (FLV rounds to 1)",
                    found.worst_ms,
                    "ms",
                    "≤ 1",
                ),
                Figure(f"FFmpeg {version}: sound longer than picture", wrong, "samples", "0"),
                Figure(
                    f"FFmpeg {version}: loudest jump at a joint against the median in clips",
                    _click(path),
                    "times",
                    "< 1",
                ),
            ]
        figures += _hls_figures(work, joints + 2)
    report("joints", "Joints read back from nginx-rtmp and from HLS", figures, quick=quick, details=details)


def _hls_figures(work: Path, count: int) -> list[Figure]:
    """The same clips as HLS fragments, in the order in which a viewer gets them."""
    clips = some_clips(work / "clips", quanta=1, count=5)
    shown = timeline(*[1] * count, house=SMALL)
    end = later(count * SMALL.quantum_s - 0.01)
    path = work / "hls.mp4"
    with path.open("wb") as file:
        file.write(read_init(clips[0], read_index(clips[0])))
        for airing in shown.airings:
            clip = clips[airing.slot % len(clips)]
            data = fragment(shown, airing.first_segment, clip, end)
            if data is None:
                raise RuntimeError(f"segment {airing.first_segment} is not on air")
            file.write(data)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    pictures = [p for p in packets if p.stream_index == 0]
    sounds = [p for p in packets if p.stream_index == 1]
    wrong = sum(p.dts != n * SMALL.frame_samples for n, p in enumerate(pictures))
    wrong += sum(p.dts != n * AAC_FRAME for n, p in enumerate(sounds))
    longer = sum(p.duration for p in sounds) - sum(p.duration for p in pictures)
    return [
        Figure("HLS: joints in a row", count - 1, "", "≥ 300"),
        Figure("HLS: timestamps that are not exact", wrong, "", "0"),
        Figure("HLS: sound longer than picture", longer, "samples", "0"),
        Figure("HLS: loudest jump at a joint against the median in clips", _click(path), "times", "< 1"),
    ]


async def _recorded(work: Path, seconds: float) -> dict[str, Path]:
    """What came back of a push by each FFmpeg, as FLV by the FFmpeg's version."""
    clips = some_clips(work / "clips", quanta=1, count=5)
    recordings, processes = {}, []
    with nginx_rtmp(work / "nginx") as nginx:
        plays = []
        for ffmpeg in (find_ffmpeg(), probe(imageio_ffmpeg.get_ffmpeg_exe())):
            version = ffmpeg.version.partition("-")[0].removeprefix("n")
            air = Air(work / version, clips, quanta=1, count=int(seconds / SMALL.quantum_s) + 80)
            plays.append((version, playout(air, ffmpeg, a=f"{nginx.url}/{version}")))
        async with carried(plays[0][1]) as one, carried(plays[1][1]) as other:
            await until(
                lambda: all(pusher.status.lag_s is not None for pusher in (*one.values(), *other.values()))
            )
            for version, _ in plays:
                recordings[version] = work / f"{version}.flv"
                processes.append(reader(f"{nginx.url}/{version}", recordings[version]))
            await asyncio.sleep(seconds)
            if any(any(pusher.status.reconnects.values()) for pusher in (*one.values(), *other.values())):
                raise RuntimeError("a push was interrupted, so its joints are not in a row")
            for process in processes:
                process.terminate()
                process.wait(10)
    return recordings


def _click(path: Path) -> float:
    """The largest jump between samples near any joint, over the median of the largest jumps in the clips."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray()[0] for frame in container.decode(stream)]
    sound = np.abs(np.diff(np.concatenate(frames)))
    first = _first_silence(sound)
    joints = range(first, len(sound) - _CLIP_SAMPLES, _CLIP_SAMPLES)
    at_joints = [sound[max(0, at - _AROUND) : at + _AROUND].max() for at in joints]
    within = [sound[at + 4096 : at + _CLIP_SAMPLES - 4096].max() for at in joints]
    return float(max(at_joints) / np.median(within))


def _first_silence(jumps: np.ndarray) -> int:
    """Where the quiet that surrounds each joint is, found as the quietest place of the first clip."""
    window = 2 * _AROUND
    energy = np.convolve(jumps[: 2 * _CLIP_SAMPLES], np.ones(window), "valid")
    return int(energy[:_CLIP_SAMPLES].argmin()) + _AROUND
