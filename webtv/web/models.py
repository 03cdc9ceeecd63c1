"""What the public API answers: the one source of its JSON and of ``/api/v1/openapi.json``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from webtv.broadcaster.status import State
from webtv.domain import AiringKind

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""UTC with milliseconds."""


class Answer(BaseModel):
    """All fields are always there."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Station(Answer):
    title: str
    version: str


class Airing(Answer):
    """A clip's or a card's place in a rundown."""

    slot: int = Field(description="Counts the channel's airings, for ever.")
    clip_id: str
    kind: AiringKind
    title: str
    prompts: tuple[str, ...] = Field(description="What each shot was made from; none of cards.")
    engines: dict[str, str] = Field(description="By step of the making.")
    start: Moment
    seconds: float
    clip: str | None = Field(description="Path of the clip's permalink; none for cards and what is gone.")


class Channel(Answer):
    """What everybody may know of a channel, signed on or not."""

    id: str
    number: int = Field(description="Its number in the lists for IPTV players; it stays.")
    title: str
    theme: str
    language: str
    hls: str = Field(description="Path of the multivariant playlist.")
    watch: str = Field(description="Path of the channel's page.")
    width: int
    height: int
    fps: int
    on_air: bool = Field(description="Whether viewers get something at this moment.")
    now: Airing | None
    next: tuple[Airing, ...]


class Target(Answer):
    """Of a target a viewer may know its state alone."""

    state: State


class Making(Answer):
    """A clip that is being made."""

    title: str
    step: str
    done: float = Field(description="Share, 0 to 1.")


class ChannelInFull(Channel):
    """A channel that has signed on."""

    previous: tuple[Airing, ...] = Field(description="What aired before, newest first.")
    buffered_s: float = Field(description="Seconds of rundown ahead of air, all in place as files.")
    fresh_share: float = Field(description="Of the last minutes' air, what had never aired before; 0 to 1.")
    watched: bool = Field(description="Whether anybody gets the picture: a viewer lately, or a target.")
    clips: int = Field(description="Clips that are kept.")
    targets: tuple[Target, ...]
    making: tuple[Making, ...]


class Channels(Answer):
    station: Station
    channels: tuple[Channel, ...]


class Engine(Answer):
    """An engine that was used so far, on a device, or a writer that rests."""

    step: str
    engine: str
    device: str | None
    up: bool
    next_try_s: int | None = Field(description="Seconds until one that rests is tried again, where known.")


class Engines(Answer):
    engines: tuple[Engine, ...]


class AsRun(Answer):
    """What really went out, newest first."""

    channel: str
    airings: tuple[Airing, ...]
