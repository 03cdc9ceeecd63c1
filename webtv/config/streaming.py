"""Public streaming services: where they are, and what they refuse and advise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webtv.domain import HouseFormat


@dataclass(frozen=True)
class Service:
    """A service's domains and app, and the most that it takes, where it says so.

    ``max_keyframe_s`` is the longest time from one keyframe to the next.
    """

    name: str
    domains: tuple[str, ...]
    app: str
    max_video_kbps: int | None = None
    max_audio_kbps: int | None = None
    max_keyframe_s: float | None = None


TWITCH = Service(
    "Twitch",
    ("twitch.tv", "contribute.live-video.net", "ingest.global-contribute.live-video.net"),
    "app",
    max_video_kbps=6000,
    max_audio_kbps=320,
    max_keyframe_s=2,
)
"""Twitch's broadcasting guidelines; they also ask for AAC at 44.1 or 48 kHz, and the house has 48 kHz."""

YOUTUBE = Service("YouTube", ("youtube.com",), "live2", max_keyframe_s=4)

SERVICES = (
    TWITCH,
    YOUTUBE,
    Service("Facebook", ("facebook.com",), "rtmp"),
    Service("Instagram", ("instagram.com",), "rtmp"),
    Service("Kick", ("kick.com", "global-contribute.live-video.net"), "app"),
    Service("Restream", ("restream.io",), "live"),
    Service("Trovo", ("trovo.live",), "live"),
    Service("X", ("pscp.tv",), "x"),
)

_YOUTUBE_KBPS = (
    (720, 3000, 8000, 3000, 8000),
    (1080, 3000, 8000, 4000, 10_000),
    (1440, 5000, 25_000, 6000, 30_000),
    (2160, 8000, 35_000, 10_000, 40_000),
)
"""Lines, lowest and highest bitrate up to 30 fps, and the same up to 60 fps, as YouTube recommends them:
support.google.com/youtube/answer/2853702. It takes other bitrates too."""


def service_of(host: str) -> Service | None:
    """The public service that a host belongs to; the longest matching domain decides."""
    matches = [
        (len(domain), service)
        for service in SERVICES
        for domain in service.domains
        if host == domain or host.endswith("." + domain)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def unfit(service: Service, house: HouseFormat) -> Iterator[tuple[str, str]]:
    """What the service would refuse in a house format: the key to change, and why."""
    video, audio, keyframe_s = service.max_video_kbps, service.max_audio_kbps, service.max_keyframe_s
    if video and house.video_kbps > video:
        yield (
            "video_kbps",
            f"{service.name} takes at most {video} kbit/s of video, found {house.video_kbps}. Lower this",
        )
    if audio and house.audio_kbps > audio:
        yield (
            "audio_kbps",
            f"{service.name} takes at most {audio} kbit/s of sound, found {house.audio_kbps}. Lower this",
        )
    gop_s = house.gop_frames / house.fps
    if keyframe_s and gop_s > keyframe_s:
        yield (
            "fps",
            f"{service.name} needs a keyframe every {keyframe_s:g} s, and {house.fps} fps have one "
            f"every {gop_s:.2g} s. Choose another number",
        )


def advice(service: Service, house: HouseFormat) -> str:
    """What the service recommends and does not demand, where the house format differs; or nothing."""
    if service is not YOUTUBE:
        return ""
    rows = [row for row in _YOUTUBE_KBPS if house.height <= row[0]] or [_YOUTUBE_KBPS[-1]]
    lines, *kbps = rows[0]
    low, high = kbps[:2] if house.fps <= 30 else kbps[2:]
    if low <= house.video_kbps <= high:
        return ""
    return (
        f"YouTube recommends {low} to {high} kbit/s of video for up to {lines} lines at {house.fps} fps, "
        f"and format.video_kbps is {house.video_kbps}"
    )
