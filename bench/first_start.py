"""The first start with a library that the database does not know: does air wait until it is looked through?

Clips are hard links with manifests of their own, as they are after a database was lost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench.library import make_clips
from bench.stage import OnAir, cpu_s, folder, make_station, on_air
from bench.startup import plays
from bench.table import Figure, report
from webtv.domain import HouseFormat, Manifest

_TITLES = 4
_MADE = 4
_LINKS = 50_000
"""One file has 65,000 links at most on ext4."""
_LIMIT_S = 600.0


def main(*, quick: bool, channels: int = 0, clips: int = 0) -> None:
    count, many = channels or (10 if quick else 200), clips or (200 if quick else 100_000)
    house = HouseFormat(width=192, height=108, video_kbps=200)
    names = [f"bench-{number:03d}" for number in range(count)]
    with folder() as place:
        (place / "clips").mkdir()
        made = max(_MADE, many // _LINKS + 1)
        manifests = make_clips(place / "clips", made, house, seconds=6.4, shots=1)
        _fill(place, manifests, names, many)
        settings = {
            name: {"title": f"Bench {number % _TITLES}", "theme": "anything", "format": house.model_dump()}
            for number, name in enumerate(names)
        }
        make_station(place, settings, workers=0, log={"level": "warning"})
        with on_air(place) as station:
            answers_s = station.wait_for(lambda: station.get("/healthz")[0] == 200, _LIMIT_S, "an answer")
            fragment_s = station.wait_for(lambda: plays(station), _LIMIT_S, "a fragment that plays", 0.1)
            all_s = station.wait_for(lambda: station.get("/readyz")[0] == 200, _LIMIT_S, "all on air", 0.25)
            used_s = cpu_s(station.process.pid)
            taken_up_s = station.wait_for(
                lambda: _has_clips(station, names, many // count), _LIMIT_S, "all clips taken up", 1.0
            )
    report(
        "first_start",
        f"First start, {count} channels, {many} clips that the database does not know",
        [
            Figure("HTTP answers", answers_s, "s"),
            Figure("first fragment fetched and decoded", fragment_s, "s", "≤ 5 s"),
            Figure("all channels on air", all_s, "s"),
            Figure("CPU until then", used_s, "s"),
            Figure("all clips taken up", taken_up_s, "s"),
        ],
        quick=quick,
        details={"channels": count, "clips": many},
    )


def _fill(place: Path, manifests: list[Manifest], names: list[str], many: int) -> None:
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    for name in names:
        (place / "data" / "library" / name).mkdir(parents=True)
    for number in range(many):
        name, manifest = names[number % len(names)], manifests[number % len(manifests)]
        identity = f"{number:012x}{manifest.id[-8:]}"
        path = place / "data" / "library" / name / f"{identity}.mp4"
        path.hardlink_to(place / "clips" / f"{manifest.id}.mp4")
        own = manifest.model_copy(update={"id": identity, "channel": name, "created": created})
        path.with_suffix(".json").write_text(own.model_dump_json())


def _has_clips(station: OnAir, names: list[str], least: int) -> bool:
    """Whether the desk counts each channel's clips; asked seldom, because its state is large."""
    found = {one["id"]: one.get("clips") or 0 for one in station.json("/desk/api/state")["channels"]}
    return all(found.get(name, 0) >= least for name in names)
