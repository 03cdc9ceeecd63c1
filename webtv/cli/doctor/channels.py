"""The channels' files, and what their themes and titles need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from webtv.cli.doctor.finding import Finding
from webtv.config import ChannelConfig, StationConfig
from webtv.config.doubts import doubts
from webtv.errors import ConfigError
from webtv.generator.writer.blocklist import Blocklist
from webtv.postprocess.fonts import undrawable

Channels = Mapping[str, ChannelConfig]


def files(folder: Path, channels: Channels, refused: Mapping[Path, ConfigError]) -> Iterator[Finding]:
    """Which files cannot be used, and which channels there are."""
    for refusal in refused.values():
        yield Finding("bad", str(refusal))
    enabled = [channel.id for channel in channels.values() if channel.enabled]
    if enabled:
        yield Finding("good", f"{len(enabled)} channel{'s' * (len(enabled) > 1)}: {', '.join(enabled)}")
    else:
        yield Finding(
            "bad", f"{folder} has no channel that is enabled", "Add a file with two lines: title and theme."
        )


def themes(station: StationConfig, channels: Channels) -> Iterator[Finding]:
    """Themes whose own words the blocklist has: whatever is written about them is refused."""
    try:
        blocklist = Blocklist.read(station.blocklist)
    except ConfigError as error:
        yield Finding("bad", str(error))
        return
    for channel in channels.values():
        if found := blocklist.find(f"{channel.theme}\n{channel.style}"):
            yield Finding(
                "warning",
                f"the theme of {channel.id} has '{found}', which the blocklist refuses: few clips are made",
                "Say it in other words.",
            )


def typefaces(channels: Channels) -> Iterator[Finding]:
    """What is drawn into the picture: titles, on slates and bumpers, and labels."""
    try:
        for channel in channels.values():
            lost = undrawable(channel.title, "display") + undrawable(channel.label, "text")
            if lost:
                yield Finding(
                    "warning",
                    f"no typeface here can draw {lost} of {channel.id}: its title or label airs without",
                    "Install one that can, such as Noto Sans (on Debian: apt install fonts-noto).",
                )
    except OSError as error:
        yield Finding("bad", f"webtv's typefaces cannot be read: {error}", "Install webtv again.")


def seldom_meant(channels: Channels) -> Iterator[Finding]:
    """What is no mistake in the files, and is seldom meant."""
    for channel in channels.values():
        for doubt in doubts(channel):
            yield Finding("warning", f"{channel.id}: {doubt.what}", doubt.mend)
