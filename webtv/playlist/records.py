"""What the database keeps, as values."""

from __future__ import annotations

from dataclasses import dataclass

from webtv.domain import Airing, Frozen, HouseFormat, Manifest
from webtv.timeline import Anchor


@dataclass(frozen=True)
class Clip:
    """A clip of the library as the scheduler and the pages see it."""

    id: str
    channel: str
    title: str
    quanta: int
    init_sha256: str
    sha256: str
    bytes: int
    theme_revision: str
    created: str
    prompts: tuple[str, ...]
    engines: dict[str, str]

    @classmethod
    def of(cls, manifest: Manifest) -> Clip:
        return cls(
            manifest.id,
            manifest.channel,
            manifest.title,
            manifest.quanta,
            manifest.init_sha256,
            manifest.sha256,
            manifest.bytes,
            manifest.theme_revision,
            manifest.created,
            manifest.prompts,
            manifest.engines,
        )


class ChannelState(Frozen):
    """What a channel must know to go on where it was.

    An *epoch* is a stretch of air in one house format; media time counts from its beginning.
    """

    epoch: int
    format: HouseFormat
    init_sha256: str
    anchor: Anchor


@dataclass(frozen=True)
class AsRun:
    """One line of the as-run log. ``seconds`` is how long it was on air, whatever the house format is now."""

    airing: Airing
    wall_ns: int
    seconds: float
    clip: Clip | None


@dataclass(frozen=True)
class Aired:
    """What a clip aired on a channel: when its first and its last airing began, and the seconds of all."""

    clip_id: str
    channel: str
    first_ns: int
    last_ns: int
    seconds: float


@dataclass(frozen=True)
class Kept:
    """How many bytes of clips are kept of one channel and one house format."""

    channel: str
    init_sha256: str
    bytes: int
