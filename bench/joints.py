"""Hundreds of joints in a row, pushed by both FFmpegs, taken back from nginx-rtmp and measured there.

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
from tests.broadcaster.air import Air, some_clips
from tests.broadcaster.pushes import carried, playout, until
from tests.broadcaster.readback import measure, reader
from tests.clips import SMALL
from tests.ingests import nginx_rtmp
from webtv.media.ffmpeg import find_ffmpeg, probe

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
                ),
            ]
    report("joints", "Joints read back from nginx-rtmp", figures, quick=quick, details=details)


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
