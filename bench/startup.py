"""How long a viewer waits: from the start of the process to a fragment that plays, and to the first clip.

The station is the one that ``make run`` starts, with the shipped channels and default settings. A viewer asks
for one channel's playlist all the time, as a player does. *Cold* is the first start ever, in an empty data
folder, cards included; *warm* is the next start with the same folder.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import av

from bench.stage import OnAir, children, cpu_s, folder, on_air
from bench.table import Figure, report

CHANNELS = Path(__file__).parent.parent / "channels"
_LIMIT_S = 180.0
_POLL_S = 0.02
_ROUNDS = 3


def main(*, quick: bool) -> None:
    rounds = [_round() for _ in range(1 if quick else _ROUNDS)]
    worst = {key: max(one[key] for one in rounds) for key in rounds[0]}
    many = f", worst of {len(rounds)}" if len(rounds) > 1 else ""
    report(
        "startup",
        f"From the start of the process, shipped channels{many}",
        [
            Figure("cold: HTTP answers", worst["cold_answers_s"], "s"),
            Figure("cold: first fragment fetched and decoded", worst["cold_fragment_s"], "s", "≤ 5 s"),
            Figure("cold: CPU used until then, all processes", worst["cold_fragment_cpu_s"], "s"),
            Figure("cold: first generated clip on air", worst["cold_clip_s"], "s", "≤ 30 s"),
            Figure("warm: first fragment fetched and decoded", worst["warm_fragment_s"], "s", "≤ 5 s"),
            Figure("warm: first generated clip on air", worst["warm_clip_s"], "s"),
        ],
        quick=quick,
        details={"rounds": rounds},
    )


def _round() -> dict[str, float]:
    with folder() as place:
        (place / "webtv.yaml").touch()
        times: dict[str, float] = {}
        for kind in ("cold", "warm"):
            with on_air(place, channels=CHANNELS) as station:
                times |= {f"{kind}_{event}_s": seconds for event, seconds in _wait(station).items()}
        return times


def _wait(station: OnAir) -> dict[str, float]:
    answers = station.wait_for(lambda: station.get("/healthz")[0] == 200, _LIMIT_S, "an answer", _POLL_S)
    fragment = station.wait_for(lambda: plays(station), _LIMIT_S, "a fragment that plays", _POLL_S)
    cpu = sum(cpu_s(pid) for pid in (station.process.pid, *children(station.process.pid)))
    clip = station.wait_for(lambda: _clip_airs(station), _LIMIT_S, "a generated clip on air", 0.1)
    return {"answers": answers, "fragment": fragment, "fragment_cpu": cpu, "clip": clip}


def _channels(station: OnAir) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (station.json("/api/v1/channels") or {"channels": []})["channels"]
    return found


def plays(station: OnAir) -> bool:
    """Whether the newest fragment of any channel can be fetched and decoded, picture and sound."""
    return any(_decodes(station, channel["id"]) for channel in _channels(station))


def _decodes(station: OnAir, channel: str) -> bool:
    status, playlist = station.get(f"/hls/{channel}/live.m3u8")
    if status != 200:
        return False
    lines = playlist.decode().splitlines()
    init = next(line.split('"')[1] for line in lines if line.startswith("#EXT-X-MAP"))
    parts = [station.get(f"/hls/{channel}/{name}") for name in (init, lines[-1])]
    if any(status != 200 for status, _ in parts):
        return False
    with av.open(io.BytesIO(b"".join(body for _, body in parts)), "r") as container:
        kinds = {type(frame) for packet in container.demux() for frame in packet.decode()}
    return {av.VideoFrame, av.AudioFrame} <= kinds


def _clip_airs(station: OnAir) -> bool:
    channels = _channels(station)
    if channels:
        station.get(f"/hls/{channels[0]['id']}/live.m3u8")  # somebody watches
    time.sleep(0.1)
    return any(channel["now"] and channel["now"]["kind"] in ("fresh", "archive") for channel in channels)
